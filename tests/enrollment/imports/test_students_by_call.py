"""One student by call: what it changes, tells and refuses, and that an import could not have done otherwise."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import insert, select

from services.enrollment.context import Context
from services.enrollment.errors import FileNumberTaken, OrganisationUnknown
from services.enrollment.models import Guardian, JournalEntry, Link, Organisation, Student
from services.enrollment.operations import claims, imports
from services.enrollment.rules import emails
from shared import ids, outbox
from shared.problems import NotFound, ValidationFailed
from tests.support.enrollment import ACCOUNT, Registry
from tests.support.registries import (
    ORGANISATION_CODE,
    Office,
    Parent,
    Pupil,
    SchoolFile,
    as_call,
    in_order,
    read_back,
    school_of,
    write,
)


@pytest.fixture
def imported(office: Office) -> Office:
    """An office whose first import has brought three families."""
    office.hand_over(school_of(3))
    office.told()
    return office


def version(office: Office) -> int:
    with office.ctx.db.read() as session:
        return session.scalars(select(Organisation.registry_version)).one()


def journal(office: Office) -> list[str]:
    with office.ctx.db.read() as session:
        return list(session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)))


def read(office: Office, source_id: str) -> dict[str, Any]:
    return imports.read_student(
        office.ctx, organisation_code=ORGANISATION_CODE, client_id="c", source_id=source_id
    ).document


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"given_name": "Maëlle"}, ["names"]),
        ({"birth_date": date(2012, 1, 1)}, ["birth_date"]),
        ({"birth_date": None}, ["birth_date"]),
        ({"file_number": "7654321"}, ["numbers"]),
        ({"permanent_code": "GAGL31129901"}, ["numbers"]),
        ({"permanent_code": None}, ["numbers"]),
        ({"school_source_id": "school-2", "grade": "07"}, ["grade", "school"]),
        ({"school_source_id": None}, ["school"]),
        ({"guardians": []}, ["guardians"]),
    ],
)
def test_replace_student_writes_and_tells_what_differs(imported: Office, changes: dict, told: list[str]) -> None:
    placed = imported.put(school_of(3), "s1", **changes)
    assert imported.told() == {"s1": told}
    assert {name: placed.document[name] for name in changes} == changes
    assert read(imported, "s1") == placed.document
    assert not placed.is_new
    assert version(imported) == 2
    assert "file_corrected" in journal(imported)


@pytest.mark.requirement("EVT-4")
def test_replace_student_changes_and_tells_nothing_the_second_time(imported: Office) -> None:
    before = read_back(imported.ctx)
    placed = imported.put(school_of(3), "s1")
    assert (placed.is_new, placed.siblings) == (False, ())
    assert (imported.told(), version(imported), journal(imported)) == ({}, 1, [])
    assert read_back(imported.ctx) == before


def test_replace_student_takes_what_it_answered(imported: Office) -> None:
    rights = {
        "p1": {"rights": ["view_file"], "restrictions": ["no_contact"], "from": "2026-01-01", "until": "2026-06-30"}
    }
    file = school_of(3).with_pupil("s1", guardians=("p2", "p1"), rights=rights)
    imported.hand_over(file)
    imported.told()
    document = read(imported, "s1")
    imports.replace_student(imported.ctx, organisation_code=ORGANISATION_CODE, source_id="s1", student=document)
    assert imported.told() == {}
    assert read_back(imported.ctx) == in_order(file)


def test_replace_student_adds_a_student_of_whom_nothing_is_told(imported: Office) -> None:
    placed = imported.put(school_of(4), "s4")
    assert placed.is_new
    assert imported.told() == {}
    assert read_back(imported.ctx) == in_order(school_of(4))


def test_replace_student_fills_an_empty_registry_and_leaves_the_first_import_to_subscribe(office: Office) -> None:
    assert office.put(school_of(1), "s1", school_source_id=None).is_new
    assert office.hand_over(school_of(1)).has_subscribed


def test_replace_student_brings_back_who_had_left(imported: Office) -> None:
    imported.remove("s1")
    left_id = imported.student("s1").id
    assert imported.put(school_of(3), "s1").is_new
    assert imported.told()["s1"] == ["guardians", "returned"]
    assert imported.student("s1").id == left_id
    assert read_back(imported.ctx) == in_order(school_of(3))


@pytest.mark.requirement("EN-12")
def test_replace_student_changes_a_guardian_for_all_the_students_of_that_guardian(office: Office) -> None:
    file = school_of(3).with_pupil("s2", guardians=("p2", "p1")).with_pupil("s3", guardians=("p1",))
    office.hand_over(file)
    office.told()
    moved = replace(file, parents=(replace(file.parents[0], email="nouvelle@example.com"), *file.parents[1:]))
    placed = office.put(moved, "s1")
    assert placed.siblings == ("s2", "s3")
    assert office.told() == {"s1": ["guardians"], "s2": ["guardians"], "s3": ["guardians"]}
    # The others' own guardianships stay: only the person changed.
    assert read_back(office.ctx) == in_order(moved)


def test_replace_student_forgets_a_guardian_who_has_no_student_left(imported: Office) -> None:
    imported.put(school_of(3), "s1", guardians=[])
    with imported.ctx.db.read() as session:
        assert set(session.scalars(select(Guardian.source_id))) == {"p2", "p3"}


def test_replace_student_lets_a_guardian_be_a_student_too(imported: Office) -> None:
    file = school_of(3)
    sister = replace(file, parents=(*file.parents, Parent(source_id="s3", email="majeure@example.com")))
    imported.put(sister.with_pupil("s1", guardians=("p1", "s3")), "s1")
    assert imported.student("s3").status == "active"
    imported.remove("s3")
    assert [each["source_id"] for each in read(imported, "s1")["guardians"]] == ["p1", "s3"]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"given_name": " "}, ["#/given_name"]),
        ({"family_name": "Trem\x00blay"}, ["#/family_name"]),
        ({"file_number": "12345"}, ["#/file_number"]),
        ({"permanent_code": "TREZ"}, ["#/permanent_code"]),
        ({"birth_date": date(1899, 12, 31)}, ["#/birth_date"]),
        ({"school_source_id": "school-9"}, ["#/school_source_id"]),
        ({"source_id": "s2"}, ["#/source_id"]),
        ({"file_number": "x", "grade": "\x07"}, ["#/file_number", "#/grade"]),
    ],
)
def test_replace_student_refuses_what_no_file_could_say(imported: Office, changes: dict, pointers: list[str]) -> None:
    before = read_back(imported.ctx)
    with pytest.raises(ValidationFailed) as refused:
        imported.put(school_of(3), "s1", **changes)
    assert sorted(error["pointer"] for error in refused.value.errors) == pointers
    assert (read_back(imported.ctx), imported.told(), version(imported)) == (before, {}, 1)


GUARDIAN = as_call(school_of(1), "s1")["guardians"][0]


@pytest.mark.parametrize(
    ("guardians", "pointer"),
    [
        ([GUARDIAN, {**GUARDIAN, "is_principal": False}], "#/guardians/1/source_id"),
        ([GUARDIAN, {**GUARDIAN, "source_id": "p2"}], "#/guardians/1/is_principal"),
        ([{**GUARDIAN, "source_id": "s1"}], "#/guardians/0/source_id"),
        ([{**GUARDIAN, "source_id": ""}], "#/guardians/0/source_id"),
        ([{**GUARDIAN, "email": "no address"}], "#/guardians/0/email"),
        ([{**GUARDIAN, "email": f"a@{'é' * 80}.ca"}], "#/guardians/0/email"),
        ([{**GUARDIAN, "rights": ["View File"]}], "#/guardians/0/rights"),
        ([{**GUARDIAN, "restrictions": ["é"]}], "#/guardians/0/restrictions"),
        ([{**GUARDIAN, "starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}], "#/guardians/0/ends_on"),
    ],
)
def test_replace_student_refuses_guardians_that_no_file_could_name(
    imported: Office, guardians: list[dict], pointer: str
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        imported.put(school_of(3), "s1", guardians=guardians)
    assert [error["pointer"] for error in refused.value.errors] == [pointer]
    assert read_back(imported.ctx) == in_order(school_of(3))


def test_replace_student_refuses_the_file_number_of_another_student(imported: Office) -> None:
    with pytest.raises(FileNumberTaken) as refused:
        imported.put(school_of(3), "s1", file_number="1000002")
    assert [error["pointer"] for error in refused.value.errors] == ["#/file_number"]
    assert (read_back(imported.ctx), imported.told(), version(imported)) == (in_order(school_of(3)), {}, 1)
    imported.remove("s2")
    imported.put(school_of(3), "s1", file_number="1000002")
    assert imported.student("s1").file_number == "1000002"


@pytest.mark.requirement("CHD-13")
def test_students_of_another_organisation_are_not_there(imported: Office, registry: Registry) -> None:
    registry.make_organisation(code="841000")
    other = {"organisation_code": "841000", "source_id": "s1"}
    with pytest.raises(NotFound):
        imports.read_student(imported.ctx, client_id="c", **other)
    with pytest.raises(NotFound):
        imports.remove_student(imported.ctx, **other)
    student = as_call(school_of(3), "s1", school_source_id=None, given_name="Autre")
    assert imports.replace_student(imported.ctx, student=student, **other).is_new
    assert read(imported, "s1")["given_name"] == "Éloïse-1"


@pytest.mark.parametrize("source_id", ["s9", "s2"])
def test_remove_student_refuses_who_is_not_there(imported: Office, source_id: str) -> None:
    imported.remove("s2")
    for act in (
        partial(imported.remove, source_id),
        partial(read, imported, source_id),
    ):
        with pytest.raises(NotFound):
            act()
    assert version(imported) == 2


def test_a_student_of_no_organisation_is_refused(imported: Office) -> None:
    with pytest.raises(OrganisationUnknown):
        imports.remove_student(imported.ctx, organisation_code="999999", source_id="s1")


@pytest.mark.requirement("AUD-3", "PRV-1")
def test_read_student_stands_in_the_journal_once_a_day(imported: Office) -> None:
    read(imported, "s1")
    read(imported, "s1")
    assert journal(imported) == ["file_opened"]


# Links


def claim(office: Office) -> None:
    claims.claim_child(
        office.ctx,
        account_id=ACCOUNT,
        email="parent1@example.com",
        address="192.0.2.1",
        organisation_id=office.organisation_id,
        birth_on=office.student("s1").birth_on,
        last_name="Tremblay",
        first_name="Éloïse-1",
        identifier="1000001",
    )
    office.told()


def told(office: Office) -> list[str]:
    with office.ctx.db.read() as session:
        waiting = [each.event.type.split(".")[3] for each in outbox.list_unpublished(session, limit=100)]
    office.told()
    return waiting


@pytest.mark.requirement("CHD-12", "EVT-5")
@pytest.mark.parametrize(
    "change",
    [
        lambda office, file: office.put(file, "s1", guardians=[]),
        lambda office, file: office.put(file, "s1", guardians=[{**GUARDIAN, "email": None}]),
        lambda office, file: office.put(file, "s1", guardians=[{**GUARDIAN, "restrictions": ["no_access"]}]),
        lambda office, file: office.put(file, "s2", guardians=[{**GUARDIAN, "email": "autre@example.com"}]),
        lambda office, file: office.remove("s1"),
    ],
    ids=["no guardian", "no e-mail", "no access", "e-mail changed at the sibling's", "removed"],
)
def test_a_call_tells_that_a_link_is_suspended_and_restored(imported: Office, change: Callable) -> None:
    claim(imported)
    file = school_of(3)
    change(imported, file)
    assert list(dict.fromkeys(told(imported))) == ["student-changed", "link-suspended", "guardianship-changed"]
    imported.put(file, "s1")
    assert told(imported)[-2:] == ["link-restored", "guardianship-changed"]
    imported.put(file, "s1")
    assert told(imported) == []


# An import could not have done otherwise


NAMES = st.sampled_from(["Zoé", "Éloïse", "Marie-Ève", "D’Amours", "Jo", "Nguyễn"])
RIGHTS = st.sampled_from(
    [{}, {}, {"rights": ["view_file"]}, {"restrictions": ["no_access"]}, {"rights": [], "until": "2030-01-01"}]
)


@st.composite
def school_files(draw: st.DrawFn) -> SchoolFile:
    """Registries of few students and fewer guardians, so that they share; every guardian has a student."""
    parents = {
        name: Parent(
            source_id=name,
            given_name=draw(NAMES),
            email=draw(st.sampled_from(["", f"{name}@example.com", "x@example.com"])),
        )
        for name in ("p1", "p2", "p3")
    }
    pupils = []
    for number in draw(st.sets(st.integers(1, 4), min_size=1)):
        guardians = tuple(draw(st.lists(st.sampled_from(sorted(parents)), unique=True, max_size=3)))
        pupils.append(
            Pupil(
                source_id=f"s{number}",
                given_name=draw(NAMES),
                family_name=draw(NAMES),
                birth_on=draw(st.sampled_from([None, date(2012, 2, 29), date(2015, 9, 1)])),
                file_number=draw(st.sampled_from(["", f"100000{number}", f"200000{number}"])),
                permanent_code=draw(st.sampled_from(["", f"TREZ7153110{number}"])),
                grade=draw(st.sampled_from(["", "05", "07"])),
                school=draw(st.sampled_from(["", "school-1", "school-2"])),
                guardians=guardians,
                rights={name: said for name in guardians if (said := draw(RIGHTS))},
            )
        )
    named = {name for pupil in pupils for name in pupil.guardians}
    return SchoolFile(pupils=tuple(pupils), parents=tuple(parents[name] for name in sorted(named)))


class Twin:
    """One of two organisations with the same registry and the same links."""

    def __init__(self, ctx: Context, organisation_id: str, code: str, folder: Path) -> None:
        self.ctx, self.organisation_id, self.code, self.folder = ctx, organisation_id, code, folder

    def hand_over(self, file: SchoolFile) -> None:
        path = write(replace(file, code=self.code), self.folder / ids.new())
        imports.import_registry(self.ctx, organisation_code=self.code, path=path, allows_removals=True)

    def call(self, file: SchoolFile, gone: set[str]) -> None:
        for source_id in sorted(gone):
            imports.remove_student(self.ctx, organisation_code=self.code, source_id=source_id)
        for pupil in file.pupils:
            imports.replace_student(
                self.ctx,
                organisation_code=self.code,
                source_id=pupil.source_id,
                student=as_call(file, pupil.source_id),
            )

    def link(self, file: SchoolFile) -> None:
        """Link an account with each mailbox of the file to each student, as if it had proven the child."""
        students = self._students()
        rows = [
            {
                "id": ids.new(),
                "student_id": students[pupil.source_id],
                "organisation_id": self.organisation_id,
                "account_id": ids.new(),
                "rights": ["view_file"],
                "email_key": emails.key(mailbox),
                "linked_at": self.ctx.clock.now(),
            }
            for pupil in file.pupils
            for mailbox in ("p1@example.com", "x@example.com")
        ]
        with self.ctx.db.transaction() as session:
            session.execute(insert(Link), rows)

    def links(self) -> list[tuple[Any, ...]]:
        names = (Student.source_id, Link.email_key, Link.suspension, Link.rights)
        found = select(*names).join(Student).where(Link.organisation_id == self.organisation_id)
        with self.ctx.db.read() as session:
            return sorted((source, key, str(why), tuple(rights)) for source, key, why, rights in session.execute(found))

    def registry(self) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
        """Return the students as the schools' door has them, and the guardians."""
        students = [
            imports.read_student(self.ctx, organisation_code=self.code, client_id="c", source_id=source_id).document
            for source_id in sorted(self._students(status="active"))
        ]
        said = (Guardian.source_id, Guardian.given_name, Guardian.family_name, Guardian.email, Guardian.email_key)
        guardians = select(*said).where(Guardian.organisation_id == self.organisation_id).order_by(Guardian.source_id)
        with self.ctx.db.read() as session:
            return students, [tuple(row) for row in session.execute(guardians)]

    def changes(self) -> set[tuple[str, str]]:
        """Return what was told of whom since the beginning, in whatever order and however often."""
        names = {student_id: source_id for source_id, student_id in self._students().items()}
        with self.ctx.db.read() as session:
            waiting = [each.event for each in outbox.list_unpublished(session, limit=10_000)]
        told = [event.data or {} for event in waiting if event.type.endswith("student-changed.v1")]
        ours = [data for data in told if data["organisation_id"] == self.organisation_id]
        return {(names[data["student_id"]], change) for data in ours for change in data["changes"]}

    def _students(self, **having: str) -> dict[str, str]:
        found = select(Student.source_id, Student.id).filter_by(organisation_id=self.organisation_id, **having)
        with self.ctx.db.read() as session:
            return dict(session.execute(found).all())  # type: ignore[arg-type]


@pytest.fixture
def make_twin(ctx: Context, registry: Registry, tmp_path: Path) -> Callable[[], Twin]:
    """Make an organisation that is like the next one."""
    codes: Iterator[int] = itertools.count(100_000)

    def make() -> Twin:
        code = str(next(codes))
        return Twin(ctx, registry.make_organisation(code=code), code, tmp_path)

    return make


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=school_files(), after=school_files())
def test_calls_leave_and_tell_what_an_import_leaves_and_tells(
    make_twin: Callable[[], Twin], before: SchoolFile, after: SchoolFile
) -> None:
    by_import, by_call = make_twin(), make_twin()
    for twin in (by_import, by_call):
        twin.hand_over(before)
        twin.link(before)
    gone = {each.source_id for each in before.pupils} - {each.source_id for each in after.pupils}
    by_import.hand_over(after)
    by_call.call(after, gone)
    assert by_call.registry() == by_import.registry()
    assert by_call.links() == by_import.links()
    assert by_call.changes() == by_import.changes()
