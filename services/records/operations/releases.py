"""What is published together: releases, and the days of ministerial sessions."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Update, and_, bindparam, case, null, select, update

from services.records import queries
from services.records.context import Context
from services.records.models import Entry, MinisterialSession, Release
from services.records.operations import telling
from services.records.queries.visibility import NOW, is_visible
from services.records.rules import kinds, ministerial, release_codes
from services.records.rules.publication import DRAFT, PUBLISH, PUBLISHED, from_when
from shared import logs
from shared.database import UtcDateTime, once_a_dialect
from shared.problems import NotFound, ValidationFailed

log = logs.get(__name__)

# Told before the answer: two thousand entries. The sweep tells the rest.
_PAGES_AT_ONCE: Final = 10
_entries = Entry.__table__
_releases = Release.__table__
_sessions = MinisterialSession.__table__
_BEFORE_THE_EXAMS: Final = "Ce jour précède la session : vérifiez l’année et le mois. | This day is before the session: check the year and month."

_moment: Final = bindparam("moment", type_=UtcDateTime())
_later_of_both: Final[ColumnElement[Any]] = case(
    (_entries.c.shown_from > _moment, _entries.c.shown_from), else_=_moment
)
# What parents see and nobody has told yet may have been read: once it changes, it is corrected.
_seen_first: Final[ColumnElement[Any]] = case(
    (and_(_entries.c.first_told_at.is_(None), is_visible), bindparam(NOW, type_=UtcDateTime())),
    else_=_entries.c.first_told_at,
)


@once_a_dialect
def _keep_release(insert: Any) -> Executable:
    new = insert(_releases)
    names = ("is_published", "available_at", "changed_at")
    return new.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=["organisation_id", "code"], set_={name: new.excluded[name] for name in names}
    )


@once_a_dialect
def _keep_session(insert: Any) -> Executable:
    new = insert(_sessions)
    return new.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=["organisation_id", "session"],
        set_={name: new.excluded[name] for name in ("released_on", "changed_at")},
    )


def _of_release() -> Update:
    return update(_entries).where(
        _entries.c.organisation_id == bindparam("whose"),
        _entries.c.release == bindparam("named"),
        _entries.c.kind != kinds.MINISTERIAL_RESULT,
        # What is held back or withdrawn by itself stays so.
        _entries.c.decision == PUBLISH,
    )


_show: Final = _of_release().values(state=PUBLISHED, available_at=_later_of_both, first_told_at=_seen_first)
_hide: Final = _of_release().values(state=DRAFT, available_at=null(), first_told_at=_seen_first)
_of_session = (
    _entries.c.organisation_id == bindparam("whose"),
    _entries.c.release == bindparam("named"),
    _entries.c.kind == kinds.MINISTERIAL_RESULT,
)
_list_exam_days: Final = select(_entries.c.exam_on).where(*_of_session).distinct()
_wait: Final = (
    update(_entries)
    .where(*_of_session, _entries.c.exam_on == bindparam("day"))
    .values(
        not_before=_moment,
        available_at=case((_entries.c.decision == PUBLISH, _later_of_both), else_=null()),
        first_told_at=_seen_first,
    )
)


def list_releases(ctx: Context, *, organisation_code: str | None) -> list[dict[str, Any]]:
    """Return the releases that the organisation has told of, in the order of their codes.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        rows = queries.list_releases(session, organisation_id=organisation_id)
    return [_release(row.code, row.is_published, row.available_at) for row in rows]


def get_release(ctx: Context, *, organisation_code: str | None, code: str) -> dict[str, Any]:
    """Return one release.

    Raises:
        NotFound: the organisation has told of no such release.
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        found = queries.find_releases(session, organisation_id=organisation_id, codes=[code]).get(code)
    if found is None:
        raise NotFound
    return _release(found.code, found.is_published, found.available_at)


def decide_release(
    ctx: Context, *, organisation_code: str | None, code: str, is_published: bool, available_at: datetime | None
) -> dict[str, Any]:
    """Publish whatever names a release, from a moment or at once, or hide it again; return the release.

    What is sent into it afterwards follows it. Without the time to tell of all of it, the sweep tells the rest.

    Raises:
        NotFound: this can be no release's code.
        OrganisationNotSubscribed: see the class.
    """
    if not release_codes.is_release_code(code):
        raise NotFound
    with ctx.db.transaction() as session:
        organisation_id = queries.hold_organisation(session, organisation_code)
        now = ctx.clock.now()
        found = queries.find_releases(session, organisation_id=organisation_id, codes=[code]).get(code)
        moment = None
        if is_published:
            moment = from_when(asked=available_at, at=now, shown_since=found.available_at if found else None)
        session.execute(
            _keep_release(session),
            {
                "organisation_id": organisation_id,
                "code": code,
                "is_published": is_published,
                "available_at": moment,
                "changed_at": now,
            },
        )
        whose = {"whose": organisation_id, "named": code, NOW: now}
        session.execute(_show if is_published else _hide, whose | ({"moment": moment} if is_published else {}))
    log.info("release_decided", organisation_id=organisation_id, is_published=is_published)
    telling.tell_changes(ctx, organisation_id=organisation_id, most_pages=_PAGES_AT_ONCE)
    return _release(code, is_published, moment)


def get_session(ctx: Context, *, organisation_code: str | None, name: str) -> dict[str, Any]:
    """Return the day of a ministerial session; null where the organisation has not told it.

    Raises:
        NotFound: this is no session.
        OrganisationNotSubscribed: see the class.
    """
    _require_session(name)
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        found = queries.find_session_days(session, organisation_id=organisation_id, sessions=[name])
    return {"session": name, "released_on": found.get(name)}


def decide_session(
    ctx: Context, *, organisation_code: str | None, name: str, released_on: date | None
) -> dict[str, Any]:
    """Write the day on which the ministry lets the results of a session out, or none; nobody sees any before it (RE-04).

    Raises:
        NotFound: this is no session.
        OrganisationNotSubscribed: see the class.
        ValidationFailed: the day is before the session.
    """
    _require_session(name)
    if released_on is not None and released_on < date.fromisoformat(f"{name}-01"):
        raise ValidationFailed(errors=[{"pointer": "#/released_on", "detail": _BEFORE_THE_EXAMS}])
    with ctx.db.transaction() as session:
        organisation_id = queries.hold_organisation(session, organisation_code)
        now = ctx.clock.now()
        session.execute(
            _keep_session(session),
            {
                "organisation_id": organisation_id,
                "session": name,
                "released_on": released_on,
                "changed_at": now,
            },
        )
        whose = {"whose": organisation_id, "named": name, NOW: now}
        # One update an examination day, of which a session has some ten.
        for day in list(session.scalars(_list_exam_days, whose)):
            moment = ministerial.not_before(exam_on=day, released_on=released_on, delay=ctx.settings.ministerial_delay)
            session.execute(_wait, whose | {"day": day, "moment": moment})
    log.info("ministerial_session_decided", organisation_id=organisation_id)
    telling.tell_changes(ctx, organisation_id=organisation_id, most_pages=_PAGES_AT_ONCE)
    return {"session": name, "released_on": released_on}


def _require_session(name: str) -> None:
    if not ministerial.is_session(name):
        raise NotFound


def _release(code: str, is_published: bool, available_at: datetime | None) -> dict[str, Any]:
    return {"code": code, "is_published": is_published, "available_at": available_at}
