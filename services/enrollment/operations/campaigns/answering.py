"""A parent's side: what is asked of a child, and the answer of whoever may give it, amended until the window closes."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Executable, and_, bindparam, case, insert, select
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import CampaignClosed, NotPrincipalGuardian
from services.enrollment.models import METADATA, GivenAnswer, Link
from services.enrollment.operations import children, journal
from services.enrollment.queries import CampaignRow
from services.enrollment.rules import campaigns, days, emails, rights
from shared import ids, logs, outbox
from shared.database import once_a_dialect
from shared.problems import NotFound, ValidationFailed

log = logs.get(__name__)

_CONTRADICTS: Final = (
    "Ce champ ne va pas avec la réponse « returning ». | This field does not go with the answer “returning”."
)

_campaigns: Final = METADATA.tables["campaigns"]
_answers: Final = METADATA.tables["campaign_answers"]
_GIVEN: Final = ("given_id", "account_id", "answer", "leaving_to", "explanation", "answered_at")
_SAID: Final = ("answer", "leaving_to", "explanation")

# Whoever changes the file's guardians, or ends the link, takes the link first: what the registry grants is then the same
# until the answer is written.
_hold_link = (
    select(Link.id)
    .where(
        Link.account_id == bindparam("account_id"), Link.student_id == bindparam("student_id"), Link.ended_at.is_(None)
    )
    .with_for_update(read=True)
)


@once_a_dialect
def _answer(insert: Any) -> Executable:
    """Write an answer where the campaign is open on the day; an answer that says the same stays as it was given."""
    open_campaign = (
        select(
            _campaigns.c.id,
            *(bindparam(name, type_=_answers.c[name].type) for name in ("student_id", *_GIVEN)),
        )
        .where(
            _campaigns.c.id == bindparam("of_campaign_id"),
            _campaigns.c.opens_on <= bindparam("day"),
            _campaigns.c.closes_on >= bindparam("day"),
        )
        .with_for_update(read=True)
    )
    new = insert(_answers).from_select(["campaign_id", "student_id", *_GIVEN], open_campaign)
    says_the_same = and_(*(_answers.c[name].is_not_distinct_from(new.excluded[name]) for name in _SAID))
    return new.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=["campaign_id", "student_id"],
        set_={name: case((says_the_same, _answers.c[name]), else_=new.excluded[name]) for name in _GIVEN},
    ).returning(_answers.c.given_id)


def show_re_registration(ctx: Context, *, account_id: str, email: str, child_id: str) -> dict[str, Any]:
    """Return the campaign that is open for a child, what was answered, and whether this account may answer.

    Another guardian's own words are theirs: of their answer only the answer is told.

    Raises:
        NotFound: as for `children.open_child`.
        CampaignClosed: none is open; it tells the dates of the next one, or of the last (RR-03).
    """
    child = children.get_child(ctx, account_id=account_id, email=email, child_id=child_id)
    today = days.today(ctx.clock.now())
    with ctx.db.read() as session:
        campaign = _open_campaign(session, child, on=today)
        standing = queries.find_answer(session, campaign_id=campaign.id, student_id=child_id)
    return _told(campaign, standing, child, account_id=account_id)


def answer_campaign(
    ctx: Context,
    *,
    account_id: str,
    email: str,
    child_id: str,
    answer: str,
    leaving_to: str | None = None,
    explanation: str | None = None,
) -> dict[str, Any]:
    """Give, or amend, the answer for a child; the same answer again changes nothing and tells nobody.

    Raises:
        NotFound: as for `children.open_child`.
        NotPrincipalGuardian: the school's file does not let this account re-register the child (RR-02).
        CampaignClosed: none is open, or it closed meanwhile (RR-01, RR-03).
        ValidationFailed: the fields contradict the answer.
    """
    # Tells of it where the registry and the link have come apart, in a transaction of its own.
    children.get_child(ctx, account_id=account_id, email=email, child_id=child_id)
    if unfit := campaigns.unfit(answer, leaving_to=leaving_to):
        raise ValidationFailed(errors=[{"pointer": f"#/{name}", "detail": _CONTRADICTS} for name in unfit])
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        today = days.today(now)
        child = _hold_child(session, account_id=account_id, email=email, child_id=child_id, on=today)
        if rights.RE_REGISTER not in child["rights"]:
            raise NotPrincipalGuardian
        campaign = _open_campaign(session, child, on=today)
        given = {
            "given_id": ids.new(),
            "account_id": account_id,
            "answer": answer,
            "leaving_to": leaving_to or None,
            "explanation": explanation or None,
            "answered_at": now,
        }
        wish = {"of_campaign_id": campaign.id, "day": today, "student_id": child_id, **given}
        kept_id = session.scalar(_answer(session), wish)
        if kept_id is None:
            raise _closed(queries.list_campaigns(session, organisation_id=campaign.organisation_id), child, on=today)
        is_new = kept_id == given["given_id"]
        if is_new:
            _keep(session, campaign, given, child_id=child_id, at=now)
        standing = queries.find_answer(session, campaign_id=campaign.id, student_id=child_id)
    if is_new:
        log.info("re_registration_answered", organisation_id=campaign.organisation_id, campaign_id=campaign.id)
    return _told(campaign, standing, child, account_id=account_id)


def _hold_child(session: Session, *, account_id: str, email: str, child_id: str, on: date) -> dict[str, Any]:
    session.execute(_hold_link, {"account_id": account_id, "student_id": child_id})
    held = queries.find_child(session, account_id=account_id, email_key=emails.key(email), student_id=child_id, on=on)
    if held is None or held.document["status"] != queries.ACTIVE:
        raise NotFound
    return held.document


def _keep(session: Session, campaign: CampaignRow, given: dict[str, Any], *, child_id: str, at: datetime) -> None:
    said = {name: given[name] for name in ("account_id", *_SAID)}
    session.execute(
        insert(GivenAnswer),
        {"id": given["given_id"], "campaign_id": campaign.id, "student_id": child_id, **said, "at": at},
    )
    journal.write(
        session,
        student_id=child_id,
        account_id=given["account_id"],
        action=journal.RE_REGISTRATION_ANSWERED,
        at=at,
    )
    told = events.re_registration_answered(
        campaign_id=campaign.id,
        student_id=child_id,
        account_id=given["account_id"],
        organisation_id=campaign.organisation_id,
        school_year=campaign.school_year,
        answer=given["answer"],
        at=at,
    )
    outbox.add(session, told, at=at)


def _open_campaign(session: Session, child: dict[str, Any], *, on: date) -> CampaignRow:
    found = queries.list_campaigns(session, organisation_id=child["organisation"]["id"])
    for campaign in found:
        if campaign.holds(on) and _concerns(campaign, child):
            return campaign
    raise _closed(found, child, on=on)


def _closed(found: list[CampaignRow], child: dict[str, Any], *, on: date) -> CampaignClosed:
    nearest = campaigns.nearest((campaign for campaign in found if _concerns(campaign, child)), on=on)
    occasion = campaigns.occasion(nearest, on=on)
    if nearest is None:
        return CampaignClosed(occasion=occasion)
    return CampaignClosed(
        occasion=occasion, school_year=nearest.school_year, opens_on=nearest.opens_on, closes_on=nearest.closes_on
    )


def _concerns(campaign: CampaignRow, child: dict[str, Any]) -> bool:
    school = child["school"]
    return campaign.reach.concerns(grade=child["grade"], school_id=school["id"] if school else None)


def _told(campaign: CampaignRow, standing: Any, child: dict[str, Any], *, account_id: str) -> dict[str, Any]:
    return {
        "campaign": {
            "id": campaign.id,
            "school_year": campaign.school_year,
            "opens_on": campaign.opens_on,
            "closes_on": campaign.closes_on,
            "message": campaign.message,
        },
        "answer": None if standing is None else _answer_told(standing, is_own=standing.account_id == account_id),
        "may_answer": rights.RE_REGISTER in child["rights"],
    }


def _answer_told(standing: Any, *, is_own: bool) -> dict[str, Any]:
    return {
        "answer": standing.answer,
        "leaving_to": standing.leaving_to if is_own else None,
        "explanation": standing.explanation if is_own else None,
        "answered_at": standing.answered_at,
        "is_own": is_own,
    }
