"""What records' tests share."""

from tests.support.records import (
    browser,
    child,
    ctx,
    make_browser,
    make_context,
    make_school_system,
    organisation_id,
    records_url,
    told,
)

__all__ = [
    "browser",
    "child",
    "ctx",
    "make_browser",
    "make_context",
    "make_school_system",
    "organisation_id",
    "records_url",
    "told",
]
