"""What a fresh set-up is filled with: the directory of organisations, and a family to try everything with."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.table import Table

from one_machine.furnishing import CONTENT_FILES, Pupil
from one_machine.parts import ROOT, Plan
from registry_generator import Organisation, PlacedStudent, find_organisation, generate

DIRECTORY = ROOT / "services" / "enrollment" / "directory"
BOARDS = DIRECTORY / "boards.csv"
SCHOOLS = DIRECTORY / "demonstration_schools.csv"
PRIVATE_SCHOOLS = DIRECTORY / "demonstration_private_schools.csv"

PARENT_EMAIL = "camille.tremblay@example.com"
OTHER_PARENT_EMAIL = "alex.cote@example.com"
_PARENTS: dict[str, Any] = {
    "guardian_emails": (PARENT_EMAIL, OTHER_PARENT_EMAIL),
    "guardian_names": (("Camille", "Tremblay"), ("Alex", "Côté")),
}
STUDENTS = {"712000": 200, "841000": 200, "990500": 12}
SEED = 2026
_PLAIN: dict[str, Any] = {
    "title_justify": "left",
    "title_style": "",
    "box": None,
    "show_header": False,
    "padding": (0, 2, 0, 0),
}


@dataclass(frozen=True)
class DemonstrationChild:
    """A child to claim: what a parent types."""

    organisation_code: str
    organisation: str
    last_name: str
    first_name: str
    birth_date: str
    file_number: str
    permanent_code: str


@dataclass(frozen=True)
class Step:
    """One command of enrollment's that fills the set-up, and what goes before and after it."""

    command: list[str]
    log: str
    prepare: Callable[[], object]
    done: Callable[[], object]


_CHILDREN = {
    "712000": PlacedStudent(
        given_name="Éloïse",
        family_name="Tremblay-Côté",
        birth_on=date(2017, 5, 14),
        file_number="4203117",
        permanent_code="TREE76551707",
        is_female=True,
        **_PARENTS,
        school_code="712901",
    ),
    "841000": PlacedStudent(
        given_name="Nathan",
        family_name="Tremblay-Côté",
        birth_on=date(2010, 8, 17),
        file_number="3911482",
        permanent_code="TREN79081002",
        **_PARENTS,
        school_code="841902",
    ),
    "990500": PlacedStudent(
        given_name="Rosalie",
        family_name="Tremblay-Côté",
        birth_on=date(2014, 2, 10),
        file_number="5530926",
        permanent_code="TRER72521405",
        is_female=True,
        **_PARENTS,
        school_code="990500",
    ),
}
# Which file of `furnishing/content` has what the child's school sends.
_CONTENTS = {"712000": "eloise", "841000": "nathan", "990500": "rosalie"}


def steps(plan: Plan, *, with_demonstration: bool) -> list[Step]:
    """Return the steps that this state folder has not seen yet, in order."""
    marks = _Marks(plan.folder / "run" / "prepared.json")
    wanted = [_directory(marks, with_demonstration=with_demonstration)]
    if with_demonstration:
        wanted += [_registry(marks, plan.folder, code) for code in _CHILDREN]
    return [step for step in wanted if step is not None]


def family(folder: Path) -> list[DemonstrationChild] | None:
    """Return the children that can be claimed with `PARENT_EMAIL`, or None when there is no demonstration data."""
    if not (folder / "demonstration").exists():
        return None
    boards = {organisation.code: organisation for organisation in map(_organisation, _CHILDREN)}
    return [
        DemonstrationChild(
            organisation_code=code,
            organisation=boards[code].name,
            last_name=child.family_name,
            first_name=child.given_name,
            birth_date=child.birth_on.isoformat(),
            file_number=child.file_number,
            permanent_code=child.permanent_code or "",
        )
        for code, child in _CHILDREN.items()
    ]


def placed(organisation_code: str) -> PlacedStudent:
    """Return the family's child in an organisation, who is the first student of its registry."""
    return _CHILDREN[organisation_code]


def pupils() -> dict[str, Pupil]:
    """Return the family's children as their schools' systems know them, by organisation."""
    return {
        code: Pupil(
            content=_CONTENTS[code],
            source_id=f"s-{code}-p-1",
            school_source_id=child.school_code or code,
            first_name=child.given_name,
            last_name=child.family_name,
            file_number=child.file_number,
        )
        for code, child in _CHILDREN.items()
    }


class Furnishing:
    """Whether this state folder's family has what its schools send, and of which day that is."""

    def __init__(self, folder: Path) -> None:
        self._marks = _Marks(folder / "run" / "prepared.json")
        content = "".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in CONTENT_FILES)
        self._content = hashlib.sha256(content.encode()).hexdigest()

    @property
    def is_wanted(self) -> bool:
        """Tell whether it is still to be sent, or there is newer content."""
        return not self._marks.are_set("furnishing", self._content)

    def day(self, today: date) -> date:
        """Return the day that all days are told from: that of the first time, so that whatever is sent again is the same."""
        day = self._marks.get("furnishing-day")
        if day is None:
            self._marks.set("furnishing-day", today.isoformat())
        return today if day is None else date.fromisoformat(day)

    def done(self) -> None:
        """Remember that all of it was taken."""
        self._marks.set("furnishing", self._content)


def first_visit() -> Table:
    """Return the steps of a first visit, for the terminal."""
    steps = Table(title="Première visite / first visit", **_PLAIN)
    steps.add_row("1", f"« Créez votre compte », courriel [bold]{PARENT_EMAIL}[/]")
    steps.add_row("", "create your account, with this e-mail")
    steps.add_row("2", "le code à six chiffres est dans les courriels envoyés")
    steps.add_row("", "the six-digit code is in the mail sent")
    steps.add_row("3", "choisissez un mot de passe, puis associez un enfant")
    steps.add_row("", "choose a password, then claim a child")
    return steps


def table(children: list[DemonstrationChild]) -> Table:
    """Return the children as a table for the terminal."""
    shown = Table(title="Enfants à associer / children to claim", **_PLAIN)
    for child in children:
        shown.add_row(
            f"[bold]{child.organisation}[/]", f"nom [bold]{child.last_name}[/] · prénom [bold]{child.first_name}[/]"
        )
        shown.add_row("", f"né(e) le [bold]{child.birth_date}[/] · fiche [bold]{child.file_number}[/]")
        shown.add_row("", f"ou code permanent [bold]{child.permanent_code}[/]")
    return shown


class _Marks:
    """Remembers which steps were done, and with which content: a newer directory is loaded again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def are_set(self, name: str, content: str) -> bool:
        return self._load().get(name) == content

    def get(self, name: str) -> str | None:
        return self._load().get(name)

    def set(self, name: str, content: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._load() | {name: content}, indent=2), encoding="utf-8")

    def _load(self) -> dict[str, str]:
        return json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}


def _directory(marks: _Marks, *, with_demonstration: bool) -> Step | None:
    files = [BOARDS, SCHOOLS, PRIVATE_SCHOOLS] if with_demonstration else [BOARDS]
    content = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    if marks.are_set("directory", content):
        return None
    return Step(
        command=["import-directory", *map(str, files)],
        log="directory",
        prepare=lambda: None,
        done=lambda: marks.set("directory", content),
    )


def _registry(marks: _Marks, folder: Path, code: str) -> Step | None:
    content = f"{_CHILDREN[code]} {STUDENTS[code]} {SEED}"
    name = f"registry-{code}"
    if marks.are_set(name, content):
        return None
    output = folder / "demonstration" / code
    return Step(
        command=["import-registry", str(output), "--organisation", code],
        log=name,
        prepare=lambda: generate(
            output,
            organisation=code,
            students=STUDENTS[code],
            seed=SEED,
            directory=[BOARDS, SCHOOLS, PRIVATE_SCHOOLS],
            placed=[_CHILDREN[code]],
            replace=True,
        ),
        done=lambda: marks.set(name, content),
    )


def _organisation(code: str) -> Organisation:
    return find_organisation(code, [BOARDS, SCHOOLS, PRIVATE_SCHOOLS])
