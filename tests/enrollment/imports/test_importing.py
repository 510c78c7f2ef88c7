import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from registry_generator import generate
from services.enrollment.errors import (
    ImportOvertaken,
    OrganisationUnknown,
    RegistryMalformed,
    RegistryOfAnotherOrganisation,
    TooManyRemovals,
)
from services.enrollment.models import (
    Guardian,
    Guardianship,
    Organisation,
    RegistryImport,
    School,
    Student,
)
from services.enrollment.operations import subscriptions
from shared import outbox
from tests.support.clock import FakeClock
from tests.support.enrollment import Registry
from tests.support.registries import FORMATS, Office, Parent, SchoolFile, family, in_order, read_back, school_of

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "sds-v2.1"


@pytest.mark.parametrize("format", FORMATS)
def test_import_registry_shows_what_the_file_says(office: Office, format: str) -> None:
    file = school_of(3)
    report = office.hand_over(file, format=format)
    assert read_back(office.ctx) == in_order(file)
    assert report.format == format
    assert report.mode == "bulk"
    assert [report.counts[name] for name in ("students_new", "guardians_new", "guardianships_new", "schools_new")] == [
        *(3, 3, 3, 2)
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_import_registry_changes_and_publishes_nothing_the_second_time(
    office: Office, tmp_path: Path, format: str, clock: FakeClock
) -> None:
    path = tmp_path / "generated"
    generate(path, organisation="712000", students=120, format=format)
    office.hand_over(path)
    office.told()
    before = read_back(office.ctx)
    changed_at = [office.student(each.source_id).changed_at for each in before.pupils]
    clock.advance(timedelta(days=1))
    report = office.hand_over(path)
    assert {name for name, count in report.counts.items() if count} == {"students_before"}
    assert read_back(office.ctx) == before
    assert [office.student(each.source_id).changed_at for each in before.pupils] == changed_at
    assert office.told() == {}
    assert len(before.pupils) == 120


def test_import_registry_gives_each_format_the_same_students(office: Office) -> None:
    file = school_of(4).with_pupil("s2", guardians=("p2", "p1"))
    office.hand_over(file, format="oneroster-1.1")
    office.told()
    for other in ("oneroster-1.2", "sds-2.1", "oneroster-1.1"):
        office.hand_over(file, format=other)
        assert office.told() == {}
    assert read_back(office.ctx) == in_order(file)


@pytest.mark.requirement("EN-14")
def test_import_registry_keeps_a_typo_of_the_file_until_the_file_corrects_it(office: Office) -> None:
    right = school_of(2)
    office.hand_over(right.with_pupil("s1", given_name="Zoe", family_name="Trembley"))
    assert (office.student("s1").given_name, office.student("s1").family_name) == ("Zoe", "Trembley")
    office.told()
    office.hand_over(right)
    assert office.student("s1").family_name == "Tremblay"
    assert office.told() == {"s1": ["names"]}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"given_name": "Maëlle"}, ["names"]),
        ({"birth_on": date(2012, 1, 1)}, ["birth_date"]),
        ({"birth_on": None}, ["birth_date"]),
        ({"file_number": "7654321"}, ["numbers"]),
        ({"permanent_code": "GAGL31129901"}, ["numbers"]),
        ({"permanent_code": ""}, ["numbers"]),
        ({"school": "school-2", "grade": "07"}, ["grade", "school"]),
        ({"guardians": ("p2", "p1")}, ["guardians"]),
        ({"guardians": ("p2",)}, ["guardians"]),
        ({"guardians": ()}, ["guardians"]),
    ],
)
def test_import_registry_tells_what_changed_of_whom(
    office: Office, format: str, changes: dict, told: list[str]
) -> None:
    office.hand_over(school_of(2), format=format)
    office.told()
    changed = school_of(2).with_pupil("s1", **changes)
    office.hand_over(changed, format=format)
    assert office.told() == {"s1": told}
    assert read_back(office.ctx) == in_order(changed, format=format)


def test_import_registry_tells_of_the_students_when_a_guardian_changes_address(office: Office) -> None:
    file = school_of(2)
    office.hand_over(file)
    office.told()
    moved = replace(file, parents=(replace(file.parents[0], email="nouvelle@example.com"), file.parents[1]))
    office.hand_over(moved)
    assert office.told() == {"s1": ["guardians"]}
    assert read_back(office.ctx) == in_order(moved)


def test_import_registry_keeps_rights_and_restrictions(office: Office) -> None:
    rights = {
        "p1": {"rights": ["view_file"], "restrictions": ["no_contact"], "from": "2026-01-01", "until": "2026-06-30"},
        "p2": {"rights": []},
    }
    file = school_of(2).with_pupil("s1", guardians=("p1", "p2"), rights=rights)
    office.hand_over(file)
    assert read_back(office.ctx) == in_order(file)
    office.told()
    eased = file.with_pupil("s1", rights={"p2": {"rights": []}})
    office.hand_over(eased)
    assert office.told() == {"s1": ["guardians"]}
    assert read_back(office.ctx) == in_order(eased)


def test_import_registry_says_nothing_of_new_students(office: Office) -> None:
    office.hand_over(school_of(2))
    assert office.told() == {}
    office.hand_over(school_of(3))
    assert office.told() == {}


def test_import_registry_lets_go_who_is_not_in_a_bulk_file(office: Office) -> None:
    office.hand_over(school_of(3))
    office.told()
    report = office.hand_over(school_of(3).without("s2", "p2"))
    assert office.student("s2").status == "gone"
    assert office.told() == {"s2": ["left"]}
    assert (report.counts["students_gone"], report.counts["guardians_gone"]) == (1, 1)
    assert read_back(office.ctx) == in_order(school_of(3).without("s2", "p2"))


def test_import_registry_takes_back_who_returns_as_the_same_student(office: Office) -> None:
    office.hand_over(school_of(3))
    student_id = office.student("s2").id
    office.hand_over(school_of(3).without("s2"))
    office.told()
    report = office.hand_over(school_of(3))
    assert office.told() == {"s2": ["guardians", "returned"]}
    assert office.student("s2").id == student_id
    assert report.counts["students_returned"] == 1
    assert read_back(office.ctx) == in_order(school_of(3))


@pytest.mark.parametrize("format", ["oneroster-1.1", "oneroster-1.2"])
@pytest.mark.parametrize("is_delta", [False, True])
def test_import_registry_lets_go_who_is_to_be_deleted(office: Office, format: str, is_delta: bool) -> None:
    office.hand_over(school_of(3), format=format)
    office.told()
    file = school_of(3, is_delta=is_delta).with_pupil("s2", status="tobedeleted")
    office.hand_over(file, format=format)
    assert office.told() == {"s2": ["left"]}
    assert [each.source_id for each in read_back(office.ctx).pupils] == ["s1", "s3"]


@pytest.mark.parametrize("format", ["oneroster-1.1", "oneroster-1.2"])
def test_import_registry_leaves_alone_whom_a_delta_does_not_name(office: Office, format: str) -> None:
    whole = school_of(5)
    office.hand_over(whole, format=format)
    office.told()
    delta = SchoolFile(
        pupils=(replace(whole.pupils[1], grade="06"), family(9, guardians=("p3",))[0]),
        parents=(replace(whole.parents[2], email="autre@example.com"),),
        is_delta=True,
    )
    report = office.hand_over(delta, format=format)
    assert report.mode == "delta"
    assert office.told() == {"s2": ["grade"], "s3": ["guardians"]}
    pupils = (whole.pupils[0], delta.pupils[0], *whole.pupils[2:], delta.pupils[1])
    parents = (*whole.parents[:2], delta.parents[0], *whole.parents[3:])
    assert read_back(office.ctx) == in_order(SchoolFile(pupils=pupils, parents=parents))


def test_import_registry_takes_a_birth_date_alone_from_a_delta(office: Office) -> None:
    whole = school_of(3)
    office.hand_over(whole, format="oneroster-1.2")
    office.told()
    path = office.write(SchoolFile(is_delta=True), format="oneroster-1.2")
    (path / "demographics.csv").write_text("sourcedId,birthDate\ns2,2010-10-10\nnobody,2010-10-10\n")
    office.hand_over(path)
    assert office.told() == {"s2": ["birth_date"]}
    assert read_back(office.ctx) == in_order(whole.with_pupil("s2", birth_on=date(2010, 10, 10)))


def test_import_registry_takes_a_change_of_school_alone_from_a_delta(office: Office) -> None:
    whole = school_of(3)
    office.hand_over(whole, format="oneroster-1.2")
    office.told()
    path = office.write(SchoolFile(is_delta=True), format="oneroster-1.2")
    header = "sourcedId,userSourcedId,role,roleType,orgSourcedId,status\n"
    (path / "roles.csv").write_text(header + "r,s2,student,primary,school-2,\nq,s3,student,primary,,tobedeleted\n")
    office.hand_over(path)
    assert office.told() == {"s2": ["school"], "s3": ["left"]}
    assert read_back(office.ctx).pupils == in_order(whole.with_pupil("s2", school="school-2").without("s3")).pupils


def test_import_registry_stops_before_removing_more_than_one_in_twenty(office: Office) -> None:
    office.hand_over(school_of(40))
    without_two = school_of(40).without("s1", "s2")
    assert office.hand_over(without_two, allows_removals=False).counts["students_gone"] == 2
    without_four = school_of(40).without("s1", "s2", "s3", "s4")
    with pytest.raises(TooManyRemovals) as refusal:
        office.hand_over(without_four, allows_removals=False)
    assert refusal.value.facts.items() >= {"gone": 2, "active": 38}.items()
    assert len(read_back(office.ctx).pupils) == 38
    office.hand_over(without_four)
    assert len(read_back(office.ctx).pupils) == 36


def test_import_registry_remembers_what_it_accepted_and_refused(office: Office) -> None:
    office.hand_over(school_of(2))
    with pytest.raises(TooManyRemovals):
        office.hand_over(SchoolFile(), allows_removals=False)
    with office.ctx.db.read() as session:
        imports = [
            (each.outcome, each.refusal, each.counts["students_gone"])
            for each in session.scalars(select(RegistryImport))
        ]
    assert sorted(imports) == [("accepted", None, 0), ("refused", "too_many_removals", 2)]


def test_import_registry_says_only_what_would_change_in_a_dry_run(office: Office) -> None:
    office.hand_over(school_of(6))
    office.told()
    for source_id in ("s1", "s2", "s3"):
        office.link(source_id)
    file = school_of(7).without("s1", "p1").with_pupil("s2", guardians=(), given_name="Autre")
    file = replace(file, parents=tuple(each for each in file.parents if each.source_id != "p2"))
    before = read_back(office.ctx)
    report = office.hand_over(file, is_dry_run=True, allows_removals=False)
    assert read_back(office.ctx) == before
    assert office.told() == {}
    assert office.count(RegistryImport) == 1
    names = ("students_new", "students_changed", "students_gone", "links_ended", "links_at_risk", "emails_lost")
    assert [report.counts[name] for name in names] == [1, 1, 1, 1, 1, 2]
    assert report.is_over_removals
    assert report.samples == (
        "users.csv:12 new",
        "users.csv:7 changed: guardians, names",
        "student s1 gone",
    )


def test_import_registry_keeps_an_address_that_another_guardian_has(office: Office) -> None:
    file = replace(school_of(2), parents=tuple(Parent(source_id=f"p{n}", email="meme@example.com") for n in (1, 2)))
    office.hand_over(file)
    report = office.hand_over(file.without("p1").with_pupil("s1", guardians=("p2",)), is_dry_run=True)
    assert (report.counts["guardians_gone"], report.counts["emails_lost"]) == (1, 0)


def test_import_registry_takes_students_who_cannot_be_claimed_yet(office: Office) -> None:
    pupil, parent = family(1, birth_on=None, file_number="", permanent_code="")
    report = office.hand_over(SchoolFile(pupils=(pupil,), parents=(parent,)))
    assert report.counts["students_unclaimable"] == 1
    assert office.student("s1").identity_digest is None
    assert read_back(office.ctx).pupils == (pupil,)


def test_import_registry_subscribes_the_organisation_the_first_time(office: Office, clock: FakeClock) -> None:
    assert office.hand_over(school_of(1)).has_subscribed
    with office.ctx.db.read() as session:
        organisation = session.get_one(Organisation, office.organisation_id)
        events = [each.event for each in outbox.list_unpublished(session, limit=9)]
    assert organisation.subscribed_at == clock.now()
    assert [(event.type, event.data["organisation_code"]) for event in events] == [
        ("ca.vitrail.enrollment.organisation-subscribed.v1", "712000")
    ]
    assert not office.hand_over(school_of(2)).has_subscribed


def test_import_registry_does_not_subscribe_again_who_has_unsubscribed(office: Office) -> None:
    office.hand_over(school_of(1))
    assert subscriptions.unsubscribe(office.ctx, organisation_code="712000")
    assert not subscriptions.unsubscribe(office.ctx, organisation_code="712000")
    assert not office.hand_over(school_of(2)).has_subscribed
    with office.ctx.db.read() as session:
        assert session.get_one(Organisation, office.organisation_id).subscribed_at is None
    assert subscriptions.subscribe(office.ctx, organisation_code="712000")
    assert not subscriptions.subscribe(office.ctx, organisation_code="712000")


def test_import_registry_counts_unknown_columns(office: Office) -> None:
    path = office.write(school_of(1))
    users = (path / "users.csv").read_text("utf-8").splitlines()
    (path / "users.csv").write_text("\n".join([users[0] + ",shoeSize", *(line + ",38" for line in users[1:])]), "utf-8")
    assert office.hand_over(path).unknown_columns == {"users.csv": ("shoesize",)}


def test_import_registry_reads_windows_1252_when_it_is_declared(office: Office) -> None:
    path = office.write(school_of(1))
    users = (path / "users.csv").read_text("utf-8")
    (path / "users.csv").write_bytes(users.encode("cp1252"))
    office.hand_over(path, encoding="windows-1252")
    assert office.student("s1").given_name == "Éloïse-1"


def test_import_registry_refuses_a_malformed_file_and_says_where(office: Office) -> None:
    office.hand_over(school_of(1))
    path = office.write(school_of(2))
    (path / "users.csv").write_text("sourcedId;givenName;familyName\n")
    with pytest.raises(RegistryMalformed) as refusal:
        office.hand_over(path)
    assert {name: refusal.value.facts[name] for name in ("file", "line", "reason")} == {
        "file": "users.csv",
        "line": 1,
        "reason": "separator_unknown",
    }
    assert read_back(office.ctx) == in_order(school_of(1))


def test_import_registry_refuses_an_unknown_organisation(office: Office) -> None:
    with pytest.raises(OrganisationUnknown):
        office.hand_over(school_of(1), organisation_code="999000")


def test_import_registry_refuses_the_file_of_another_board(office: Office) -> None:
    with pytest.raises(RegistryOfAnotherOrganisation) as refusal:
        office.hand_over(school_of(1, code="732000"))
    assert refusal.value.facts.items() >= {"code": "712000", "found": "732000"}.items()
    assert office.count(Student) == 0


def test_import_registry_refuses_the_file_of_two_boards(office: Office, registry: Registry) -> None:
    registry.make_organisation(code="732000")
    path = office.write(school_of(1))
    with (path / "orgs.csv").open("a") as orgs:
        orgs.write("732000,CSS de la Capitale,district,732000,\n")
    with pytest.raises(RegistryOfAnotherOrganisation):
        office.hand_over(path)


def test_import_registry_takes_a_private_school_that_stands_alone(office: Office, registry: Registry) -> None:
    registry.make_organisation(code="001500", kind="private", network=None)
    path = office.write(school_of(1))
    (path / "orgs.csv").write_text("sourcedId,name,type,identifier,parentSourcedId\nschool-1,Académie,school,001500,\n")
    office.hand_over(path, organisation_code="001500")
    assert office.count(Student) == 1
    with pytest.raises(RegistryOfAnotherOrganisation):
        office.hand_over(path, organisation_code="712000")


def test_import_registry_keeps_two_boards_apart(office: Office, registry: Registry) -> None:
    registry.make_organisation(code="732000")
    office.hand_over(school_of(2))
    office.hand_over(school_of(2, code="732000"), organisation_code="732000")
    office.hand_over(SchoolFile(code="732000"), organisation_code="732000")
    with office.ctx.db.read() as session:
        states = session.execute(select(Student.organisation_id, Student.status)).all()
    assert {status for organisation, status in states if organisation == office.organisation_id} == {"active"}
    assert {status for organisation, status in states if organisation != office.organisation_id} == {"gone"}
    assert (office.count(Guardian), office.count(Guardianship)) == (2, 2)


@pytest.mark.parametrize(
    ("schools", "kept"), [("712000,school-2", "school-2"), ("712000", ""), ("school-2,712000", "school-2")]
)
def test_import_registry_takes_a_school_before_the_board_as_the_school(office: Office, schools: str, kept: str) -> None:
    office.hand_over(school_of(2).with_pupil("s1", school=schools))
    assert read_back(office.ctx) == in_order(school_of(2).with_pupil("s1", school=kept))


def test_import_registry_takes_a_role_at_a_school_before_one_at_the_board(office: Office) -> None:
    path = office.write(school_of(2), format="oneroster-1.2")
    roles = (path / "roles.csv").read_text("utf-8").splitlines()
    roles.insert(1, "b1,s1,student,primary,712000,")
    roles.append("b2,s2,student,secondary,school-2,")
    (path / "roles.csv").write_text("\n".join(roles), "utf-8")
    office.hand_over(path)
    assert read_back(office.ctx) == in_order(school_of(2))


def test_import_registry_keeps_a_school_whose_line_is_broken(office: Office) -> None:
    office.hand_over(school_of(2))
    office.told()
    path = office.write(school_of(2))
    orgs = (path / "orgs.csv").read_text("utf-8")
    (path / "orgs.csv").write_text(orgs.replace("École school-1", ""), "utf-8")
    report = office.hand_over(path)
    assert report.counts["lines_rejected"] == 1
    assert office.told() == {}
    assert read_back(office.ctx) == in_order(school_of(2))


def test_import_registry_needs_one_connection(office: Office, make_context: Callable) -> None:
    office.ctx = make_context(threads=1)
    office.hand_over(school_of(2))
    office.hand_over(school_of(3))
    assert read_back(office.ctx) == in_order(school_of(3))


def test_import_registry_gives_up_when_another_import_overtakes_it(office: Office) -> None:
    office.hand_over(school_of(1))
    overtakers = iter([school_of(2)])

    def overtake(phase: str, done: int, total: int) -> None:
        if phase == "comparing":
            for file in overtakers:
                office.hand_over(file)

    with pytest.raises(ImportOvertaken):
        office.hand_over(school_of(3), progress=overtake)
    assert read_back(office.ctx) == in_order(school_of(2))


def test_import_registry_makes_new_keys_without_telling_anybody(
    office: Office, make_context: Callable, clock: FakeClock
) -> None:
    office.hand_over(school_of(2))
    office.told()
    old = office.student("s1").permanent_code_digest
    office.ctx = make_context(
        digest_keys=(*office.ctx.settings.digest_keys, "another-digest-key-01234567890123456"),
        seal_keys=(*office.ctx.settings.seal_keys, "another-seal-key-0123456789012345678"),
    )
    office.hand_over(school_of(2))
    assert office.student("s1").permanent_code_digest != old
    assert office.told() == {}
    assert read_back(office.ctx) == in_order(school_of(2))


@pytest.mark.skipif(not SAMPLE.is_dir(), reason=f"the sample set of Microsoft is not at {SAMPLE}")
def test_import_registry_takes_the_sample_set_of_sds_as_it_is(office: Office) -> None:
    report = office.hand_over(SAMPLE)
    assert report.counts["lines_rejected"] == 0
    file = read_back(office.ctx)
    assert [(each.source_id, each.family_name, each.guardians) for each in file.pupils] == [
        ("114001", "Craig", ("114002",)),
        ("114003", "Hutch", ("114002",)),
        ("114004", "Smithee", ("114005",)),
        ("114008", "Miller", ()),
    ]
    assert [each.email for each in file.parents] == ["jean.craig@outlook.com", "bobsmithee@outlook.com"]
    assert office.count(School) == 3


@pytest.mark.parametrize("format", FORMATS)
def test_import_registry_follows_a_school_year_of_changes(office: Office, format: str) -> None:
    chance = random.Random(format)
    file = school_of(12)
    for _ in range(12):
        file = _after_a_month(file, chance)
        office.hand_over(file, format=format)
        assert read_back(office.ctx) == in_order(file, format=format)
    with office.ctx.db.read() as session:
        assert session.scalar(text("SELECT COUNT(*) FROM students WHERE status = 'gone'")) > 0


def _after_a_month(file: SchoolFile, chance: random.Random) -> SchoolFile:
    """Return a file after some have come, gone, married, moved and been renumbered."""
    new = [family(number) for number in chance.sample(range(100, 10_000), 2)]
    file = replace(
        file, pupils=(*file.pupils, *(each[0] for each in new)), parents=(*file.parents, *(each[1] for each in new))
    )
    file = file.without(chance.choice(file.pupils).source_id, chance.choice(file.pupils).source_id)
    one, other, third = chance.sample(file.pupils, 3)
    file = file.with_pupil(one.source_id, file_number=other.file_number).with_pupil(
        other.source_id, file_number=one.file_number
    )
    parents = [each.source_id for each in file.parents]
    file = file.with_pupil(
        third.source_id,
        given_name=f"Prénom{chance.randrange(99)}",
        school=chance.choice(file.schools),
        guardians=tuple(chance.sample(parents, chance.randrange(4))),
        birth_on=chance.choice([None, date(2012, 2, 29)]),
    )
    leaving = chance.choice(parents)
    pupils = (replace(each, guardians=tuple(g for g in each.guardians if g != leaving)) for each in file.pupils)
    file = replace(file, pupils=tuple(pupils)).without(leaving)
    changed = chance.choice(file.parents)
    moved = (
        replace(each, email=f"x{chance.randrange(99)}@example.org") if each is changed else each
        for each in file.parents
    )
    return replace(file, parents=tuple(moved))
