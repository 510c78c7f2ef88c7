"""The three file formats, written family by family (registry.md's table, and the headers of the standards)."""

import csv
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, Protocol

from registry_generator.people import Family, Guardian, Plan, Student

Format = Literal["oneroster-1.1", "oneroster-1.2", "sds-2.1"]
FORMATS: tuple[Format, ...] = ("oneroster-1.1", "oneroster-1.2", "sds-2.1")

_RECORD = ("sourcedId", "status", "dateLastModified")
_ORGS = (*_RECORD, "name", "type", "identifier", "parentSourcedId")
_DEMOGRAPHICS = (
    *(*_RECORD, "birthDate", "sex", "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican"),
    *("nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity"),
    *("countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus"),
)
_METADATA = ("metadata.principalGuardian", "metadata.guardianRights")
_USERS_1_1 = (
    *(*_RECORD, "enabledUser", "orgSourcedIds", "role", "username", "userIds", "givenName", "familyName", "middleName"),
    *("identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password", *_METADATA),
)
_USERS_1_2 = (
    *(*_RECORD, "enabledUser", "username", "userIds", "givenName", "familyName", "middleName", "identifier", "email"),
    *("sms", "phone", "agentSourcedIds", "grades", "password", "userMasterIdentifier", "resourceSourcedIds"),
    *(
        "preferredGivenName",
        "preferredMiddleName",
        "preferredFamilyName",
        "primaryOrgSourcedId",
        "pronouns",
        *_METADATA,
    ),
)
_ROLES_1_2 = (
    *(*_RECORD, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"),
)
# The last two are ours: SDS has no place for a file number and a permanent code (registry.md).
_USERS_SDS = (
    *(
        "sourcedId",
        "username",
        "givenName",
        "familyName",
        "password",
        "activeDirectoryMatchId",
        "email",
        "phone",
        "sms",
    ),
    *("identifier", "userIds"),
)
_ROLES_SDS = (
    "userSourcedId",
    "orgSourcedId",
    "role",
    "sessionSourcedId",
    "grade",
    "isPrimary",
    "roleStartDate",
    "roleEndDate",
)
_DEMOGRAPHICS_SDS = (
    *("userSourcedId", "sex", "birthDate", "birthCity", "birthState", "birthCountry", "ethnicityCodes", "raceCodes"),
)
_RELATIONSHIPS_SDS = ("userSourcedId", "relationshipUserSourcedId", "relationshipRole")
_SESSIONS_SDS = ("sourcedId", "title", "type", "schoolYear", "startDate", "endDate")

_FILES_OF_ONEROSTER_1_1 = (
    *("academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics"),
    *("enrollments", "lineItems", "orgs", "resources", "results", "users"),
)
_FILES_OF_ONEROSTER_1_2 = (
    *("academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics"),
    *("enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources"),
    *(
        "resultLearningObjectiveIds",
        "results",
        "resultScoreScales",
        "roles",
        "scoreScales",
        "userProfiles",
        "userResources",
        "users",
    ),
)
# Every file that this module may write: what `--replace` takes away before writing.
OWN_FILES = (
    *("manifest.csv", "orgs.csv", "users.csv", "roles.csv", "demographics.csv", "relationships.csv"),
    "academicSessions.csv",
)


class _Rows(Protocol):
    def writerow(self, row: Iterable[Any], /) -> Any: ...


class Writer(Protocol):
    """Writes a registry, family by family."""

    def write(self, family: Family) -> None:
        """Write a family's lines to every file that speaks of it."""


class _Files:
    """CSV files of a folder, open together so that nothing has to be kept until later."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def open(self, name: str, columns: Sequence[str]) -> _Rows:
        opened = self._stack.enter_context(
            (self._folder / name).open("w", encoding="utf-8", newline="", buffering=1 << 20)
        )
        rows = csv.writer(opened, lineterminator="\r\n")
        rows.writerow(columns)
        return rows


def open_writer(folder: Path, stack: ExitStack, *, plan: Plan, format: Format) -> Writer:
    """Create the files of a format in a folder, write what speaks of the organisation, and return the writer of families."""
    files = _Files(folder, stack)
    if format == "sds-2.1":
        return _Sds(files, plan)
    return _OneRoster(files, plan, is_1_2=format == "oneroster-1.2")


class _OneRoster:
    """OneRoster CSV in bulk, where `status` and `dateLastModified` stay empty."""

    def __init__(self, files: _Files, plan: Plan, *, is_1_2: bool) -> None:
        self._organisation = plan.organisation.code
        self._is_1_2 = is_1_2
        present = {"orgs", "users", "demographics"} | ({"roles"} if is_1_2 else set())
        manifest = files.open("manifest.csv", ("propertyName", "value"))
        manifest.writerow(("manifest.version", "1.0"))
        manifest.writerow(("oneroster.version", "1.2" if is_1_2 else "1.1"))
        for name in _FILES_OF_ONEROSTER_1_2 if is_1_2 else _FILES_OF_ONEROSTER_1_1:
            manifest.writerow((f"file.{name}", "bulk" if name in present else "absent"))
        manifest.writerow(("source.systemName", "vitrail registry generator"))
        manifest.writerow(("source.systemCode", "registry_generator"))
        self._orgs = files.open("orgs.csv", _ORGS)
        self._write_orgs(plan)
        self._users = files.open("users.csv", _USERS_1_2 if is_1_2 else _USERS_1_1)
        self._demographics = files.open("demographics.csv", _DEMOGRAPHICS)
        self._roles = files.open("roles.csv", _ROLES_1_2) if is_1_2 else None

    def _write_orgs(self, plan: Plan) -> None:
        organisation = plan.organisation
        kind = "school" if organisation.is_private else "district"
        self._orgs.writerow((organisation.code, "", "", organisation.name, kind, organisation.code, ""))
        for school in organisation.schools:
            if school.code != organisation.code:
                self._orgs.writerow((school.code, "", "", school.name, "school", school.code, organisation.code))

    def write(self, family: Family) -> None:
        for guardian in family.guardians:
            self._write_guardian(guardian)
        for student in family.students:
            self._write_student(student)

    def _write_guardian(self, guardian: Guardian) -> None:
        source_id, email = guardian.source_id, guardian.email or ""
        person = (guardian.given_name, guardian.family_name, "", "", email, "", "")
        if self._roles is None:
            org_and_role = (self._organisation, "parent")
            self._users.writerow((source_id, "", "", "true", *org_and_role, source_id, "", *person, "", "", "", "", ""))
            return
        self._users.writerow((source_id, "", "", "true", source_id, "", *person, *[""] * 12))
        self._write_role(self._roles, source_id, "parent", self._organisation)

    def _write_student(self, student: Student) -> None:
        source_id = student.source_id
        user_ids = f"{{CodePermanent:{student.permanent_code}}}"
        person = (student.given_name, student.family_name, student.middle_name, student.file_number, "", "", "")
        agents = ",".join(guardian.source_id for guardian in student.guardians)
        # With one guardian the first agent says it all; with more, the principal one is named.
        principal = student.guardians[0].source_id if len(student.guardians) > 1 else ""
        rights = json.dumps(student.rights, ensure_ascii=False) if student.rights else ""
        if self._roles is None:
            start = (source_id, "", "", "true", student.school.code, "student", source_id, user_ids)
            self._users.writerow((*start, *person, agents, student.grade, "", principal, rights))
        else:
            account = (source_id, "", "", "true", source_id, user_ids)
            middle = ("", "", "", "", "", "", student.school.code, "")
            self._users.writerow((*account, *person, agents, student.grade, *middle, principal, rights))
            self._write_role(self._roles, source_id, "student", student.school.code)
        sex = "female" if student.is_female else "male"
        self._demographics.writerow((source_id, "", "", student.birth_on.isoformat(), sex, *[""] * 11))

    @staticmethod
    def _write_role(roles: _Rows, source_id: str, role: str, organisation: str) -> None:
        roles.writerow((f"r-{source_id}", "", "", source_id, "primary", role, "", "", organisation, ""))


class _Sds:
    """Microsoft School Data Sync v2.1, where guardians stand in `relationships.csv` alone."""

    def __init__(self, files: _Files, plan: Plan) -> None:
        year = plan.school_year
        self._session = f"SY{year}"
        sessions = files.open("academicSessions.csv", _SESSIONS_SDS)
        days = (f"{year}-08-25", f"{year + 1}-06-23")
        sessions.writerow((self._session, f"Année scolaire {year}-{year + 1}", "schoolYear", str(year), *days))
        organisation = plan.organisation
        orgs = files.open("orgs.csv", ("sourcedId", "name", "type", "parentSourcedId"))
        orgs.writerow((organisation.code, organisation.name, "school" if organisation.is_private else "district", ""))
        for school in organisation.schools:
            if school.code != organisation.code:
                orgs.writerow((school.code, school.name, "school", organisation.code))
        self._users = files.open("users.csv", _USERS_SDS)
        self._roles = files.open("roles.csv", _ROLES_SDS)
        self._demographics = files.open("demographics.csv", _DEMOGRAPHICS_SDS)
        self._relationships = files.open("relationships.csv", _RELATIONSHIPS_SDS)

    def write(self, family: Family) -> None:
        for guardian in family.guardians:
            name = (guardian.given_name, guardian.family_name)
            self._users.writerow(
                (guardian.source_id, guardian.source_id, *name, "", "", guardian.email or "", "", "", "", "")
            )
        for student in family.students:
            source_id, name = student.source_id, (student.given_name, student.family_name)
            numbers = (student.file_number, f"{{CodePermanent:{student.permanent_code}}}")
            self._users.writerow((source_id, source_id, *name, "", "", "", "", "", *numbers))
            self._roles.writerow(
                (source_id, student.school.code, "student", self._session, student.grade, "TRUE", "", "")
            )
            sex = "female" if student.is_female else "male"
            self._demographics.writerow((source_id, sex, student.birth_on.isoformat(), "", "", "", "", ""))
            for guardian in student.guardians:
                self._relationships.writerow((source_id, guardian.source_id, "guardian"))
