"""Asking for help: counted, kept sealed, sent to the school that answers, and told to it without a word of what is asked."""

from datetime import timedelta
from typing import Final

from sqlalchemy import insert

from services.records import queries
from services.records.context import Context
from services.records.errors import TooManySupportRequests
from services.records.models import SupportRequest
from services.records.operations.support import pictures, routing
from services.records.rules import destinations, screenshots
from shared import budgets, ids, logs, spoken_references
from shared.budgets import Budget
from shared.problems import NotFound, ValidationFailed

log = logs.get(__name__)

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_NO_PICTURE: Final = (
    "Joignez une image entière au format PNG, JPEG ou WebP. | Attach a whole picture in PNG, JPEG or WebP format."
)


def submit_request(
    ctx: Context,
    *,
    account_id: str,
    child_name: str,
    email: str,
    error_message: str,
    browser: str,
    section: str,
    screenshot: bytes | None,
    child_id: str | None,
    language: str,
) -> str:
    """Ask the school for help, and return the reference to ask by.

    Raises:
        NotFound: the account does not hold the child that it names (CHD-13); without a child it is helped all the same.
        ValidationFailed: the screenshot is none of the pictures that are taken.
        TooManySupportRequests: see the class.
        Unavailable: the screenshot cannot be kept now.
    """
    with ctx.db.read() as session:
        places = queries.list_places(session, account_id=account_id)
    try:
        destination = destinations.choose(places, child_id=child_id)
    except LookupError:
        raise NotFound from None
    picture = None if screenshot is None else screenshots.media_type(screenshot)
    if screenshot is not None and picture is None:
        raise ValidationFailed(errors=[{"pointer": "#/screenshot", "detail": _NO_PICTURE}])
    # Counted before anything is kept, in a transaction of its own: what is refused costs no room in the store.
    _count(ctx, account_id)
    request_id, reference = ids.new(), spoken_references.new()
    kept = None if screenshot is None else pictures.keep(ctx, request_id=request_id, content=screenshot)
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        session.execute(
            insert(SupportRequest),
            {
                "id": request_id,
                "reference": reference,
                "organisation_id": destination.organisation_id,
                "school_source_id": destination.school_source_id,
                "student_source_id": destination.student_source_id,
                "account_id": account_id,
                "child_id": destination.child_id,
                "child_name_sealed": ctx.requests.close(child_name, about=f"{request_id}/child_name"),
                "email_sealed": ctx.requests.close(email, about=f"{request_id}/email"),
                "error_message_sealed": ctx.requests.close(error_message, about=f"{request_id}/error_message"),
                "browser": browser,
                "section": section,
                "language": language,
                "screenshot_digest": kept,
                "screenshot_size": None if screenshot is None else len(screenshot),
                "screenshot_type": picture,
                "submitted_at": now,
                "position": routing.position(session, destination),
            },
        )
        routing.tell(ctx, session, destination, request_id=request_id, reference=reference, at=now)
    log.info("support_requested", organisation_id=destination.organisation_id, has_screenshot=picture is not None)
    return reference


def _count(ctx: Context, account_id: str) -> None:
    limits = ctx.settings
    bill = [
        (Budget(name="support-hour", limit=limits.support_requests_per_account_hour, window=_HOUR), account_id),
        (Budget(name="support-day", limit=limits.support_requests_per_account_day, window=_DAY), account_id),
    ]
    with ctx.db.transaction() as session:
        exhausted = budgets.spend(session, bill, at=ctx.clock.now())
    if exhausted is not None:
        raise TooManySupportRequests(retry_after=exhausted.retry_after)
