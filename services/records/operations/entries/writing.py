"""What school systems send: entries of every kind, one by one or by the thousand, told again as often as they like."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from services.records import queries
from services.records.context import Context
from services.records.models import Entry
from services.records.operations.entries import desk as desks
from services.records.operations.entries.desk import Desk
from services.records.rules import audiences, source_ids
from services.records.rules.entries import Sent
from services.records.rules.publication import HOLD, PUBLISH, WITHDRAW, from_when
from shared import logs
from shared.problems import NotFound, Problem, ValidationFailed

log = logs.get(__name__)

RECORDED: Final = "recorded"
CORRECTED: Final = "corrected"
UNCHANGED: Final = "unchanged"
RESULTS: Final = (RECORDED, CORRECTED, UNCHANGED)
# A transaction holds its organisation, and on SQLite everybody else, for some tens of milliseconds.
BATCH_SIZE: Final = 200

_FOR_OTHERS: Final = (
    "Ce qui a été envoyé sous cet identifiant s’adresse à d’autres : retirez-le, puis envoyez ceci sous un nouvel identifiant."
    " | What was sent under this id is meant for others: withdraw it, then send this under a new id."
)


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of an entry: `recorded`, `corrected` or `unchanged`, and where it stands now."""

    result: str
    entry: dict[str, Any]


def write_entry(
    ctx: Context, *, organisation_code: str | None, client_id: str | None, kind: str, source_id: str, sent: Sent
) -> str:
    """Write an entry, or correct what was written under the same id; the same again changes nothing. Return which it was.

    Raises:
        NotFound: the id can be nobody's.
        OrganisationNotSubscribed: see the class.
        ValidationFailed: what was sent under this id is meant for others.
    """
    if not source_ids.is_source_id(source_id):
        raise NotFound
    (written,) = _write(ctx, organisation_code, client_id, kind, [(source_id, sent)])
    if isinstance(written, Problem):
        raise written
    return written.result


def write_entries(
    ctx: Context,
    *,
    organisation_code: str | None,
    client_id: str | None,
    kind: str,
    coming: Iterable[Sent | Problem],
    batch_size: int = BATCH_SIZE,
) -> Iterator[Written | Problem]:
    """Write what comes, a batch a transaction, and return what becomes of each line in its order, as it is asked for.

    A line that is refused, or could not be read (a `Problem` in its place), stops none of the others. Whoever stops reading in
    the middle keeps what was yielded, and at most one batch more.

    Raises:
        OrganisationNotSubscribed: see the class; before anything is read.
    """
    with ctx.db.read() as session:
        queries.get_organisation_id(session, organisation_code)
    return _write_batches(ctx, organisation_code, client_id, kind, iter(coming), batch_size)


def _write_batches(
    ctx: Context,
    organisation_code: str | None,
    client_id: str | None,
    kind: str,
    coming: Iterator[Sent | Problem],
    batch_size: int,
) -> Iterator[Written | Problem]:
    while batch := list(islice(coming, batch_size)):
        sent = [(each.source_id or "", each) for each in batch if isinstance(each, Sent)]
        written = iter(_write(ctx, organisation_code, client_id, kind, sent))
        for each in batch:
            yield each if isinstance(each, Problem) else next(written)


def _write(
    ctx: Context,
    organisation_code: str | None,
    client_id: str | None,
    kind: str,
    sent: Sequence[tuple[str, Sent]],
) -> list[Written | Problem]:
    with (
        ctx.db.transaction() as session,
        desks.of_system(ctx, session, organisation_code=organisation_code, client_id=client_id) as desk,
    ):
        held = desk.hold(kind, [source_id for source_id, _ in sent])
        written = [_write_one(desk, held, kind, source_id, each) for source_id, each in sent]
    results = [each.result for each in written if isinstance(each, Written)]
    log.info(
        "entries_written",
        organisation_id=desk.organisation_id,
        kind=kind,
        refused=len(written) - len(results),
        **{result: results.count(result) for result in RESULTS},
    )
    return written


def _write_one(desk: Desk, held: dict[str, Entry], kind: str, source_id: str, sent: Sent) -> Written | Problem:
    entry = held.get(source_id)
    if entry is None:
        entry = held[source_id] = _begin(desk, kind, source_id, sent)
        result = RECORDED
    elif entry.audience != sent.audience:
        scope = audiences.scope(entry.audience)
        named = audiences.SCHOOL if scope == audiences.ORGANISATION else scope
        return ValidationFailed(errors=[{"pointer": f"#/{named}_source_id", "detail": _FOR_OTHERS}])
    else:
        result = CORRECTED if _correct(desk, entry, sent) else UNCHANGED
    if result != UNCHANGED:
        desk.settle(entry)
    return Written(result=result, entry=_summary(entry))


def _begin(desk: Desk, kind: str, source_id: str, sent: Sent) -> Entry:
    return desk.begin(
        kind,
        source_id=source_id,
        audience=sent.audience,
        content=sent.content,
        school_year=sent.school_year,
        sorts_on=sent.sorts_on,
        exam_on=sent.exam_on,
        release=sent.release,
        decision=HOLD if sent.is_draft else PUBLISH,
        shown_from=from_when(asked=sent.available_at, at=desk.at, shown_since=None),
        sent_as_draft=sent.is_draft,
        sent_available_at=sent.available_at,
    )


def _correct(desk: Desk, entry: Entry, sent: Sent) -> bool:
    """Have the entry say what was sent; return whether that is anything new."""
    is_new = entry.content != sent.content
    if is_new:
        desk.revise(
            entry,
            content=sent.content,
            school_year=sent.school_year,
            sorts_on=sent.sorts_on,
            exam_on=sent.exam_on,
        )
    if entry.release != sent.release:
        entry.release, is_new = sent.release, True
    if (entry.sent_as_draft, entry.sent_available_at) != (sent.is_draft, sent.available_at):
        entry.sent_as_draft, entry.sent_available_at, is_new = sent.is_draft, sent.available_at, True
        # What was withdrawn stays so until it is published by itself.
        if entry.decision != WITHDRAW:
            shown_from = desk.shown_from(entry, sent.available_at)
            entry.decision = HOLD if sent.is_draft else PUBLISH
            entry.shown_from = shown_from
    return is_new


def _summary(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "revision": entry.revision,
        "state": entry.state,
        "available_at": entry.available_at,
    }
