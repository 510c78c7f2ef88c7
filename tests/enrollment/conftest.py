"""What enrollment's tests share."""

from tests.support.enrollment import (
    browser,
    ctx,
    enrollment_url,
    make_browser,
    make_context,
    make_school_system,
    registry,
)

__all__ = ["browser", "ctx", "enrollment_url", "make_browser", "make_context", "make_school_system", "registry"]
