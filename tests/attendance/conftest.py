"""What attendance's tests share."""

from tests.support.attendance import (
    attendance_url,
    browser,
    child,
    ctx,
    make_browser,
    make_context,
    make_school_system,
    organisation_id,
    told,
)

__all__ = [
    "attendance_url",
    "browser",
    "child",
    "ctx",
    "make_browser",
    "make_context",
    "make_school_system",
    "organisation_id",
    "told",
]
