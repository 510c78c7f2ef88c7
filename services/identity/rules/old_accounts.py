"""What becomes of accounts that are older than this portal's rules: two days divide them (ID-31, ID-32).

before the first day  ─▶ inert: to be created again, with the same e-mail
before the second day ─▶ good, and its children are to be confirmed again
since then            ─▶ as any
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from services.identity.rules import emails
from services.identity.rules.emails import Email

# The day begins in Québec; UTC−5 all year, as everywhere in this portal.
_QUEBEC = timezone(timedelta(hours=-5))
COLUMNS = ("email", "created_on")
# The standard text of an Argon2 hash (PHC string format), which other systems write too.
_HASH = re.compile(
    r"\$argon2(?:id|i|d)\$v=19\$m=(?P<memory>\d{1,6}),t=(?P<passes>\d{1,2}),p=[1-8]\$[A-Za-z0-9+/]{11,88}\$[A-Za-z0-9+/]{22,88}"
)
LONGEST_HASH = 255
# Whoever knows an e-mail can have its hash judged: a costlier one would take the memory and the cores of everybody.
MOST_MEMORY_KIB = 256 * 1024
MOST_WORK_KIB = 1024 * 1024


def read_day(text: str) -> date:
    """Return the day that a setting names.

    Raises:
        ValueError: it names none.
    """
    return date.fromisoformat(text)


def begins_at(day: date) -> datetime:
    """Return the moment at which a day begins in Québec."""
    return datetime(day.year, day.month, day.day, tzinfo=_QUEBEC).astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class OldAccount:
    """One account of another system, as its export tells of it."""

    email: Email
    created_at: datetime
    language: str
    password_hash: str | None


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A line that cannot be taken: where, and which column; never what stood there."""

    line: int
    column: str


class MissingColumns(ValueError):
    """The file has no head, or one without what every account needs."""


class NoCsv(ValueError):
    """From this line on nothing can be read: a quotation mark that is never closed, most likely."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is no CSV")
        self.line = line


def read(lines: Iterable[str], *, languages: Iterable[str], now: datetime) -> Iterator[OldAccount | Rejected]:
    """Yield the accounts of a CSV file (RFC 4180, with a head): `email`, `created_on`; `language`, `password_hash` if any.

    Raises:
        MissingColumns: the file does not tell what every account needs.
        NoCsv: a line cannot be taken apart.
    """
    rows = csv.DictReader(lines, strict=False)
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise MissingColumns
    known = tuple(languages)
    try:
        for row in rows:
            yield _account(row, line=rows.line_num, languages=known, now=now)
    except csv.Error:
        # Where what cannot be read begins: the line after the last one that could.
        raise NoCsv(rows.line_num + 1) from None


def _account(
    row: dict[str, str | None], *, line: int, languages: tuple[str, ...], now: datetime
) -> OldAccount | Rejected:
    try:
        email = emails.read(row.get("email") or "")
    except emails.EmailInvalid:
        return Rejected(line=line, column="email")
    try:
        created_at = begins_at(read_day((row.get("created_on") or "").strip()))
    except (ValueError, OverflowError):
        return Rejected(line=line, column="created_on")
    if created_at > now:
        return Rejected(line=line, column="created_on")
    language = (row.get("language") or languages[0]).strip()
    if language not in languages:
        return Rejected(line=line, column="language")
    password_hash = (row.get("password_hash") or "").strip() or None
    if password_hash is not None and not _is_taken(password_hash):
        return Rejected(line=line, column="password_hash")
    return OldAccount(email=email, created_at=created_at, language=language, password_hash=password_hash)


def _is_taken(password_hash: str) -> bool:
    """Tell whether a hash is one that we can judge, at a price that anybody may make us pay."""
    found = _HASH.fullmatch(password_hash)
    if found is None or len(password_hash) > LONGEST_HASH:
        return False
    memory, passes = int(found["memory"]), int(found["passes"])
    return memory <= MOST_MEMORY_KIB and memory * passes <= MOST_WORK_KIB
