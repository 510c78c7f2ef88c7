"""Which organisation a school system's token names, and what it has decided about releases and sessions."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from services.records.errors import OrganisationNotSubscribed
from services.records.queries.tables import ministerial_sessions, organisations, releases, tile_choices

_get_organisation = select(organisations.c.id).where(
    organisations.c.code == bindparam("code"), organisations.c.is_subscribed
)
_hold_organisation = _get_organisation.with_for_update(key_share=True)
_hold_by_id = select(organisations.c.id).where(organisations.c.id == bindparam("id")).with_for_update(key_share=True)
_list_releases = (
    select(releases).where(releases.c.organisation_id == bindparam("organisation_id")).order_by(releases.c.code)
)
_find_releases = select(releases).where(
    releases.c.organisation_id == bindparam("organisation_id"),
    releases.c.code.in_(bindparam("codes", expanding=True)),
)
_find_sessions = select(ministerial_sessions).where(
    ministerial_sessions.c.organisation_id == bindparam("organisation_id"),
    ministerial_sessions.c.session.in_(bindparam("sessions", expanding=True)),
)

_find_tiles = select(tile_choices.c.tiles).where(tile_choices.c.organisation_id == bindparam("organisation_id"))


def get_organisation_id(session: Session | Connection, code: str | None) -> str:
    """Return the id of the organisation that a school system's token names.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    return _organisation_id(session.execute(_get_organisation, {"code": code or ""}).first())


def hold_organisation(session: Session, code: str | None) -> str:
    """Return the same, and hold its row until the commit: of everybody who writes several of its entries, one at a time.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    return _organisation_id(session.execute(_hold_organisation, {"code": code or ""}).first())


def hold_organisation_by_id(session: Session, *, organisation_id: str) -> None:
    """Hold the row of an organisation until the commit, whether or not it takes part still."""
    session.execute(_hold_by_id, {"id": organisation_id})


def list_releases(session: Session, *, organisation_id: str) -> list[Any]:
    """Return the releases that an organisation has told of, in the order of their codes."""
    return list(session.execute(_list_releases, {"organisation_id": organisation_id}))


def find_releases(session: Session, *, organisation_id: str, codes: Collection[str]) -> dict[str, Any]:
    """Return those of these releases that an organisation has told of, by their codes."""
    if not codes:
        return {}
    asked = {"organisation_id": organisation_id, "codes": sorted(codes)}
    return {row.code: row for row in session.execute(_find_releases, asked)}


def find_session_days(session: Session, *, organisation_id: str, sessions: Collection[str]) -> dict[str, date]:
    """Return the day of each of these ministerial sessions whose day the organisation has told."""
    if not sessions:
        return {}
    asked = {"organisation_id": organisation_id, "sessions": sorted(sessions)}
    rows = session.execute(_find_sessions, asked)
    return {row.session: row.released_on for row in rows if row.released_on is not None}


def find_tiles(session: Session | Connection, *, organisation_id: str) -> list[str] | None:
    """Return the tiles that an organisation offers, in its own order; None where it has not chosen."""
    chosen: list[str] | None = session.execute(_find_tiles, {"organisation_id": organisation_id}).scalar()
    return chosen


def _organisation_id(row: Any) -> str:
    if row is None:
        raise OrganisationNotSubscribed
    return str(row.id)
