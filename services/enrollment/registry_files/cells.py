"""What single cells of a registry mean; each function returns a value, or raises `Unreadable` with the reason's code."""

import json
import re
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from services.enrollment.registry_files import characters
from services.enrollment.registry_files.records import Level, Status

_PERMANENT_CODE = re.compile(r"[A-Z]{4}[0-9]{8}")
_PERMANENT_CODE_ID = re.compile(r"\{\s*CodePermanent\s*:([^}]*)\}", re.IGNORECASE)
# The usual spelling, alone in its cell, is recognized at once; the other is for all the rest.
_PLAIN_PERMANENT_CODE_ID = re.compile(r"\{CodePermanent:([A-Z]{4}[0-9]{8})\}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]+\.[^\s@,;<>\".]+")
_LONGEST_EMAIL = 254
_RIGHT = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_RIGHTS = 32
_STATUSES: dict[str, Status] = {"active": "active", "tobedeleted": "gone", "inactive": "gone"}
_PRESCHOOL = frozenset({"IT", "PR", "PK", "TK", "KG", "M4", "M5"})
_LOCAL_GRADE = re.compile(r"(?:(?P<primary>P[1-6])|(?:S|SEC)[1-5])")


class Unreadable(ValueError):
    """A cell that says nothing we can use; `code` is one of `rejections.REASONS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text(said: str) -> str:
    """Return what is said outside of a file as a cell would hold it: in NFC, without outer spaces."""
    cell = characters.normal(said)
    if code := characters.fault(cell):
        raise Unreadable(code)
    return cell.strip()


def status(cell: str) -> Status:
    """Return whether the record is there; a bulk file leaves the cell empty (OneRoster CSV)."""
    if not cell:
        return "active"
    try:
        return _STATUSES[cell.lower()]
    except KeyError:
        raise Unreadable("status_unknown") from None


def file_number(cell: str) -> str | None:
    """Return a « numéro de fiche » of seven digits (EN-11, domain-facts C2), or None for an empty cell."""
    if not cell:
        return None
    if not (len(cell) == 7 and cell.isascii() and cell.isdigit()):
        raise Unreadable("file_number_malformed")
    return cell


def permanent_code(cell: str) -> str | None:
    """Return a « code permanent » (EN-11, domain-facts C1) in capitals, or None for an empty cell.

    Only its form is looked at: names and dates are corrected later and the code stays (registry.md).
    """
    if not cell:
        return None
    code = cell.upper()
    if not (cell.isascii() and _PERMANENT_CODE.fullmatch(code)):
        raise Unreadable("permanent_code_malformed")
    return code


def permanent_code_of_user_ids(cell: str) -> str | None:
    """Return the permanent code among `userIds` (`{CodePermanent:TREZ71531101}`, registry.md), or None."""
    if not cell:
        return None
    plain = _PLAIN_PERMANENT_CODE_ID.fullmatch(cell)
    if plain:
        return plain[1]
    found = _PERMANENT_CODE_ID.search(cell)
    return permanent_code(found[1].strip()) if found else None


@lru_cache(maxsize=1 << 14)
def day(cell: str) -> date | None:
    """Return an ISO 8601 day of 1900 to 2099, or None for an empty cell."""
    if not cell:
        return None
    # date.fromisoformat alone also takes 20110309 and 2011-W10-3, which no school means.
    if not _DATE.fullmatch(cell):
        raise Unreadable("birth_date_impossible")
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise Unreadable("birth_date_impossible") from None


def email(cell: str) -> str | None:
    """Return an e-mail address as written, or None for an empty cell."""
    if not cell:
        return None
    if len(cell) > _LONGEST_EMAIL or not _EMAIL.fullmatch(cell):
        raise Unreadable("email_malformed")
    return cell


def listed(cell: str) -> tuple[str, ...]:
    """Return the members of a list cell, once each, in order."""
    if "," not in cell:
        return (cell,) if cell else ()
    return tuple(dict.fromkeys(member for member in map(str.strip, cell.split(",")) if member))


@lru_cache(maxsize=1024)
def grade(cell: str) -> tuple[str | None, Level | None]:
    """Return the first grade of a cell and the level it belongs to.

    CEDS codes (`KG`, `01` … `12`) as OneRoster and SDS have them: 01 to 06 are the primary years, 07 to 11 « secondaire » 1 to 5.
    `P1` … `P6`, `S1` … `S5` and `M4`, `M5` are taken too. What is neither (`ps1`, `UG`) has no level.
    """
    first = cell.split(",", maxsplit=1)[0].strip().upper()
    if not first:
        return None, None
    if first in _PRESCHOOL:
        return first, "primary"
    local = _LOCAL_GRADE.fullmatch(first)
    if local:
        return first, "primary" if local["primary"] else "secondary"
    if first.isascii() and first.isdigit() and len(first) <= 2 and 1 <= int(first) <= 12:
        return f"{int(first):02}", "primary" if int(first) <= 6 else "secondary"
    return first[:20], None


class Rights(NamedTuple):
    """What the file says of one guardian of a student."""

    rights: tuple[str, ...] | None = None
    restrictions: tuple[str, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None


SILENT = Rights()


def guardian_rights(cell: str) -> dict[str, Rights]:
    """Return the rights by guardian of `metadata.guardianRights`.

    The cell is a JSON object: a guardian's `sourcedId` → `{"rights": [word…], "restrictions": [word…], "from": day, "until": day}`,
    every member optional. Anything else is refused, because a restriction that we do not understand must not count as none.
    """
    if not cell:
        return {}
    try:
        return {guardian: _rights(said) for guardian, said in json.loads(cell).items()}
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise Unreadable("guardian_rights_malformed") from None


def _rights(said: dict[str, Any]) -> Rights:
    if said.keys() - {"rights", "restrictions", "from", "until"}:
        raise Unreadable("guardian_rights_malformed")
    starts_on, ends_on = day(said.get("from") or ""), day(said.get("until") or "")
    if starts_on and ends_on and ends_on < starts_on:
        raise Unreadable("guardian_rights_malformed")
    return Rights(
        rights=words(said["rights"]) if "rights" in said else None,
        restrictions=words(said.get("restrictions", [])),
        starts_on=starts_on,
        ends_on=ends_on,
    )


def words(said: object) -> tuple[str, ...]:
    """Return the words of a list of rights or restrictions."""
    if not isinstance(said, list) or len(said) > _MOST_RIGHTS or not all(_RIGHT.fullmatch(word) for word in said):
        raise Unreadable("guardian_rights_malformed")
    return tuple(said)
