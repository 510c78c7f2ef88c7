"""Telling principal guardians: that a campaign is open, and, near its end, whoever has not answered (RR-02).

A mailbox gets one letter of each number, however many children it answers for and however many processes write: the
letter and the row that says so are one transaction, and the row's key is the guard. So a run that is killed goes on where
it stopped, and a guardian who is put on a file while a campaign is open is told by the next run.

No more letters are written than the sender keeps up with, so that those of others never wait behind a whole school board.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from services.enrollment import events, letters, queries
from services.enrollment.context import Context
from services.enrollment.errors import CampaignClosed
from services.enrollment.models import Campaign, CampaignNotice
from services.enrollment.operations import mailing
from services.enrollment.operations.campaigns import planning
from services.enrollment.queries import Addressee, CampaignRow
from services.enrollment.rules import campaigns, days, languages, rights
from shared import letters as waiting_letters, logs, outbox
from shared.database import insert_for, rows_changed

log = logs.get(__name__)

Progress = Callable[[int, int], None]

_FIRST: Final = 0


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How many guardians a transaction writes to, and how many letters may wait for the sender."""

    # A transaction holds the campaign, and on SQLite everybody else, for some tens of milliseconds.
    page_size: int = 200
    most_waiting: int = 2000


PACE: Final = Pace()

_of_campaign = Campaign.id == bindparam("of_campaign_id")
_note_opening = update(Campaign).where(_of_campaign, Campaign.opened_at.is_(None)).values(opened_at=bindparam("now"))
# Only where the campaign is still the one that was gone through.
_note_told = (
    update(Campaign)
    .where(_of_campaign, Campaign.changed_at == bindparam("seen_changed_at"))
    .values(told_version=bindparam("version"), told_on=bindparam("day"))
)
_begin_reminder = (
    update(Campaign)
    .where(_of_campaign, Campaign.reminder_number == bindparam("last_number"))
    .values(
        reminder_number=Campaign.reminder_number + 1,
        reminder_began_at=bindparam("now"),
        reminder_ended_at=None,
        reminded_for=bindparam("day"),
    )
)
_end_reminder = (
    update(Campaign)
    .where(_of_campaign, Campaign.reminder_number == bindparam("last_number"))
    .values(reminder_ended_at=bindparam("now"))
)


def announce(ctx: Context, *, pace: Pace = PACE) -> int:
    """Write the letters that are due, of every campaign that is open; return how many.

    Called every few seconds: while nothing changes, that is one statement.
    """
    today = days.today(ctx.clock.now())
    with ctx.db.read() as session:
        open_campaigns = queries.list_open_campaigns(session, on=today)
    return sum(_announce(ctx, campaign, pace) for campaign in open_campaigns)


def remind(
    ctx: Context,
    *,
    campaign_id: str,
    organisation_code: str | None = None,
    progress: Progress | None = None,
) -> tuple[int, bool]:
    """Remind now whoever was told and has not answered; return how many letters were written, and whether that is all.

    A reminder that was interrupted is completed before another one begins. What the sender has no room for yet,
    `announce` writes.

    Raises:
        NotFound: there is no such campaign, or it is another organisation's.
        CampaignClosed: it takes no answers today.
    """
    now = ctx.clock.now()
    today = days.today(now)
    with ctx.db.transaction() as session:
        planning.get_campaign(session, campaign_id=campaign_id, organisation_code=organisation_code)
        campaign = queries.lock_campaign_to_change(session, campaign_id=campaign_id)
        assert campaign is not None
        if not campaign.holds(today):
            raise CampaignClosed(
                occasion=campaigns.occasion(campaign, on=today),
                school_year=campaign.school_year,
                opens_on=campaign.opens_on,
                closes_on=campaign.closes_on,
            )
        if not campaign.is_reminding:
            # On the day of its own reminder, or after it, this is the one.
            is_its_own = campaign.reminds_on is not None and campaign.reminds_on <= today
            _begin(session, campaign, at=now, reminded_for=campaign.reminds_on if is_its_own else campaign.reminded_for)
        campaign = queries.find_campaign(session, campaign_id=campaign_id)
        assert campaign is not None
    return _write_reminder(ctx, campaign, PACE, progress)


def _announce(ctx: Context, campaign: CampaignRow, pace: Pace) -> int:
    """Do what is due for one campaign."""
    now = ctx.clock.now()
    today = days.today(now)
    if campaign.opened_at is None:
        _open(ctx, campaign, at=now)
    written = 0
    if (campaign.told_version, campaign.told_on) != (campaign.registry_version, today):
        written, is_all = _write_letters(ctx, campaign, pace, number=_FIRST)
        if is_all:
            _note(
                ctx,
                _note_told,
                campaign,
                seen_changed_at=campaign.changed_at,
                version=campaign.registry_version,
                day=today,
            )
    if _is_reminder_due(campaign, today):
        with ctx.db.transaction() as session:
            _begin(session, campaign, at=now, reminded_for=campaign.reminds_on)
        with ctx.db.read() as session:
            campaign = queries.find_campaign(session, campaign_id=campaign.id) or campaign
    if campaign.is_reminding:
        written += _write_reminder(ctx, campaign, pace)[0]
    return written


def _is_reminder_due(campaign: CampaignRow, today: Any) -> bool:
    day = campaign.reminds_on
    if day is None or campaign.is_reminding or today < day:
        return False
    return campaign.reminded_for is None or campaign.reminded_for < day


def _open(ctx: Context, campaign: CampaignRow, *, at: datetime) -> None:
    """Tell by event, once, that a campaign has opened."""
    with ctx.db.transaction() as session:
        if not rows_changed(session.execute(_note_opening, {"of_campaign_id": campaign.id, "now": at})):
            return
        told = events.campaign_opened(
            campaign_id=campaign.id,
            organisation_id=campaign.organisation_id,
            school_year=campaign.school_year,
            opens_at=campaign.opens_at,
            closes_at=campaign.closes_at,
        )
        outbox.add(session, told, at=at)
    log.info("campaign_opened", organisation_id=campaign.organisation_id, campaign_id=campaign.id)


def _begin(session: Session, campaign: CampaignRow, *, at: datetime, reminded_for: Any) -> None:
    session.execute(
        _begin_reminder,
        {"of_campaign_id": campaign.id, "last_number": campaign.reminder_number, "now": at, "day": reminded_for},
    )


def _note(ctx: Context, statement: Any, campaign: CampaignRow, **values: Any) -> None:
    with ctx.db.transaction() as session:
        session.execute(statement, {"of_campaign_id": campaign.id, **values})


def _write_reminder(
    ctx: Context, campaign: CampaignRow, pace: Pace, progress: Progress | None = None
) -> tuple[int, bool]:
    number = campaign.reminder_number
    written, is_all = _write_letters(ctx, campaign, pace, number=number, progress=progress)
    if is_all:
        _note(ctx, _end_reminder, campaign, last_number=number, now=ctx.clock.now())
        log.info("campaign_reminded", organisation_id=campaign.organisation_id, campaign_id=campaign.id, number=number)
    return written, is_all


def _write_letters(
    ctx: Context, campaign: CampaignRow, pace: Pace, *, number: int, progress: Progress | None = None
) -> tuple[int, bool]:
    """Write letter `number` to whom it has not reached; return how many, and whether nobody is left."""
    total = 0
    if progress is not None:
        with ctx.db.read() as session:
            total = queries.count_addressees(session, campaign, number=number)
        progress(0, total)
    written, seen, place = 0, 0, queries.START
    while True:
        with ctx.db.transaction() as session:
            now = ctx.clock.now()
            today = days.today(now)
            held = queries.lock_campaign_to_use(session, campaign_id=campaign.id)
            if held is None or held.changed_at != campaign.changed_at or not held.holds(today):
                # Closed, or another campaign by now: the next run reads it anew.
                return written, False
            if waiting_letters.waiting(session, at=now).count >= pace.most_waiting:
                return written, False
            found = queries.list_addressees(
                session, campaign, number=number, after=place, on=today, limit=pace.page_size
            )
            written += _write_page(ctx, session, campaign, found, number=number, at=now)
        if len(found) < pace.page_size:
            if progress is not None:
                progress(total, total)
            return written, True
        seen, place = seen + len(found), found[-1].place
        if progress is not None:
            progress(min(seen, total), total)


def _write_page(
    ctx: Context, session: Session, campaign: CampaignRow, found: list[Addressee], *, number: int, at: datetime
) -> int:
    """Write to those of a page who may re-register their student, where nobody else has; return how many letters."""
    # By mailbox, in the order of the search: two runs take them in one order, and neither waits for the other in a circle.
    addresses = {each.place.email_key: each.email for each in found if rights.RE_REGISTER in each.rights}
    if not addresses:
        return 0
    rows = [{"campaign_id": campaign.id, "number": number, "email_key": email_key, "at": at} for email_key in addresses]
    new = insert_for(session, CampaignNotice).values(rows).on_conflict_do_nothing().returning(CampaignNotice.email_key)
    reached = session.scalars(new).all()
    for email_key in reached:
        mailing.tell(
            ctx,
            session,
            letters.CAMPAIGN_OPEN if number == _FIRST else letters.CAMPAIGN_REMINDER,
            to=addresses[email_key],
            language=languages.of_network(campaign.network),
            at=at,
            organisation=campaign.organisation_name,
            school_year=campaign.school_year,
            opens_on=campaign.opens_on,
            closes_on=campaign.closes_on,
        )
    return len(reached)
