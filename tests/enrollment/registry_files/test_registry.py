from datetime import date
from pathlib import Path

import pytest

from services.enrollment.registry_files import (
    BirthDateRow,
    GuardianshipRow,
    NumberRow,
    OrganisationRow,
    RejectedLine,
    RoleRow,
    SchoolRow,
    UserRow,
    open_registry,
)

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "sds-v2.1"
ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
USERS_1_1 = (
    "sourcedId,status,orgSourcedIds,role,userIds,givenName,familyName,middleName,identifier,email,agentSourcedIds,grades,"
    "metadata.principalGuardian,metadata.guardianRights\n"
)
USERS_1_2 = (
    "sourcedId,status,enabledUser,username,userIds,givenName,familyName,identifier,email,agentSourcedIds,grades\n"
)
ROLES_1_2 = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n"
BIRTHS = "sourcedId,status,birthDate\n"
STUDENT = 's1,,712001,student,{CodePermanent:TREZ71531101},Zoé,Tremblay,Anne,1234567,,"g1,g2",04,g2,\n'
RIGHTS = '"{""g1"": {""rights"": [], ""restrictions"": [""no_access""], ""from"": ""2024-09-01""}}"'


def _records(path, **options):
    with open_registry(path, **options) as registry:
        return list(registry.records())


def _of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def _1_2(users="", roles="", births="", **more):
    return {
        "manifest.csv": "propertyName,value\noneroster.version,1.2\n",
        "users.csv": USERS_1_2 + users,
        "roles.csv": ROLES_1_2 + roles,
        "demographics.csv": BIRTHS + births,
        **more,
    }


def test_records_read_a_student_of_oneroster_1_1(write_registry):
    records = _records(
        write_registry({"users.csv": USERS_1_1 + STUDENT, "demographics.csv": BIRTHS + "s1,,2011-03-09\n"})
    )

    assert _of(UserRow, records) == [
        ("users.csv", 2, "s1", "Zoé", "Tremblay", "Anne", None, "1234567", "TREZ71531101", "04", "primary", "active")
    ]
    assert _of(RoleRow, records) == [("users.csv", 2, "s1", "student", "712001", True, "04", "primary", "active")]
    assert _of(BirthDateRow, records) == [("demographics.csv", 2, "s1", date(2011, 3, 9), "active")]
    assert _of(GuardianshipRow, records) == [
        ("users.csv", 2, "s1", "g1", 1, False, None, (), None, None, "active"),
        ("users.csv", 2, "s1", "g2", 0, True, None, (), None, None, "active"),
    ]
    assert not _of(RejectedLine, records)


def test_records_read_organisations_and_schools(write_registry):
    records = _records(write_registry())

    assert _of(OrganisationRow, records) == [("orgs.csv", 2, "712000", "CSS des Phares", "712000", "board", "active")]
    assert _of(SchoolRow, records) == [("orgs.csv", 3, "712001", "École du Mistral", "712001", "712000", "active")]


def test_records_take_a_school_that_stands_alone_for_the_organisation(write_registry):
    records = _records(write_registry({"orgs.csv": ORGS + "990500,,,Collège de la Baie-Claire,school,990500,\n"}))

    assert [(row.source_id, row.kind) for row in _of(OrganisationRow, records)] == [("990500", "school")]
    assert [row.source_id for row in _of(SchoolRow, records)] == ["990500"]


@pytest.mark.parametrize("role", ["parent", "guardian", "relative", "Parent"])
def test_records_read_a_guardian(write_registry, role):
    line = f"g1,,712000,{role},,Anne,Roy,,EMPLOYEE-9,anne.roy@example.org,,,,\n"
    records = _records(write_registry({"users.csv": USERS_1_1 + line}))

    assert _of(UserRow, records) == [
        ("users.csv", 2, "g1", "Anne", "Roy", "", "anne.roy@example.org", None, None, None, None, "active")
    ]
    assert [row.role for row in _of(RoleRow, records)] == ["guardian"]


def test_records_leave_staff_out(write_registry):
    line = "t1,,712001,teacher,,Luc,Roy,,,luc@example.org,,,,\n"

    assert not _of(UserRow, _records(write_registry({"users.csv": USERS_1_1 + line})))


def test_records_take_the_first_agent_for_principal_when_none_is_named(write_registry):
    line = 's1,,712001,student,,Zoé,Roy,,1234567,,"g1, g2,g1",04,,\n'
    rows = _of(GuardianshipRow, _records(write_registry({"users.csv": USERS_1_1 + line})))

    assert [(row.guardian_source_id, row.rank, row.is_principal) for row in rows] == [("g1", 0, True), ("g2", 2, False)]


def test_records_read_rights_and_restrictions(write_registry):
    line = f's1,,712001,student,,Zoé,Roy,,1234567,,"g1,g2",04,g2,{RIGHTS}\n'
    first, second = _of(GuardianshipRow, _records(write_registry({"users.csv": USERS_1_1 + line})))

    assert (first.rights, first.restrictions, first.starts_on) == ((), ("no_access",), date(2024, 9, 1))
    assert (second.rights, second.restrictions) == (None, ())


def test_records_give_a_student_of_two_schools_the_first_as_primary(write_registry):
    line = 's1,,"712001,712002",student,,Zoé,Roy,,1234567,,,04,,\n'
    rows = _of(RoleRow, _records(write_registry({"users.csv": USERS_1_1 + line})))

    assert [(row.school_source_id, row.is_primary) for row in rows] == [("712001", True), ("712002", False)]


def test_records_tell_who_is_gone(write_registry):
    users = USERS_1_1 + "s1,tobedeleted,712001,student,,,,,,,,,,\ns2,active,712001,student,,Léo,Roy,,,,,,,\n"
    rows = _of(UserRow, _records(write_registry({"users.csv": users})))

    assert [(row.source_id, row.status) for row in rows] == [("s1", "gone"), ("s2", "active")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (",,712001,student,,Zoé,Roy,,1234567,,,04,,", "source_id_missing"),
        ("x" * 256 + ",,712001,student,,Zoé,Roy,,1234567,,,04,,", "source_id_missing"),
        ("s1,,712001,,,Zoé,Roy,,1234567,,,04,,", "role_missing"),
        ("s1,perhaps,712001,student,,Zoé,Roy,,1234567,,,04,,", "status_unknown"),
        ("s1,,712001,student,,,Roy,,1234567,,,04,,", "name_missing"),
        ("s1,,712001,student,,Zoé,,,1234567,,,04,,", "name_missing"),
        ("s1,,712001,student,,Zoé,Roy,,123456,,,04,,", "file_number_malformed"),
        ("s1,,712001,student,,Zoé,Roy,,12345678,,,04,,", "file_number_malformed"),
        ("s1,,712001,student,,Zoé,Roy,,١٢٣٤٥٦٧,,,04,,", "file_number_malformed"),
        ("s1,,712001,student,{CodePermanent:ROYZ7153110},Zoé,Roy,,1234567,,,04,,", "permanent_code_malformed"),
        ("s1,,712001,student,{CodePermanent:7153ROYZ1101},Zoé,Roy,,1234567,,,04,,", "permanent_code_malformed"),
        ("s1,,712001,student,,Zoé,Roy,,1234567,,g1,04,g9,", "principal_guardian_unknown"),
        ("s1,,712001,student,,Zoé,Roy,,1234567,,g1,04,,not json", "guardian_rights_malformed"),
        ("s1,,712001,student,,Zoé,Roy,,1234567,,g1,04,,[1]", "guardian_rights_malformed"),
        ('s1,,712001,student,,Zoé,Roy,,1234567,,g1,04,,"{""g1"": {""court"": 1}}"', "guardian_rights_malformed"),
        ('s1,,712001,student,,Zoé,Roy,,1234567,,g1,04,,"{""g1"": {""rights"": ""all""}}"', "guardian_rights_malformed"),
        ('s1,,712001,student,,Zoé,Roy,,1234567,,g1,04,,"{""g1"": {""from"": ""soon""}}"', "guardian_rights_malformed"),
        ('s1,,712001,student,,Zoé,Roy,,1234567,,g1,04,,"{""g1"": {""from"": 5}}"', "guardian_rights_malformed"),
        ("g1,,712000,parent,,Anne,Roy,,,anne.example.org,,,,", "email_malformed"),
        ("g1,,712000,parent,,Anne,Roy,,,a@example.org;b@example.org,,,,", "email_malformed"),
        ("g1,,712000,parent,,Anne,Roy,,,a b@example.org,,,,", "email_malformed"),
        ("s1,,712001,student,,Zo\u0000é,Roy,,1234567,,,04,,", "nul_byte"),
        ("s1,,712001,student,,Zoé,Roy", "cells_wrong_number"),
    ],
)
def test_records_reject_a_bad_line_without_its_data(write_registry, line, code):
    records = _records(write_registry({"users.csv": f"{USERS_1_1}{line}\n{STUDENT}"}))
    [rejected] = _of(RejectedLine, records)

    assert (rejected.file, rejected.line, rejected.code) == ("users.csv", 2, code)
    assert [row.line for row in _of(UserRow, records)] == [3]
    assert not any(word in f"{rejected.message} {rejected!r}" for word in ("Zoé", "Roy", "1234567", "example", "s1"))


@pytest.mark.parametrize(
    "day", ["2011-02-30", "2011-13-01", "11-03-09", "20110309", "2011-W10-3", "09/03/2011", "1811-03-09", "x"]
)
def test_records_reject_an_impossible_birth_date(write_registry, day):
    births = f"{BIRTHS}s1,,{day}\ns2,,2012-02-29\n"
    records = _records(write_registry({"demographics.csv": births}))

    assert [(row.line, row.code, row.source_id) for row in _of(RejectedLine, records)] == [
        (2, "birth_date_impossible", "s1")
    ]
    assert [row.birth_on for row in _of(BirthDateRow, records)] == [date(2012, 2, 29)]


@pytest.mark.parametrize("header", ["userSourcedId,birthdate", "sourcedId,BIRTHDATE", "birthDate,userSourcedId"])
def test_records_read_birth_dates_under_either_name(write_registry, header):
    cells = {"birth": "2011-03-09", "source": "s1"}
    line = ",".join(cells["birth" if "birth" in column.lower() else "source"] for column in header.split(","))
    records = _records(write_registry({"demographics.csv": f"{header}\n{line}\n"}))

    assert [tuple(row)[2:4] for row in _of(BirthDateRow, records)] == [("s1", date(2011, 3, 9))]


def test_records_read_oneroster_1_2(write_registry):
    path = write_registry(
        _1_2(
            "s1,,true,s1,{CodePermanent:TREZ71531101},Zoé,Tremblay,1234567,,g1,09\n"
            "g1,,true,g1,,Anne,Roy,,anne@example.org,,\nt1,,true,t1,,Luc,Roy,E-17,luc@example.org,,\n",
            "r1,,,s1,primary,student,,,712001\nr2,,,s1,secondary,student,,,712002\nr3,,,g1,primary,parent,,,712000\n"
            "r4,,,t1,primary,teacher,,,712001\nr5,tobedeleted,,g2,primary,relative,,,712000\n",
            "s1,,2011-03-09\n",
        )
    )
    records = _records(path)

    assert [tuple(row)[2:] for row in _of(UserRow, records)] == [
        ("s1", "Zoé", "Tremblay", "", None, "1234567", "TREZ71531101", "09", "secondary", "active"),
        ("g1", "Anne", "Roy", "", "anne@example.org", None, None, None, None, "active"),
        ("t1", "Luc", "Roy", "", "luc@example.org", None, None, None, None, "active"),
    ]
    assert [tuple(row)[2:] for row in _of(RoleRow, records)] == [
        ("s1", "student", "712001", True, None, None, "active"),
        ("s1", "student", "712002", False, None, None, "active"),
        ("g1", "guardian", "712000", True, None, None, "active"),
        ("g2", "guardian", "712000", True, None, None, "gone"),
    ]
    assert [(row.student_source_id, row.guardian_source_id) for row in _of(GuardianshipRow, records)] == [("s1", "g1")]


def test_records_reject_a_malformed_number_of_a_student_of_oneroster_1_2(write_registry):
    records = _records(write_registry(_1_2("s1,,true,s1,,Zoé,Roy,12,,,04\n")))

    assert [row.code for row in _of(RejectedLine, records)] == ["file_number_malformed"]


@pytest.mark.parametrize(
    ("line", "code"),
    [("r1,,,,primary,student,,,712001", "reference_missing"), ("r1,,,s1,primary,,,,712001", "role_missing")],
)
def test_records_reject_a_role_of_nobody_or_nothing(write_registry, line, code):
    records = _records(write_registry(_1_2(roles=line + "\n")))

    assert [(row.file, row.code) for row in _of(RejectedLine, records)] == [("roles.csv", code)]


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the SDS v2.1 sample set is not in ../shared/data")
def test_records_read_the_sample_set_of_sds_as_it_is():
    with open_registry(SAMPLE) as registry:
        records = list(registry.records())

        assert (registry.format, registry.mode, registry.unknown_columns_count) == ("sds-2.1", "bulk", 0)
        assert registry.bytes_read == registry.bytes_total
    assert not _of(RejectedLine, records)
    assert [row.name for row in _of(OrganisationRow, records)] == ["Ministry of TwoDotOne"]
    assert [row.source_id for row in _of(SchoolRow, records)] == ["110001", "110002", "110003"]
    assert len(_of(UserRow, records)) == 8
    assert [tuple(row)[2:8] for row in _of(RoleRow, records) if row.role == "student"] == [
        ("114001", "student", "110003", True, "10", "secondary"),
        ("114003", "student", "110003", True, "10", "secondary"),
        ("114004", "student", "110003", True, "10", "secondary"),
        ("114008", "student", "110001", True, "PS1", None),
    ]
    assert [(row.student_source_id, row.guardian_source_id) for row in _of(GuardianshipRow, records)] == [
        ("114001", "114002"),
        ("114003", "114002"),
        ("114004", "114005"),
    ]
    assert (BirthDateRow("demographics.csv", 2, "114001", date(2001, 7, 2), "active")) in records


def _sds(**files):
    return {
        "manifest.csv": None,
        "orgs.csv": "sourcedId,name,type,parentSourcedId\n712000,CSS des Phares,district,\n",
        "users.csv": "sourcedId,username,givenName,familyName,email,identifier,userIds\n",
        "roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate\n",
        "demographics.csv": "userSourcedId,sex,birthDate\n",
        **files,
    }


def test_records_read_numbers_from_the_user_flags_of_sds_and_nothing_else(write_registry):
    flags = "userSourcedId,flag\ns1,Fiche: 1234567\ns1,CodePermanent:TREZ71531101\ns1,freeLunch\ns2,fiche:12\n"
    records = _records(write_registry(_sds(**{"userFlags.csv": flags})))

    assert _of(NumberRow, records) == [
        ("userflags.csv", 2, "s1", "1234567", None),
        ("userflags.csv", 3, "s1", None, "TREZ71531101"),
    ]
    assert [(row.line, row.code) for row in _of(RejectedLine, records)] == [(5, "file_number_malformed")]


def test_records_read_numbers_from_the_users_of_sds_when_present(write_registry):
    users = "sourcedId,givenName,familyName,identifier,userIds\ns1,Zoé,Roy,1234567,{CodePermanent:ROYZ71531101}\n"
    [user] = _of(UserRow, _records(write_registry(_sds(**{"users.csv": users}))))

    assert (user.file_number, user.permanent_code) == ("1234567", "ROYZ71531101")


def test_records_take_only_guardians_from_relationships(write_registry):
    lines = "s1,g1,parent\ns1,d1,doctor\ns1,,guardian\ns1,g3,\ns1,g2,relative\n"
    relationships = "userSourcedId,relationshipUserSourcedId,relationshipRole\n" + lines
    records = _records(write_registry(_sds(**{"relationships.csv": relationships})))

    rows = _of(GuardianshipRow, records)
    assert [row.guardian_source_id for row in rows] == ["g1", "g2"]
    assert min(rows, key=lambda row: row.rank).guardian_source_id == "g1"
    assert [row.code for row in _of(RejectedLine, records)] == ["reference_missing", "role_missing"]


def test_records_read_a_file_in_windows_1252_when_declared(write_registry):
    path = write_registry({"users.csv": (USERS_1_1 + STUDENT).encode("cp1252")})

    assert [user.given_name for user in _of(UserRow, _records(path, encoding="windows-1252"))] == ["Zoé"]
    assert [row.code for row in _of(RejectedLine, _records(path))] == ["undecodable"]


def test_records_read_a_file_in_windows_1252_when_the_manifest_says_so(write_registry):
    manifest = "propertyName,value\noneroster.version,1.1\nsource.encoding,Windows-1252\n"
    path = write_registry({"manifest.csv": manifest, "users.csv": (USERS_1_1 + STUDENT).encode("cp1252")})

    assert [user.given_name for user in _of(UserRow, _records(path))] == ["Zoé"]


def test_records_compose_names(write_registry):
    path = write_registry({"users.csv": USERS_1_1 + STUDENT.replace("é", "e\u0301")})

    assert [user.given_name for user in _of(UserRow, _records(path))] == ["Zoé"]


def test_single_kinds_are_those_of_records(write_registry):
    path = write_registry({"users.csv": USERS_1_1 + STUDENT, "demographics.csv": BIRTHS + "s1,,2011-03-09\n"})
    with open_registry(path) as registry:
        records = list(registry.records())

        assert list(registry.organisations()) == _of(OrganisationRow, records)
        assert list(registry.schools()) == _of(SchoolRow, records)
        assert list(registry.users()) == _of(UserRow, records)
        assert list(registry.roles()) == _of(RoleRow, records)
        assert list(registry.birth_dates()) == _of(BirthDateRow, records)
        assert list(registry.guardianships()) == _of(GuardianshipRow, records)
        assert list(registry.numbers()) == []


def test_open_registry_counts_unknown_columns_and_keeps_them_out(write_registry):
    header = USERS_1_1.replace("sourcedId", "sourcedId,favouriteDish,metadata.shoeSize", 1)
    path = write_registry({"users.csv": header + STUDENT.replace("s1", "s1,poutine,38", 1)})
    with open_registry(path) as registry:
        records = list(registry.records())

        assert registry.unknown_columns == {"users.csv": ("favouritedish", "metadata.shoesize")}
        assert registry.unknown_columns_count == 2
    assert "poutine" not in str([tuple(record) for record in records])


def test_records_show_no_personal_data_when_printed(write_registry):
    path = write_registry({"users.csv": USERS_1_1 + STUDENT, "demographics.csv": BIRTHS + "s1,,2011-03-09\n"})
    people = [record for record in _records(path) if not isinstance(record, OrganisationRow | SchoolRow)]

    assert {repr(record) for record in people} == {
        "UserRow(users.csv:2)",
        "RoleRow(users.csv:2)",
        "GuardianshipRow(users.csv:2)",
        "BirthDateRow(demographics.csv:2)",
    }


@pytest.mark.parametrize(
    ("cell", "grade", "level"),
    [
        ("KG", "KG", "primary"),
        ("pk", "PK", "primary"),
        ("1", "01", "primary"),
        ("06", "06", "primary"),
        ("07", "07", "secondary"),
        ('"11,12"', "11", "secondary"),
        ("P3", "P3", "primary"),
        ("S5", "S5", "secondary"),
        ("ps1", "PS1", None),
        ("UG", "UG", None),
        ("13", "13", None),
        ("", None, None),
    ],
)
def test_records_tell_the_level_from_the_grade(write_registry, cell, grade, level):
    line = f"s1,,712001,student,,Zoé,Roy,,1234567,,,{cell},,\n"
    [user] = _of(UserRow, _records(write_registry({"users.csv": USERS_1_1 + line})))

    assert (user.grade, user.level) == (grade, level)
