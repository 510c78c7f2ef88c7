"""A school's campaigns: added, changed, listed; one student is never asked by two of them on the same day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.errors import CampaignBegun, CampaignOverlaps, OrganisationUnknown
from services.enrollment.models import Campaign, Organisation
from services.enrollment.queries import CampaignRow
from services.enrollment.rules import campaigns, days
from services.enrollment.rules.campaigns import Reach, Window
from shared import ids, logs
from shared.problems import NotFound, ValidationFailed

log = logs.get(__name__)

_WINDOW_TURNED: Final = (
    "La campagne ne peut pas se terminer avant de commencer. | A campaign cannot close before it opens."
)
_WINDOW_LONG: Final = "Une campagne dure au plus une année. | A campaign lasts a year at most."
_WINDOW_PAST: Final = "Cette date est déjà passée. | This day has passed already."
_SCHOOL_YEAR_UNFIT: Final = (
    "Donnez l’année scolaire dont il s’agit, par exemple 2027-2028, près de la période d’inscription."
    " | Give the school year in question, such as 2027-2028, close to the window."
)
_SCHOOL_UNKNOWN: Final = (
    "Aucune école de votre organisme n’a cet identifiant. | No school of your organisation has this identifier."
)

# Two campaigns of one organisation are compared and written one after the other. Not for update: whoever refers to an
# organisation need not wait.
_lock_organisation = (
    select(Organisation.id).where(Organisation.id == bindparam("organisation_id")).with_for_update(key_share=True)
)
_change = update(Campaign).where(Campaign.id == bindparam("of_campaign_id"))


@dataclass(frozen=True, kw_only=True)
class Wish(Window):
    """What a school wants a campaign to be."""

    school_year: str
    grades: list[str] | None = None
    # As the school names them: by its own identifiers, or by the ministry's codes.
    schools: list[str] | None = None
    message: Mapping[str, str] | None = None
    reminder_days: int | None = None


def add_campaign(
    ctx: Context,
    *,
    organisation_code: str,
    school_year: str,
    opens_on: date,
    closes_on: date,
    **rest: Any,
) -> dict[str, Any]:
    """Plan a campaign of an organisation; `rest` are the other fields of `Wish`.

    Without `reminder_days` it reminds as the settings say; with None it does not.

    Raises:
        OrganisationUnknown: there is no such organisation.
        ValidationFailed: the window, the school year or a school is not one.
        CampaignOverlaps: another campaign could ask the same student on the same day.
    """
    rest.setdefault("reminder_days", ctx.settings.campaign_reminder_days or None)
    wish = Wish(school_year=school_year, opens_on=opens_on, closes_on=closes_on, **rest)
    now = ctx.clock.now()
    _check(wish, earliest=days.today(now))
    campaign_id = ids.new()
    with ctx.db.transaction() as session:
        organisation = queries.find_organisation_by_code(session, organisation_code)
        if organisation is None:
            raise OrganisationUnknown(code=organisation_code)
        session.execute(_lock_organisation, {"organisation_id": organisation.id})
        values = _values(session, wish, organisation_id=organisation.id)
        _check_others(session, values, organisation_id=organisation.id, campaign_id=campaign_id)
        session.execute(
            insert(Campaign),
            {
                "id": campaign_id,
                "organisation_id": organisation.id,
                **values,
                "created_at": now,
                "changed_at": now,
            },
        )
        document = _document(session, campaign_id, on=days.today(now))
    log.info("campaign_added", organisation_id=organisation.id, campaign_id=campaign_id)
    return document


def change_campaign(
    ctx: Context, *, campaign_id: str, organisation_code: str | None, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Change what `changes` names of a campaign, fields of `Wish`; without an organisation, whosever it is.

    A campaign that was over and closes later now is open again. Nobody gets a first letter twice.

    Raises:
        NotFound: the organisation has no such campaign.
        ValidationFailed, CampaignOverlaps: as for `add_campaign`.
        CampaignBegun: it has opened, and its first day or its school year would be another.
    """
    if not ids.is_id(campaign_id):
        raise NotFound
    now = ctx.clock.now()
    today = days.today(now)
    with ctx.db.transaction() as session:
        seen = _find(session, campaign_id, organisation_code)
        session.execute(_lock_organisation, {"organisation_id": seen.organisation_id})
        before = queries.lock_campaign_to_change(session, campaign_id=campaign_id)
        if before is None:
            raise NotFound
        wish = replace(_wish(session, before), **changes)
        if before.opens_on <= today and (wish.opens_on, wish.school_year) != (before.opens_on, before.school_year):
            raise CampaignBegun(opens_on=before.opens_on)
        # With yesterday as its last day, a campaign that is open closes at once.
        yesterday = today - timedelta(days=1)
        _check(wish, earliest=min(yesterday, before.closes_on))
        values = _values(session, wish, organisation_id=before.organisation_id)
        _check_others(session, values, organisation_id=before.organisation_id, campaign_id=campaign_id)
        # Whoever is concerned from now on is looked for again.
        reset = {"changed_at": now, "told_version": None, "told_on": None}
        session.execute(_change.values(**values, **reset), {"of_campaign_id": campaign_id})
        document = _document(session, campaign_id, on=today)
    log.info(
        "campaign_changed", organisation_id=before.organisation_id, campaign_id=campaign_id, fields=sorted(changes)
    )
    return document


def list_campaigns(ctx: Context, *, organisation_code: str) -> list[dict[str, Any]]:
    """Return the campaigns of an organisation, in the order in which they open.

    Raises:
        OrganisationUnknown: there is no such organisation.
    """
    today = days.today(ctx.clock.now())
    with ctx.db.read() as session:
        organisation = queries.find_organisation_by_code(session, organisation_code)
        if organisation is None:
            raise OrganisationUnknown(code=organisation_code)
        names = queries.list_school_names(session, organisation_id=organisation.id)
        found = queries.list_campaigns(session, organisation_id=organisation.id)
    return [_told(campaign, names, on=today) for campaign in found]


def get_campaign(session: Session, *, campaign_id: str, organisation_code: str | None) -> CampaignRow:
    """Return a campaign of an organisation, or of any.

    Raises:
        NotFound: there is none, or it is another's.
    """
    if not ids.is_id(campaign_id):
        raise NotFound
    return _find(session, campaign_id, organisation_code)


def _find(session: Session, campaign_id: str, organisation_code: str | None) -> CampaignRow:
    found = queries.find_campaign(session, campaign_id=campaign_id)
    if found is None or organisation_code not in {None, found.organisation_code}:
        raise NotFound
    return found


def _check(wish: Wish, *, earliest: date) -> None:
    """Refuse what is wrong of a campaign by itself; `earliest` is the first day that it can end on."""
    errors = []
    if wish.closes_on < wish.opens_on:
        errors.append({"pointer": "#/closes_on", "detail": _WINDOW_TURNED})
    elif wish.closes_on < earliest:
        errors.append({"pointer": "#/closes_on", "detail": _WINDOW_PAST})
    elif wish.closes_on - wish.opens_on > campaigns.LONGEST_WINDOW:
        errors.append({"pointer": "#/closes_on", "detail": _WINDOW_LONG})
    if not campaigns.is_school_year(wish.school_year, opens_on=wish.opens_on):
        errors.append({"pointer": "#/school_year", "detail": _SCHOOL_YEAR_UNFIT})
    if errors:
        raise ValidationFailed(errors=errors)


def _check_others(session: Session, values: Mapping[str, Any], *, organisation_id: str, campaign_id: str) -> None:
    window = Window(opens_on=values["opens_on"], closes_on=values["closes_on"])
    reach = Reach(grades=values["grades"], school_ids=values["school_ids"])
    for other in queries.list_campaigns(session, organisation_id=organisation_id):
        if other.id != campaign_id and other.meets(window) and other.reach.meets(reach):
            raise CampaignOverlaps(campaign_id=other.id, opens_on=other.opens_on, closes_on=other.closes_on)


def _values(session: Session, wish: Wish, *, organisation_id: str) -> dict[str, Any]:
    message = wish.message or {}
    return {
        "school_year": wish.school_year,
        "opens_on": wish.opens_on,
        "closes_on": wish.closes_on,
        "grades": None if wish.grades is None else list(dict.fromkeys(wish.grades)),
        "school_ids": _school_ids(session, wish.schools, organisation_id),
        "message_fr": message.get("fr"),
        "message_en": message.get("en"),
        "reminder_days": wish.reminder_days,
    }


def _school_ids(session: Session, named: list[str] | None, organisation_id: str) -> list[str] | None:
    if named is None:
        return None
    known = queries.list_school_names(session, organisation_id=organisation_id)
    by_name = {name: school_id for school_id, names in known.items() for name in names}
    errors = [
        {"pointer": f"#/schools/{place}", "detail": _SCHOOL_UNKNOWN}
        for place, name in enumerate(named)
        if name not in by_name
    ]
    if errors:
        raise ValidationFailed(errors=errors)
    return list(dict.fromkeys(by_name[name] for name in named))


def _wish(session: Session, campaign: CampaignRow) -> Wish:
    names = queries.list_school_names(session, organisation_id=campaign.organisation_id)
    return Wish(
        school_year=campaign.school_year,
        opens_on=campaign.opens_on,
        closes_on=campaign.closes_on,
        grades=campaign.grades,
        schools=_schools(campaign, names),
        message=campaign.message,
        reminder_days=campaign.reminder_days,
    )


def _document(session: Session, campaign_id: str, *, on: date) -> dict[str, Any]:
    campaign = queries.find_campaign(session, campaign_id=campaign_id)
    assert campaign is not None
    names = queries.list_school_names(session, organisation_id=campaign.organisation_id)
    return _told(campaign, names, on=on)


def _told(campaign: CampaignRow, names: Mapping[str, list[str]], *, on: date) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "school_year": campaign.school_year,
        "opens_on": campaign.opens_on,
        "closes_on": campaign.closes_on,
        "state": _state(campaign, on),
        "grades": campaign.grades,
        "schools": _schools(campaign, names),
        "message": campaign.message,
        "reminder_days": campaign.reminder_days,
        "reminds_on": campaign.reminds_on,
        "changed_at": campaign.changed_at,
    }


def _state(campaign: CampaignRow, on: date) -> str:
    return campaigns.OPEN if campaign.holds(on) else campaigns.occasion(campaign, on=on)


def _schools(campaign: CampaignRow, names: Mapping[str, list[str]]) -> list[str] | None:
    """Return the schools that a campaign names, as the school's system knows them."""
    if campaign.school_ids is None:
        return None
    return [names[school_id][0] for school_id in campaign.school_ids if names.get(school_id)]
