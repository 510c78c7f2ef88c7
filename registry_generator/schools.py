"""The organisation and the schools that a registry is about: from a directory, or the invented ones that the product ships."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.enrollment.directory_files import (
    BOARDS,
    DEMONSTRATION_PRIVATE_SCHOOLS,
    DEMONSTRATION_SCHOOLS,
    BoardRow,
    PrivateSchoolRow,
    PublicSchoolRow,
    read_directory,
)


@dataclass(frozen=True, kw_only=True)
class School:
    """A school and the levels taught there."""

    code: str
    name: str
    has_preschool: bool
    has_primary: bool
    has_secondary: bool
    is_for_adults: bool = False


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """A board with its schools, or a private school that is its own only school."""

    code: str
    name: str
    is_private: bool
    schools: tuple[School, ...]


class OrganisationUnknown(ValueError):
    """No school of that organisation is in the directory given."""


def find_organisation(code: str, directory: Sequence[str | Path] = ()) -> Organisation:
    """Return an organisation with its schools.

    Without a directory the invented demonstration schools serve; a board that has none of these gets two.

    Raises:
        OrganisationUnknown: the directory given holds no school of that organisation.
        MalformedFile: a file of the directory cannot be read.
    """
    files = [Path(file) for file in directory] or [DEMONSTRATION_SCHOOLS, DEMONSTRATION_PRIVATE_SCHOOLS]
    name, schools, is_private = None, [], False
    for file in (BOARDS, *files):
        for row in read_directory(file):
            if isinstance(row, BoardRow) and row.code == code:
                name = row.name
            elif isinstance(row, PublicSchoolRow) and row.board_code == code:
                schools.append(_school(row))
            elif isinstance(row, PrivateSchoolRow) and row.code == code:
                name, is_private = row.name, True
                schools.append(_everything(code, row.name))
    # A centre for vocational training alone teaches no child.
    schools = [school for school in schools if school.has_preschool or school.has_primary or school.has_secondary]
    if not schools and directory:
        raise OrganisationUnknown(f"the directory holds no school of organisation {code}")
    if not schools:
        schools = _invented(code)
    return Organisation(
        code=code,
        name=name or f"Organisme {code}",
        is_private=is_private,
        schools=tuple(sorted(schools, key=lambda school: school.code)),
    )


def _school(row: PublicSchoolRow) -> School:
    return School(
        code=row.code,
        name=row.name,
        has_preschool=row.has_preschool,
        has_primary=row.has_primary,
        has_secondary=row.has_secondary,
        is_for_adults=row.has_adult or row.has_vocational,
    )


def _everything(code: str, name: str) -> School:
    return School(code=code, name=name, has_preschool=True, has_primary=True, has_secondary=True)


def _invented(code: str) -> list[School]:
    return [
        School(
            code=f"{code[:3]}901",
            name="École des Quatre-Saisons-Claires",
            has_preschool=True,
            has_primary=True,
            has_secondary=False,
        ),
        School(
            code=f"{code[:3]}902",
            name="École secondaire du Grand-Rivage-Bleu",
            has_preschool=False,
            has_primary=False,
            has_secondary=True,
        ),
    ]
