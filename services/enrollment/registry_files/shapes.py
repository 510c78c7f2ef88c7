"""The three shapes, found out from the files themselves (registry.md)."""

from dataclasses import dataclass
from typing import Literal

from services.enrollment.registry_files.rejections import MalformedRegistry, RejectedLine
from services.enrollment.registry_files.sources import Source
from services.enrollment.registry_files.tables import Table, codec

Format = Literal["oneroster-1.1", "oneroster-1.2", "sds-2.1"]
Mode = Literal["bulk", "delta", "absent"]

ONEROSTER_1_1: Format = "oneroster-1.1"
ONEROSTER_1_2: Format = "oneroster-1.2"
SDS_2_1: Format = "sds-2.1"

_ORGS = ("sourcedId", "name", "type")
_PEOPLE = ("sourcedId", "givenName", "familyName")
_DEMOGRAPHICS = ("sourcedId|userSourcedId", "birthDate")
# Which files a shape is read from, in the order of reading, with the columns that each must have.
COLUMNS: dict[Format, dict[str, tuple[str, ...]]] = {
    ONEROSTER_1_1: {
        "orgs.csv": _ORGS,
        "users.csv": (*_PEOPLE, "role", "orgSourcedIds"),
        "demographics.csv": _DEMOGRAPHICS,
    },
    ONEROSTER_1_2: {
        "orgs.csv": _ORGS,
        "users.csv": _PEOPLE,
        "roles.csv": ("userSourcedId", "role", "orgSourcedId"),
        "demographics.csv": _DEMOGRAPHICS,
    },
    SDS_2_1: {
        "orgs.csv": _ORGS,
        "users.csv": _PEOPLE,
        "roles.csv": ("userSourcedId", "orgSourcedId", "role"),
        "demographics.csv": _DEMOGRAPHICS,
        "relationships.csv": ("userSourcedId", "relationshipUserSourcedId", "relationshipRole"),
        "userflags.csv": ("userSourcedId", "flag"),
    },
}
_MODES: dict[str, Mode] = {"bulk": "bulk", "delta": "delta", "absent": "absent"}
# Without these there is no registry. A delta need not bring what did not change.
_ALWAYS = ("orgs.csv", "users.csv", "roles.csv")
_IN_BULK = ("demographics.csv",)

_STANDARD_USERS = [
    "status",
    "datelastmodified",
    "enableduser",
    "username",
    "userids",
    "middlename",
    "identifier",
    "email",
    "sms",
    "phone",
    "agentsourcedids",
    "grades",
    "password",
]
# Columns of the standards, read or deliberately not; any other is counted as unknown.
STANDARD: dict[str, frozenset[str]] = {
    "orgs.csv": frozenset(["sourcedid", "status", "datelastmodified", "name", "type", "identifier", "parentsourcedid"]),
    "users.csv": frozenset(
        [
            *("sourcedid", "givenname", "familyname", "role", "orgsourcedids", *_STANDARD_USERS),
            *("usermasteridentifier", "resourcesourcedids", "preferredgivenname", "preferredmiddlename"),
            *("preferredfamilyname", "primaryorgsourcedid", "pronouns", "activedirectorymatchid"),
            *("metadata.principalguardian", "metadata.guardianrights"),
        ]
    ),
    "roles.csv": frozenset(
        [
            "sourcedid",
            "status",
            "datelastmodified",
            "usersourcedid",
            "roletype",
            "role",
            "begindate",
            "enddate",
            "orgsourcedid",
            "userprofilesourcedid",
            "sessionsourcedid",
            "grade",
            "isprimary",
            "rolestartdate",
            "roleenddate",
        ]
    ),
    "demographics.csv": frozenset(
        [
            "sourcedid",
            "usersourcedid",
            "status",
            "datelastmodified",
            "birthdate",
            "sex",
            "americanindianoralaskanative",
            "asian",
            "blackorafricanamerican",
            "nativehawaiianorotherpacificislander",
            "white",
            "demographicracetwoormoreraces",
            "hispanicorlatinoethnicity",
            "countryofbirthcode",
            "stateofbirthabbreviation",
            "cityofbirth",
            "publicschoolresidencestatus",
            "birthcity",
            "birthstate",
            "birthcountry",
            "ethnicitycodes",
            "racecodes",
        ]
    ),
    "relationships.csv": frozenset(["usersourcedid", "relationshipusersourcedid", "relationshiprole"]),
    "userflags.csv": frozenset(["usersourcedid", "flag"]),
}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a set of files turned out to be."""

    format: Format
    modes: dict[str, Mode]
    encoding: str

    def has(self, file: str) -> bool:
        """Tell whether a file is part of what is said."""
        return self.modes.get(file, "absent") != "absent"


def find_shape(source: Source, encoding: str | None) -> Shape:
    """Find out the shape, each file's mode and the encoding.

    Raises:
        MalformedRegistry: no shape that we read, or a file of it is missing.
    """
    manifest = _manifest(source)
    declared = encoding or manifest.get("source.encoding") or "utf-8"
    codec_name = codec(declared)
    if codec_name is None:
        raise MalformedRegistry("manifest.csv", 0, "encoding_unknown")
    found = _format(source, manifest, codec_name)
    modes: dict[str, Mode] = {}
    for file in COLUMNS[found]:
        is_there = file in source.names()
        mode = _mode(manifest, file) or ("bulk" if is_there else "absent")
        if mode != "absent" and not is_there:
            raise MalformedRegistry("manifest.csv", 0, "file_missing", subject=file)
        modes[file] = mode
    for file, mode in modes.items():
        is_needed = file in _ALWAYS or (
            file in _IN_BULK and modes["users.csv"] == "bulk" and _mode(manifest, file) is None
        )
        if is_needed and mode == "absent":
            raise MalformedRegistry(file, 0, "file_missing", subject=file)
    return Shape(format=found, modes=modes, encoding=codec_name)


def open_table(source: Source, file: str, shape: Shape) -> Table:
    """Open one file of the shape and check its columns.

    Raises:
        MalformedRegistry: its header does not hold what the shape needs.
    """
    table = Table(source.open(file), file=file, encoding=shape.encoding, malformed=MalformedRegistry)
    try:
        table.require(*COLUMNS[shape.format][file])
    except MalformedRegistry:
        table.close()
        raise
    return table


def _manifest(source: Source) -> dict[str, str]:
    if "manifest.csv" not in source.names():
        return {}
    table = Table(source.open("manifest.csv"), file="manifest.csv", malformed=MalformedRegistry)
    try:
        table.require("propertyName", "value")
        properties: dict[str, str] = {}
        for row in table.rows("propertyName", "value"):
            if isinstance(row, RejectedLine) or len(properties) > 1000:
                raise MalformedRegistry(
                    "manifest.csv", row[1] if isinstance(row, RejectedLine) else 0, "manifest_malformed"
                )
            name, value = row[1]
            properties[name.lower()] = value.lower()
        return properties
    finally:
        table.close()


def _mode(manifest: dict[str, str], file: str) -> Mode | None:
    value = manifest.get("file." + file.removesuffix(".csv"))
    if not value:
        return None
    if value not in _MODES:
        raise MalformedRegistry("manifest.csv", 0, "manifest_malformed", subject=file)
    return _MODES[value]


def _format(source: Source, manifest: dict[str, str], codec_name: str) -> Format:
    version = manifest.get("oneroster.version")
    if version:
        if version.startswith("1.1"):
            return ONEROSTER_1_1
        if version.startswith("1.2"):
            return ONEROSTER_1_2
        raise MalformedRegistry("manifest.csv", 0, "version_unknown")
    users, roles = (_columns(source, file, codec_name) for file in ("users.csv", "roles.csv"))
    if roles:
        # OneRoster gives a role an id of its own; SDS says whose it is and in which school year.
        return ONEROSTER_1_2 if {"sourcedid", "usersourcedid"} <= roles else SDS_2_1
    if {"role", "orgsourcedids"} <= users:
        return ONEROSTER_1_1
    missing = next((file for file in ("orgs.csv", "users.csv") if file not in source.names()), None)
    if missing:
        raise MalformedRegistry(missing, 0, "file_missing", subject=missing)
    raise MalformedRegistry("users.csv", 1, "shape_unknown")


def _columns(source: Source, file: str, codec_name: str) -> frozenset[str]:
    if file not in source.names():
        return frozenset()
    table = Table(source.open(file), file=file, encoding=codec_name, malformed=MalformedRegistry)
    table.close()
    return frozenset(table.columns)
