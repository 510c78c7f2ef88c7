"""Letters waiting to be mailed: written with the fact that they tell of, sent by a process of their own.

A waiting letter is sealed: a code stands readable in no row. What was sent is emptied at once. A sender takes a letter
for a while (`leased_until`) with one guarded update; a sender killed between sending and marking leaves it to the next,
so a letter is sent at least once and at most twice (COD-14).

    waiting ── taken ── sent
       ▲         │ └─ refused for good, or twice of unknown fate → given up
       └─────────┘ not taken by the server: again, later and later, until it expires
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from shared import ids, logs
from shared.clock import Clock
from shared.database import Database, UtcDateTime, new_metadata, rows_changed
from shared.digests import Seal
from shared.mail import Letter, MailRefused, MailUnavailable, Postman
from shared.metrics import LettersTally

log = logs.get(__name__)

LEASE = timedelta(seconds=60)
# A letter whose fate was unknown this often is not sent a third time.
MOST_UNCERTAIN = 2
POLL_S = 0.1
KEPT_FOR = timedelta(hours=48)
RECENT = timedelta(minutes=30)
# News that nobody waits for at a screen may wait for a mail server.
NEWS_LIFETIME = timedelta(hours=48)

_metadata = new_metadata()
letters = Table(
    "letters",
    _metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("sealed", LargeBinary),
    Column("written_at", UtcDateTime, nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    # Null when there is nothing more to do: the sender's query is one short index.
    Column("due_at", UtcDateTime, index=True),
    Column("leased_until", UtcDateTime),
    Column("refusals", Integer, nullable=False, default=0),
    Column("uncertain", Integer, nullable=False, default=0),
    Column("outcome", String(32)),
)

_write = letters.insert()
_next = (
    select(letters.c.id)
    .where(
        letters.c.due_at <= bindparam("now"),
        or_(letters.c.leased_until.is_(None), letters.c.leased_until < bindparam("now")),
    )
    .order_by(letters.c.due_at)
    .limit(1)
)


def copy_to(metadata: MetaData) -> Table:
    """Add the table to a service's own metadata."""
    return letters.to_metadata(metadata)


def post(
    session: Session,
    letter: Letter,
    *,
    kind: str,
    seal: Seal,
    at: datetime,
    expires_at: datetime,
    is_withheld: bool = False,
) -> str:
    """Leave `letter` for the sender, inside the transaction that makes the fact; return its id.

    A withheld letter costs the same work and is not sent: the time of an answer must not tell whether one goes out.
    """
    letter_id = ids.new()
    content = {
        "to": letter.to,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "language": letter.language,
        "headers": letter.headers,
    }
    sealed = seal.close(orjson.dumps(content).decode())
    row = {
        "id": letter_id,
        "kind": kind,
        "sealed": None if is_withheld else sealed,
        "written_at": at,
        "due_at": None if is_withheld else at,
        "expires_at": expires_at,
        "outcome": "withheld" if is_withheld else None,
    }
    session.execute(_write, row)
    return letter_id


def run(
    *,
    database: Database,
    postman: Postman,
    seal: Seal,
    clock: Clock,
    stop: threading.Event,
    tally: LettersTally | None = None,
) -> None:
    """Send letters until `stop` is set; several senders may run side by side."""
    while not stop.is_set():
        try:
            if send_next(database=database, postman=postman, seal=seal, clock=clock, tally=tally):
                continue
        except Exception as fault:
            log.error("letters_stalled", kind=type(fault).__name__, exc_info=fault)
            stop.wait(1)
        stop.wait(POLL_S)


def send_next(
    *, database: Database, postman: Postman, seal: Seal, clock: Clock, tally: LettersTally | None = None
) -> bool:
    """Send the letter that has waited longest; return whether there was one."""
    now = clock.now()
    tally = tally or LettersTally()
    taken = _take(database, at=now)
    if taken is None:
        return False
    letter_id, kind, sealed, refusals, uncertain, expires_at = taken
    if expires_at < now or uncertain > MOST_UNCERTAIN:
        outcome = "expired" if expires_at < now else "given-up"
        _end(database, letter_id, outcome=outcome)
        tally.count(kind, outcome)
        log.warning("letter_given_up", kind=kind, letter_id=letter_id)
        return True
    try:
        postman.send(Letter(**orjson.loads(seal.open(sealed))), letter_id=letter_id)
    except MailRefused as refused:
        _end(database, letter_id, outcome="refused")
        tally.count(kind, "refused")
        log.warning("letter_refused", kind=kind, letter_id=letter_id, smtp=str(refused))
    except MailUnavailable as away:
        wait = timedelta(seconds=min(2**refusals, 300))
        _again(database, letter_id, due_at=clock.now() + wait)
        tally.count(kind, "delayed")
        log.warning("letter_delayed", kind=kind, letter_id=letter_id, reason=str(away), wait_s=wait.total_seconds())
    else:
        _end(database, letter_id, outcome="sent")
        tally.count(kind, "sent")
        log.info(
            "letter_sent", kind=kind, letter_id=letter_id, age_ms=round((clock.now() - now).total_seconds() * 1000)
        )
    return True


@dataclass(frozen=True)
class Waiting:
    """How the letters stand, for the operator's metrics."""

    # All that are written and not yet mailed, those too that a mail server has put off.
    count: int
    # Since the oldest was written that no server has put off; one to a domain that is dead waits for days, and stops nobody.
    oldest: timedelta
    # Of the letters written within `RECENT`, all, and those that a server has put off.
    recent: int
    recent_put_off: int


def waiting(session: Session, *, at: datetime) -> Waiting:
    """Return how many letters wait, since when, and how many of the newest the mail servers take."""
    waits = letters.c.due_at.is_not(None)
    is_untried = letters.c.refusals == 0
    count, oldest = session.execute(
        select(func.count(), func.min(letters.c.written_at).filter(is_untried)).where(waits)
    ).one()
    recent, put_off = session.execute(
        select(func.count(), func.count().filter(waits, ~is_untried)).where(
            letters.c.written_at > at - RECENT, letters.c.outcome.is_distinct_from("withheld")
        )
    ).one()
    age = at - oldest if oldest is not None else timedelta(0)
    return Waiting(count=count, oldest=age, recent=recent, recent_put_off=put_off)


def sweep(session: Session, *, at: datetime) -> int:
    """Delete what was sent or given up more than two days ago; return how many."""
    done = letters.c.due_at.is_(None) & (letters.c.written_at < at - KEPT_FOR)
    return rows_changed(session.execute(delete(letters).where(done)))


def _take(database: Database, *, at: datetime) -> tuple[Any, ...] | None:
    with database.read() as session:
        if session.execute(_next, {"now": at}).first() is None:
            return None
    with database.transaction() as session:
        # SKIP LOCKED (nothing on SQLite, where writers queue): two senders never wait for the same letter.
        letter_id = session.execute(_next.with_for_update(skip_locked=True), {"now": at}).scalar()
        if letter_id is None:
            return None
        # Counted as of unknown fate until the outcome is known.
        taken = (
            update(letters)
            .where(letters.c.id == letter_id)
            .values(leased_until=at + LEASE, uncertain=letters.c.uncertain + 1)
            .returning(
                letters.c.id,
                letters.c.kind,
                letters.c.sealed,
                letters.c.refusals,
                letters.c.uncertain,
                letters.c.expires_at,
            )
        )
        return tuple(session.execute(taken).one())


def _end(database: Database, letter_id: str, *, outcome: str) -> None:
    with database.transaction() as session:
        ended = {"sealed": None, "due_at": None, "leased_until": None, "outcome": outcome}
        session.execute(update(letters).where(letters.c.id == letter_id).values(**ended))


def _again(database: Database, letter_id: str, *, due_at: datetime) -> None:
    with database.transaction() as session:
        session.execute(
            update(letters)
            .where(letters.c.id == letter_id)
            .values(
                due_at=due_at,
                leased_until=None,
                refusals=letters.c.refusals + 1,
                uncertain=letters.c.uncertain - 1,
            )
        )
