"""Registries for tests: a school as plain values, written in each of the three shapes, and the database read back as one."""

import csv
import io
import itertools
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from services.enrollment.context import Context
from services.enrollment.models import METADATA, Guardian, Guardianship, Link, School, Student
from services.enrollment.operations.imports import (
    ImportReport,
    StudentKeys,
    StudentOnFile,
    import_registry,
    remove_student,
    replace_student,
)
from shared import ids, outbox
from shared.digests import RowSeal

ORGANISATION_CODE = "712000"
FORMATS = ("oneroster-1.1", "oneroster-1.2", "sds-2.1")


@dataclass(frozen=True, kw_only=True)
class Pupil:
    """A student of a file."""

    source_id: str
    given_name: str = "Zoé"
    family_name: str = "Tremblay"
    birth_on: date | None = date(2011, 3, 9)
    file_number: str = ""
    permanent_code: str = ""
    grade: str = "05"
    school: str = "school-1"
    guardians: tuple[str, ...] = ()
    # By guardian: what `metadata.guardianRights` says.
    rights: dict[str, Any] = field(default_factory=dict)
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class Parent:
    """A guardian of a file."""

    source_id: str
    given_name: str = "Julie"
    family_name: str = "Tremblay"
    email: str = ""
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class SchoolFile:
    """What a school hands over."""

    pupils: tuple[Pupil, ...] = ()
    parents: tuple[Parent, ...] = ()
    schools: tuple[str, ...] = ("school-1", "school-2")
    code: str = ORGANISATION_CODE
    is_delta: bool = False

    def with_pupil(self, source_id: str, **changes: Any) -> "SchoolFile":
        """Return the same file with one student's line changed."""
        pupils = (replace(each, **changes) if each.source_id == source_id else each for each in self.pupils)
        return replace(self, pupils=tuple(pupils))

    def without(self, *source_ids: str) -> "SchoolFile":
        """Return the same file without these students' or parents' lines."""
        return replace(
            self,
            pupils=tuple(each for each in self.pupils if each.source_id not in source_ids),
            parents=tuple(each for each in self.parents if each.source_id not in source_ids),
        )


def family(number: int, **overrides: Any) -> tuple[Pupil, Parent]:
    """Return a student and the parent with an e-mail."""
    parent = Parent(source_id=f"p{number}", email=f"parent{number}@example.com")
    defaults: dict[str, Any] = {
        "source_id": f"s{number}",
        "given_name": f"Éloïse-{number}",
        "file_number": f"{1_000_000 + number}",
        "permanent_code": f"TREZ{71531000 + number}",
        "guardians": (parent.source_id,),
    }
    return Pupil(**{**defaults, **overrides}), parent


def school_of(count: int, **overrides: Any) -> SchoolFile:
    """Return a file of `count` families."""
    families = [family(number) for number in range(1, count + 1)]
    return SchoolFile(
        **{"pupils": tuple(each[0] for each in families), "parents": tuple(each[1] for each in families), **overrides}
    )


def write(file: SchoolFile, folder: Path, *, format: str = "oneroster-1.1") -> Path:
    """Write a school's files to a new folder and return it."""
    folder.mkdir(parents=True)
    writers = {"oneroster-1.1": _write_1_1, "oneroster-1.2": _write_1_2, "sds-2.1": _write_sds}
    orgs = [[file.code, "CSS des Phares", "district", file.code, ""]]
    orgs += [
        [school, f"École {school}", "school", f"7120{number:02}", file.code]
        for number, school in enumerate(file.schools, 1)
    ]
    _rows(folder / "orgs.csv", ["sourcedId", "name", "type", "identifier", "parentSourcedId"], orgs)
    writers[format](file, folder)
    return folder


def packed(folder: Path) -> bytes:
    """Return the files of a folder as a zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for each in sorted(folder.iterdir()):
            made.write(each, each.name)
    return content.getvalue()


def _write_1_1(file: SchoolFile, folder: Path) -> None:
    mode = "delta" if file.is_delta else "bulk"
    _manifest(folder, "1.1", dict.fromkeys(("users", "demographics"), mode) | {"orgs": "bulk"})
    rows = [
        [
            each.source_id,
            each.status,
            "parent",
            file.code,
            each.given_name,
            each.family_name,
            each.email,
            "",
            "",
            "",
            "",
            "",
        ]
        for each in file.parents
    ]
    rows += [
        [each.source_id, each.status, "student", each.school, each.given_name, each.family_name, "", *_numbers(each)]
        for each in file.pupils
    ]
    columns = [
        "sourcedId",
        "status",
        "role",
        "orgSourcedIds",
        "givenName",
        "familyName",
        "email",
        "identifier",
        "userIds",
    ]
    _rows(folder / "users.csv", [*columns, "agentSourcedIds", "grades", "metadata.guardianRights"], rows)
    _births(folder, "sourcedId", file.pupils)


def _write_1_2(file: SchoolFile, folder: Path) -> None:
    mode = "delta" if file.is_delta else "bulk"
    _manifest(folder, "1.2", dict.fromkeys(("users", "demographics", "roles"), mode) | {"orgs": "bulk"})
    rows = [
        [each.source_id, each.status, each.given_name, each.family_name, each.email, "", "", "", "", ""]
        for each in file.parents
    ]
    rows += [
        [each.source_id, each.status, each.given_name, each.family_name, "", *_numbers(each)] for each in file.pupils
    ]
    columns = ["sourcedId", "status", "givenName", "familyName", "email", "identifier", "userIds", "agentSourcedIds"]
    _rows(folder / "users.csv", [*columns, "grades", "metadata.guardianRights"], rows)
    roles = [
        [f"r-{each.source_id}", each.source_id, "parent", "primary", file.code, each.status] for each in file.parents
    ]
    roles += [
        [f"r-{each.source_id}", each.source_id, "student", "primary", each.school, each.status] for each in file.pupils
    ]
    _rows(folder / "roles.csv", ["sourcedId", "userSourcedId", "role", "roleType", "orgSourcedId", "status"], roles)
    _births(folder, "sourcedId", file.pupils)


def _write_sds(file: SchoolFile, folder: Path) -> None:
    rows = [[each.source_id, each.given_name, each.family_name, each.email, "", ""] for each in file.parents]
    rows += [[each.source_id, each.given_name, each.family_name, "", *_numbers(each)[:2]] for each in file.pupils]
    _rows(folder / "users.csv", ["sourcedId", "givenName", "familyName", "email", "identifier", "userIds"], rows)
    roles = [[each.source_id, each.school, "student", each.grade, "TRUE"] for each in file.pupils]
    _rows(folder / "roles.csv", ["userSourcedId", "orgSourcedId", "role", "grade", "isPrimary"], roles)
    _births(folder, "userSourcedId", file.pupils)
    pairs = [[each.source_id, guardian, "guardian"] for each in file.pupils for guardian in each.guardians]
    _rows(folder / "relationships.csv", ["userSourcedId", "relationshipUserSourcedId", "relationshipRole"], pairs)


def _numbers(pupil: Pupil) -> list[str]:
    code = f"{{CodePermanent:{pupil.permanent_code}}}" if pupil.permanent_code else ""
    rights = json.dumps(pupil.rights) if pupil.rights else ""
    return [pupil.file_number, code, ",".join(pupil.guardians), pupil.grade, rights]


def _births(folder: Path, key: str, pupils: Sequence[Pupil]) -> None:
    rows = [[each.source_id, each.birth_on.isoformat()] for each in pupils if each.birth_on]
    _rows(folder / "demographics.csv", [key, "birthDate"], rows)


def _manifest(folder: Path, version: str, modes: dict[str, str]) -> None:
    rows = [["oneroster.version", version], *([f"file.{name}", mode] for name, mode in modes.items())]
    _rows(folder / "manifest.csv", ["propertyName", "value"], rows)


def _rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def as_call(file: SchoolFile, name: str, **changes: Any) -> dict[str, Any]:
    """Return what `PUT /students/{source_id}` says of a student of a file, with what the file says of the guardians."""
    parents = {each.source_id: each for each in file.parents}
    [pupil] = [each for each in file.pupils if each.source_id == name]
    guardians = [_guardian_as_call(parents[guardian], pupil) for guardian in pupil.guardians]
    return {
        "given_name": pupil.given_name,
        "family_name": pupil.family_name,
        "middle_names": "",
        "birth_date": pupil.birth_on,
        "file_number": pupil.file_number or None,
        "permanent_code": pupil.permanent_code or None,
        "grade": pupil.grade or None,
        "school_source_id": pupil.school or None,
        "guardians": [{**guardian, "is_principal": position == 0} for position, guardian in enumerate(guardians)],
        **changes,
    }


def _guardian_as_call(parent: Parent, pupil: Pupil) -> dict[str, Any]:
    said = pupil.rights.get(parent.source_id, {})
    return {
        "source_id": parent.source_id,
        "given_name": parent.given_name,
        "family_name": parent.family_name,
        "email": parent.email or None,
        "rights": said.get("rights"),
        "restrictions": said.get("restrictions", []),
        "starts_on": date.fromisoformat(said["from"]) if "from" in said else None,
        "ends_on": date.fromisoformat(said["until"]) if "until" in said else None,
    }


def read_back(ctx: Context) -> SchoolFile:
    """Return what the database holds of one organisation's active students, as a file that would bring exactly that."""
    with ctx.db.read() as session:
        schools = {each.id: each.source_id for each in session.scalars(select(School))}
        guardians = {each.id: each for each in session.scalars(select(Guardian))}
        pairs: dict[str, list[Guardianship]] = {}
        for pair in session.scalars(select(Guardianship)):
            pairs.setdefault(pair.student_id, []).append(pair)
        students = list(session.scalars(select(Student).where(Student.status == "active")))
    return SchoolFile(
        pupils=tuple(
            sorted((_pupil(ctx, each, schools, pairs, guardians) for each in students), key=lambda each: each.source_id)
        ),
        parents=tuple(
            sorted(
                (
                    Parent(
                        source_id=each.source_id,
                        given_name=each.given_name,
                        family_name=each.family_name,
                        email=each.email or "",
                    )
                    for each in guardians.values()
                ),
                key=lambda each: each.source_id,
            )
        ),
    )


def _pupil(
    ctx: Context,
    student: Student,
    schools: dict[str, str | None],
    pairs: dict[str, list[Guardianship]],
    guardians: dict[str, Guardian],
) -> Pupil:
    keys = StudentKeys(ctx.digester, RowSeal(ctx.settings.seal_keys), organisation_id=student.organisation_id)
    code = ""
    if student.permanent_code_sealed is not None:
        code = keys.unseal(student.permanent_code_sealed, source_id=student.source_id)
        assert student.permanent_code_digest == keys.digest(code)
    if student.birth_on is not None:
        names = {"family_name": student.family_name, "given_name": student.given_name}
        assert student.identity_digest == keys.identity(birth_on=student.birth_on, **names)
    own = pairs.get(student.id, [])
    assert sum(pair.is_principal for pair in own) == bool(own)
    # The principal first, the others by name: their order is not kept.
    own.sort(key=lambda pair: (not pair.is_principal, guardians[pair.guardian_id].source_id))
    return Pupil(
        source_id=student.source_id,
        given_name=student.given_name,
        family_name=student.family_name,
        birth_on=student.birth_on,
        file_number=student.file_number or "",
        permanent_code=code,
        grade=student.grade or "",
        school=schools.get(student.school_id or "") or "",
        guardians=tuple(guardians[pair.guardian_id].source_id for pair in own),
        rights={guardians[pair.guardian_id].source_id: _said(pair) for pair in own if _said(pair)},
    )


def _said(pair: Guardianship) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if pair.rights is not None:
        said["rights"] = pair.rights
    if pair.restrictions:
        said["restrictions"] = pair.restrictions
    if pair.starts_on:
        said["from"] = pair.starts_on.isoformat()
    if pair.ends_on:
        said["until"] = pair.ends_on.isoformat()
    return said


def in_order(file: SchoolFile, *, format: str = "oneroster-1.1") -> SchoolFile:
    """Return a file as `read_back` would: sorted, and only what is kept; SDS knows guardians by their students alone."""
    named = {guardian for each in file.pupils for guardian in each.guardians}
    pupils = [
        replace(each, guardians=(*each.guardians[:1], *sorted(each.guardians[1:])), status="") for each in file.pupils
    ]
    parents = (each for each in file.parents if format != "sds-2.1" or each.source_id in named)
    return SchoolFile(
        pupils=tuple(sorted(pupils, key=lambda each: each.source_id)),
        parents=tuple(sorted(parents, key=lambda each: each.source_id)),
    )


@dataclass
class Office:
    """A school board's office: hands over files, and looks at what became of them."""

    ctx: Context
    folder: Path
    organisation_id: str
    format: str = "oneroster-1.1"
    _count: Iterator[int] = field(default_factory=itertools.count)

    def write(self, file: SchoolFile, *, format: str | None = None) -> Path:
        """Write a file and return where."""
        return write(file, self.folder / f"registry-{next(self._count)}", format=format or self.format)

    def hand_over(self, file: SchoolFile | Path, **options: Any) -> ImportReport:
        """Import a file, letting go whoever is not in it unless told otherwise."""
        path = file if isinstance(file, Path) else self.write(file, format=options.pop("format", None))
        options = {"organisation_code": ORGANISATION_CODE, "allows_removals": True, **options}
        return import_registry(self.ctx, path=path, **options)

    def put(self, file: SchoolFile, name: str, **changes: Any) -> StudentOnFile:
        """Say by call what a file says of one student, or something else."""
        student = as_call(file, name, **changes)
        return replace_student(self.ctx, organisation_code=ORGANISATION_CODE, source_id=name, student=student)

    def remove(self, source_id: str) -> None:
        """Let a student leave by call."""
        remove_student(self.ctx, organisation_code=ORGANISATION_CODE, source_id=source_id)

    def told(self) -> dict[str, list[str]]:
        """Return what was told of whom since the last time: changes by the student's source id."""
        events = METADATA.tables["outbox"]
        with self.ctx.db.transaction() as session:
            waiting = outbox.list_unpublished(session, limit=1000)
            session.execute(events.delete())
            names = dict(session.execute(select(Student.id, Student.source_id)).all())
        told = [each.event.data for each in waiting if each.event.type.endswith("student-changed.v1")]
        return {names[data["student_id"]]: sorted(data["changes"]) for data in told if data is not None}

    def count(self, model: Any) -> int:
        """Return how many rows a table has."""
        with self.ctx.db.read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def student(self, source_id: str) -> Student:
        """Return a student's row."""
        with self.ctx.db.read() as session:
            return session.scalars(select(Student).where(Student.source_id == source_id)).one()

    def link(self, source_id: str) -> str:
        """Link an account to a student and return the link's id."""
        student = self.student(source_id)
        link_id = ids.new()
        with self.ctx.db.transaction() as session:
            session.execute(
                insert(Link),
                {
                    "id": link_id,
                    "student_id": student.id,
                    "organisation_id": student.organisation_id,
                    "account_id": ids.new(),
                    "rights": ["view_file"],
                    "linked_at": self.ctx.clock.now(),
                },
            )
        return link_id
