"""One student as the schools' door says it (api.md, `/students/{source_id}`), in the records that a file would give.

What a cell of a file may hold, a member may hold, and the same functions read both. Lines stand for people: the student
is line 1, the guardians follow in their order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

from services.enrollment.registry_files import (
    BirthDateRow,
    GuardianshipRow,
    Record,
    RoleRow,
    UserRow,
    cells,
    reason,
)
from services.enrollment.rules import emails
from shared.problems import ValidationFailed
from shared.texts import BILINGUAL_SEPARATOR

_Value = TypeVar("_Value")

STUDENT_LINE: Final = 1
_FIRST_GUARDIAN_LINE: Final = 2
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_USERS, _ROLES, _BIRTHS = "users.csv", "roles.csv", "demographics.csv"

# What only a document can have wrong; of what a cell can, `registry_files.REASONS` says it.
_TWICE: Final = "Ce répondant est nommé deux fois. | This guardian is named twice."
_TWO_PRINCIPALS: Final = "Un élève n’a qu’un répondant principal. | A student has one principal guardian."
_OWN_GUARDIAN: Final = "Un élève n’est pas son propre répondant. | A student is not their own guardian."
_ENDS_BEFORE: Final = "La fin précède le début. | The end comes before the beginning."
_EMPTY: Final = "Ce champ ne peut pas être vide. | This field cannot be empty."
_WORDS: Final = (
    "De courts mots en minuscules, sans accent ni espace (view_file, no_access…), 32 au plus."
    " | Short words in small letters, without accents or blanks (view_file, no_access…), 32 at most."
)
_DAY: Final = "Une date de 1900 à 2099. | A day of 1900 to 2099."


def records_of(source_id: str, document: Mapping[str, Any]) -> Iterator[Record]:
    """Return what a file says that holds this one student with these guardians, and nothing else.

    Raises:
        ValidationFailed: members that a file could not hold either; each with its pointer.
    """
    reader = _Reader()
    records = [*_student(reader, source_id, document), *_guardians(reader, source_id, document["guardians"])]
    if reader.errors:
        raise ValidationFailed(errors=reader.errors)
    return iter(records)


def record_of_removal(source_id: str) -> Iterator[Record]:
    """Return what a file says that ends a person's being a student, and nothing else of that person."""
    return iter([RoleRow(_ROLES, STUDENT_LINE, source_id, "student", None, True, None, None, "gone")])


def pointer_of_line(line: int) -> str:
    """Return where in the document the person of a line stands."""
    return "#" if line < _FIRST_GUARDIAN_LINE else f"#/guardians/{line - _FIRST_GUARDIAN_LINE}"


def told(code: str) -> str:
    """Return a reason's sentences in both languages, as `errors` have them."""
    return BILINGUAL_SEPARATOR.join((reason(code, "fr"), reason(code, "en")))


class _Reader:
    """Reads members as cells, and gathers what is wrong with any of them."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def refuse(self, pointer: str, detail: str) -> None:
        self.errors.append({"pointer": pointer, "detail": detail})

    def read(self, pointer: str, said: str | None, meaning: Callable[[str], _Value], *, otherwise: _Value) -> _Value:
        """Return what a member means, None meaning the same as an empty cell."""
        try:
            return meaning(cells.text(said or ""))
        except cells.Unreadable as unreadable:
            self.refuse(pointer, told(unreadable.code))
            return otherwise

    def text(self, pointer: str, said: str | None, *, is_required: bool = False) -> str:
        text = self.read(pointer, said, str, otherwise="?")
        if is_required and not text:
            self.refuse(pointer, _EMPTY)
        return text

    def day(self, pointer: str, said: date | None) -> date | None:
        if said is not None and not _FIRST_YEAR <= said.year <= _LAST_YEAR:
            self.refuse(pointer, _DAY)
        return said

    def words(self, pointer: str, said: Sequence[str]) -> tuple[str, ...]:
        try:
            return cells.words(said)
        except cells.Unreadable:
            self.refuse(pointer, _WORDS)
            return ()


def _student(reader: _Reader, source_id: str, document: Mapping[str, Any]) -> Iterator[Record]:
    grade, level = reader.read("#/grade", document["grade"], cells.grade, otherwise=(None, None))
    yield UserRow(
        *(_USERS, STUDENT_LINE, source_id),
        reader.text("#/given_name", document["given_name"], is_required=True),
        reader.text("#/family_name", document["family_name"], is_required=True),
        reader.text("#/middle_names", document["middle_names"]),
        None,
        reader.read("#/file_number", document["file_number"], cells.file_number, otherwise=None),
        reader.read("#/permanent_code", document["permanent_code"], cells.permanent_code, otherwise=None),
        *(grade, level, "active"),
    )
    school = reader.text("#/school_source_id", document["school_source_id"]) or None
    yield RoleRow(_ROLES, STUDENT_LINE, source_id, "student", school, True, None, None, "active")
    birth_on = reader.day("#/birth_date", document["birth_date"])
    yield BirthDateRow(_BIRTHS, STUDENT_LINE, source_id, birth_on, "active")


def _guardians(reader: _Reader, student: str, said: Sequence[Mapping[str, Any]]) -> Iterator[Record]:
    seen: set[str] = set()
    has_principal = False
    for position, guardian in enumerate(said):
        line, pointer = position + _FIRST_GUARDIAN_LINE, f"#/guardians/{position}"
        source_id = reader.text(f"{pointer}/source_id", guardian["source_id"], is_required=True)
        if source_id in seen:
            reader.refuse(f"{pointer}/source_id", _TWICE)
        elif source_id == student:
            reader.refuse(f"{pointer}/source_id", _OWN_GUARDIAN)
        seen.add(source_id)
        if guardian["is_principal"] and has_principal:
            reader.refuse(f"{pointer}/is_principal", _TWO_PRINCIPALS)
        has_principal |= guardian["is_principal"]
        yield UserRow(
            *(_USERS, line, source_id),
            reader.text(f"{pointer}/given_name", guardian["given_name"]),
            reader.text(f"{pointer}/family_name", guardian["family_name"]),
            "",
            reader.read(f"{pointer}/email", guardian["email"], _address, otherwise=None),
            *(None, None, None, None, "active"),
        )
        yield RoleRow(_ROLES, line, source_id, "guardian", None, True, None, None, "active")
        # Without a principal guardian the first one is it, as in a file.
        rank = 0 if guardian["is_principal"] else position + 1
        yield GuardianshipRow(
            *(_USERS, line, student, source_id, rank, guardian["is_principal"]),
            *_rights(reader, pointer, guardian),
            "active",
        )


def _rights(
    reader: _Reader, pointer: str, guardian: Mapping[str, Any]
) -> tuple[tuple[str, ...] | None, tuple[str, ...], date | None, date | None]:
    starts_on = reader.day(f"{pointer}/starts_on", guardian["starts_on"])
    ends_on = reader.day(f"{pointer}/ends_on", guardian["ends_on"])
    if starts_on and ends_on and ends_on < starts_on:
        reader.refuse(f"{pointer}/ends_on", _ENDS_BEFORE)
    granted = guardian["rights"]
    return (
        None if granted is None else reader.words(f"{pointer}/rights", granted),
        reader.words(f"{pointer}/restrictions", guardian["restrictions"]),
        starts_on,
        ends_on,
    )


def _address(cell: str) -> str | None:
    address = cells.email(cell)
    if address is not None and not emails.key(address):
        # It has the form of an address, but its domain cannot be one.
        raise cells.Unreadable("email_malformed")
    return address
