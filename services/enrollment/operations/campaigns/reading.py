"""The answers of a campaign, for its school: page by page, or all of them; each reading is written down (AUD-3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.models import AnswerReading
from services.enrollment.operations.campaigns import planning
from services.enrollment.queries import CampaignRow
from shared import ids, logs

log = logs.get(__name__)

PAGE: Final = "page"
CSV: Final = "csv"
Progress = Callable[[int, int], None]

# Memory holds a page, whatever the size of the board.
_PAGE_SIZE: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Rows:
    """All the answers of a campaign, read while they are taken."""

    school_year: str
    item_count: int
    names: tuple[str, ...]
    values: Iterator[tuple[Any, ...]]


def list_answers(
    ctx: Context,
    *,
    campaign_id: str,
    organisation_code: str,
    client_id: str | None,
    answer: str | None,
    offset: int,
    limit: int,
) -> queries.Page:
    """Return a page of the students whom a campaign concerns, each with what was answered, if anything.

    Raises:
        NotFound: the organisation has no such campaign.
    """
    campaign = _note_reading(
        ctx, campaign_id=campaign_id, organisation_code=organisation_code, client_id=client_id, form=PAGE
    )
    with ctx.db.read() as session:
        return queries.list_answers(session, campaign, answer=answer, offset=offset, limit=limit)


def read_answers(
    ctx: Context,
    *,
    campaign_id: str,
    organisation_code: str | None,
    client_id: str | None,
    answer: str | None,
    progress: Progress = lambda _done, _total: None,
) -> Rows:
    """Return all of what `list_answers` returns by pages; without an organisation, whosever campaign it is.

    Each student is there once, as they stand when their page is read.

    Raises:
        NotFound: as for `list_answers`.
    """
    campaign = _note_reading(
        ctx, campaign_id=campaign_id, organisation_code=organisation_code, client_id=client_id, form=CSV
    )
    with ctx.db.read() as session:
        item_count = queries.count_answers(session, campaign, answer=answer)
    return Rows(
        school_year=campaign.school_year,
        item_count=item_count,
        names=queries.ANSWER_NAMES,
        values=_values(ctx, campaign, answer, item_count, progress),
    )


def _note_reading(
    ctx: Context, *, campaign_id: str, organisation_code: str | None, client_id: str | None, form: str
) -> CampaignRow:
    """Write down who reads before anything is handed over: what cannot be written down is not read."""
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        campaign = planning.get_campaign(session, campaign_id=campaign_id, organisation_code=organisation_code)
        session.execute(
            insert(AnswerReading),
            {"id": ids.new(), "campaign_id": campaign.id, "client_id": client_id, "form": form, "at": now},
        )
    log.info("campaign_answers_read", organisation_id=campaign.organisation_id, campaign_id=campaign.id, form=form)
    return campaign


def _values(
    ctx: Context, campaign: CampaignRow, answer: str | None, item_count: int, progress: Progress
) -> Iterator[tuple[Any, ...]]:
    done, after = 0, ""
    progress(done, item_count)
    while True:
        with ctx.db.read() as session:
            page = queries.list_answers_after(session, campaign, answer=answer, after=after, limit=_PAGE_SIZE)
        yield from (tuple(row) for row in page)
        done += len(page)
        progress(done, max(done, item_count))
        if len(page) < _PAGE_SIZE:
            return
        after = page[-1].source_id
