"""Requests for help: where those who ask have their children, who is written to, and what was asked."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from services.records.queries import visibility
from services.records.queries.tables import entries, guardianships, is_live, organisations, support_requests
from services.records.rules import audiences, kinds
from services.records.rules.destinations import Place


@dataclass(frozen=True, kw_only=True)
class SupportRow:
    """A request as it stands."""

    id: str
    reference: str
    organisation_id: str | None
    school_source_id: str | None
    student_source_id: str | None
    child_id: str | None
    child_name_sealed: bytes
    email_sealed: bytes
    error_message_sealed: bytes
    browser: str
    section: str
    language: str
    screenshot_digest: str | None
    screenshot_size: int | None
    screenshot_type: str | None
    submitted_at: datetime
    handled_at: datetime | None
    position: int | None


_columns = tuple(support_requests.c[name] for name in SupportRow.__dataclass_fields__)
_list_places = (
    select(
        guardianships.c.child_id,
        guardianships.c.organisation_id,
        guardianships.c.school_source_id,
        guardianships.c.student_source_id,
        func.coalesce(organisations.c.is_subscribed, false()).label("takes_part"),
    )
    .outerjoin(organisations, organisations.c.id == guardianships.c.organisation_id)
    .where(is_live, guardianships.c.account_id == bindparam("account_id"))
)
_list_contacts = select(entries.c.audience, entries.c.content).where(
    visibility.is_visible,
    entries.c.organisation_id == bindparam("organisation_id"),
    entries.c.kind == kinds.CONTACT,
    entries.c.audience.in_(bindparam("audiences", expanding=True)),
)
_list_since = (
    select(*_columns)
    .where(
        support_requests.c.organisation_id == bindparam("organisation_id"),
        support_requests.c.position > bindparam("since"),
    )
    .order_by(support_requests.c.position)
    .limit(bindparam("limit"))
)
_find = select(*_columns).where(
    support_requests.c.id == bindparam("request_id"), support_requests.c.organisation_id == bindparam("organisation_id")
)
_find_by_reference = select(*_columns).where(support_requests.c.reference == bindparam("reference"))
_list_of_operator = (
    select(*_columns)
    .where(
        support_requests.c.organisation_id.is_(None),
        or_(bindparam("with_handled"), support_requests.c.handled_at.is_(None)),
    )
    .order_by(support_requests.c.submitted_at, support_requests.c.id)
    .limit(bindparam("limit"))
)


def list_places(session: Session, *, account_id: str) -> list[Place]:
    """Return where the children of an account are at school."""
    return [Place(**row) for row in session.execute(_list_places, {"account_id": account_id}).mappings()]


def find_support_email(
    session: Session, *, organisation_id: str, school_source_id: str | None, at: datetime
) -> str | None:
    """Return the address that a school wants requests for help at, as its contact says, else its organisation's."""
    wanted = [audiences.of_school(school_source_id)] if school_source_id is not None else []
    wanted.append(audiences.ORGANISATION)
    asked = {"organisation_id": organisation_id, "audiences": wanted, visibility.NOW: at}
    told = {row.audience: orjson.loads(row.content) for row in session.execute(_list_contacts, asked)}
    for contact in (told[audience] for audience in wanted if audience in told):
        address: str | None = contact.get("support_email") or contact.get("email")
        if address is not None:
            return address
    return None


def list_support_requests_since(session: Session, *, organisation_id: str, since: int, limit: int) -> list[SupportRow]:
    """Return an organisation's requests whose last change comes after a position, in that order."""
    asked = {"organisation_id": organisation_id, "since": since, "limit": limit}
    return [SupportRow(**row) for row in session.execute(_list_since, asked).mappings()]


def find_support_request(session: Session, *, organisation_id: str, request_id: str) -> SupportRow | None:
    """Return a request of an organisation's."""
    row = session.execute(_find, {"organisation_id": organisation_id, "request_id": request_id}).mappings().first()
    return None if row is None else SupportRow(**row)


def find_support_request_by_reference(session: Session, reference: str) -> SupportRow | None:
    """Return a request, whoever answers it."""
    row = session.execute(_find_by_reference, {"reference": reference}).mappings().first()
    return None if row is None else SupportRow(**row)


def list_support_requests_of_operator(session: Session, *, with_handled: bool, limit: int) -> list[SupportRow]:
    """Return the requests that are no school's, oldest first."""
    asked = {"with_handled": with_handled, "limit": limit}
    return [SupportRow(**row) for row in session.execute(_list_of_operator, asked).mappings()]
