import csv
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from registry_generator import (
    FORMATS,
    OrganisationUnknown,
    OutputTaken,
    PlacedStudent,
    Plan,
    find_organisation,
    generate,
    students,
)
from services.enrollment.registry_files import (
    BirthDateRow,
    GuardianshipRow,
    OrganisationRow,
    RejectedLine,
    RoleRow,
    SchoolRow,
    UserRow,
    open_registry,
)

REAL_SCHOOLS = Path(__file__).parents[2].parent / "shared" / "data" / "quebec_schools.csv"


def _header(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))


def _read_back(path, **options):
    """Join the records of a registry to one line for each student, the way a database does."""
    with open_registry(path, **options) as registry:
        records = list(registry.records())
    assert not [record for record in records if isinstance(record, RejectedLine)]
    users = {record.source_id: record for record in records if isinstance(record, UserRow)}
    births = {record.user_source_id: record.birth_on for record in records if isinstance(record, BirthDateRow)}
    roles = [record for record in records if isinstance(record, RoleRow)]
    guardianships = sorted(
        (record for record in records if isinstance(record, GuardianshipRow)), key=lambda record: record.rank
    )
    guardians = {role.user_source_id for role in roles if role.role == "guardian"}
    return {
        role.user_source_id: (
            users[role.user_source_id].given_name,
            users[role.user_source_id].family_name,
            births[role.user_source_id],
            users[role.user_source_id].file_number,
            users[role.user_source_id].permanent_code,
            role.grade or users[role.user_source_id].grade,
            role.school_source_id,
            [
                users[pair.guardian_source_id].email
                for pair in guardianships
                if pair.student_source_id == role.user_source_id and pair.guardian_source_id in guardians
            ],
        )
        for role in roles
        if role.role == "student"
    }


def _as_planned(plan):
    return {
        student.source_id: (
            student.given_name,
            student.family_name,
            student.birth_on,
            student.file_number,
            student.permanent_code,
            student.grade,
            student.school.code,
            [guardian.email for guardian in student.guardians],
        )
        for student in students(plan)
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=strategies.integers(0, 1 << 40),
    number=strategies.integers(0, 150),
    format=strategies.sampled_from(FORMATS),
    organisation=strategies.sampled_from(["712000", "759000", "887000", "990500", "823000"]),
    as_zip=strategies.booleans(),
)
def test_generate_writes_what_the_readers_read_back(tmp_path_factory, seed, number, format, organisation, as_zip):
    path = tmp_path_factory.mktemp("registry") / "out"

    generated = generate(path, organisation=organisation, students=number, format=format, seed=seed, as_zip=as_zip)

    plan = Plan(organisation=find_organisation(organisation), students=number, seed=seed)
    assert generated.students == number
    assert _read_back(path) == _as_planned(plan)


@pytest.mark.parametrize("format", FORMATS)
def test_generate_names_the_organisation_and_its_schools(tmp_path, format):
    generate(tmp_path / "out", organisation="712000", students=5, format=format)
    with open_registry(tmp_path / "out") as registry:
        assert (registry.format, registry.mode, registry.unknown_columns_count) == (format, "bulk", 0)
        [organisation] = registry.organisations()
        schools = list(registry.schools())

    assert (organisation.source_id, organisation.name, organisation.kind) == ("712000", "CSS des Phares", "board")
    assert {school.parent_source_id for school in schools} == {"712000"}
    assert len(schools) == 4


@pytest.mark.parametrize("format", FORMATS)
def test_generate_writes_a_private_school_that_stands_alone(tmp_path, format):
    generate(tmp_path / "out", organisation="990500", students=5, format=format)
    with open_registry(tmp_path / "out") as registry:
        records = list(registry.records())

    assert [row.kind for row in records if isinstance(row, OrganisationRow)] == ["school"]
    assert [row.name for row in records if isinstance(row, SchoolRow)] == ["Collège de la Baie-Claire"]


def test_generate_writes_the_columns_of_oneroster_1_1_in_their_order(tmp_path):
    generate(tmp_path, organisation="712000", students=1, format="oneroster-1.1")

    assert _header(tmp_path / "users.csv") == [
        *("sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "userIds"),
        *("givenName", "familyName", "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades"),
        *("password", "metadata.principalGuardian", "metadata.guardianRights"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "demographics.csv",
        "manifest.csv",
        "orgs.csv",
        "users.csv",
    ]


def test_generate_writes_the_columns_of_oneroster_1_2_in_their_order(tmp_path):
    generate(tmp_path, organisation="712000", students=1, format="oneroster-1.2")

    assert _header(tmp_path / "roles.csv") == [
        *("sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "beginDate", "endDate"),
        *("orgSourcedId", "userProfileSourcedId"),
    ]
    assert "role" not in _header(tmp_path / "users.csv")


def test_generate_declares_every_file_in_the_manifest(tmp_path):
    generate(tmp_path, organisation="712000", students=1, format="oneroster-1.2")
    with (tmp_path / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        manifest = dict(list(csv.reader(lines))[1:])
    bulk = {name for name, value in manifest.items() if value == "bulk"}

    assert manifest["oneroster.version"] == "1.2"
    assert bulk == {"file.orgs", "file.users", "file.roles", "file.demographics"}
    assert manifest["file.enrollments"] == "absent"


def test_generate_writes_rights_that_the_readers_understand(tmp_path):
    generate(tmp_path, organisation="712000", students=100)
    with open_registry(tmp_path) as registry:
        restricted = [row for row in registry.guardianships() if row.restrictions]

    assert restricted
    assert {(row.rights, row.restrictions, row.starts_on, row.is_principal) for row in restricted} == {
        ((), ("no_access",), date(2024, 9, 1), False)
    }


@pytest.mark.parametrize("format", FORMATS)
def test_generate_writes_the_same_bytes_for_the_same_seed(tmp_path, format):
    for name in ("first.zip", "second.zip"):
        generate(tmp_path / name, organisation="712000", students=60, format=format, as_zip=True)

    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_generate_writes_one_zip_and_leaves_nothing_beside_it(tmp_path):
    generate(tmp_path / "out.zip", organisation="712000", students=20, as_zip=True)

    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        assert packed.namelist() == ["demographics.csv", "manifest.csv", "orgs.csv", "users.csv"]


@pytest.mark.parametrize("as_zip", [False, True])
def test_generate_refuses_to_write_over_what_is_there(tmp_path, as_zip):
    path = tmp_path / "out"
    generate(path, organisation="712000", students=1, as_zip=as_zip)

    with pytest.raises(OutputTaken):
        generate(path, organisation="712000", students=2, as_zip=as_zip)


def test_generate_replaces_a_registry_of_another_format(tmp_path):
    generate(tmp_path, organisation="712000", students=5, format="sds-2.1")
    (tmp_path / "notes.csv").write_text("mine", encoding="utf-8")

    generate(tmp_path, organisation="712000", students=5, format="oneroster-1.1", replace=True)

    with open_registry(tmp_path) as registry:
        assert registry.format == "oneroster-1.1"
    assert not (tmp_path / "relationships.csv").exists()
    assert (tmp_path / "notes.csv").exists()


def test_generate_places_chosen_students(tmp_path):
    placed = PlacedStudent(
        given_name="Zoé",
        family_name="D'Amours",
        birth_on=date(2015, 3, 9),
        file_number="7654321",
        guardian_emails=("demo@example.org",),
    )
    generate(tmp_path, organisation="712000", students=30, placed=[placed])

    found = [student for student in _read_back(tmp_path).values() if student[3] == "7654321"]
    assert [(given, family, birth, emails) for given, family, birth, _, _, _, _, emails in found] == [
        ("Zoé", "D'Amours", date(2015, 3, 9), ["demo@example.org"])
    ]


def test_generate_tells_its_progress(tmp_path):
    told = []
    generate(tmp_path, organisation="712000", students=50, on_progress=told.append)

    assert told == sorted(told)
    assert told[-1] == 50


@pytest.mark.skipif(not REAL_SCHOOLS.is_file(), reason="the ministry's open data is not in ../shared/data")
def test_generate_uses_the_real_schools_of_a_directory(tmp_path):
    generated = generate(tmp_path, organisation="712000", students=400, directory=[REAL_SCHOOLS])
    with open_registry(tmp_path) as registry:
        schools = {school.source_id for school in registry.schools()}
        attended = {role.school_source_id for role in registry.roles() if role.role == "student"}

    assert generated.schools == len(schools) > 20
    assert attended <= schools
    assert len(attended) > 15


def test_generate_refuses_an_organisation_that_the_directory_lacks(tmp_path):
    directory = tmp_path / "schools.csv"
    directory.write_text("code,board_code,name\n712001,712000,École du Mistral\n", encoding="utf-8")

    with pytest.raises(OrganisationUnknown):
        generate(tmp_path / "out", organisation="999000", students=1, directory=[directory])
