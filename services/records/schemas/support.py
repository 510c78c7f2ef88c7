"""Requests for help: the six items (XC-01), and what the school reads of them."""

from typing import Any, Final

import marshmallow as ma

from services.records.rules import screenshots
from services.records.schemas.forms import LONGEST_NAME, Email
from shared.document_shapes import Out
from shared.fields import File, In, Line, Lines

LARGEST_FEED: Final = 500


class SupportRequestIn(In):
    """What the school needs in order to help: the six items of the guides, and which child it is about, if it is about one."""

    child_name = Line(
        required=True,
        longest=LONGEST_NAME,
        metadata={"description": "As the parent writes it.", "example": "Léa Tremblay"},
    )
    email = Email(
        required=True, metadata={"description": "Where the parent is answered.", "example": "parent@exemple.ca"}
    )
    error_message = Lines(
        required=True, longest=2000, metadata={"description": "What the screen says.", "example": "Oups. Accès refusé"}
    )
    browser = Line(required=True, longest=400, metadata={"description": "The browser used.", "example": "Firefox 142"})
    section = Line(
        required=True,
        longest=64,
        metadata={"description": "The part of the portal where it happens.", "example": "Bulletins"},
    )
    screenshot = File(
        largest=screenshots.LARGEST,
        load_default=None,
        metadata={"description": "PNG, JPEG or WebP, told by its content; 5 MiB at most."},
    )
    child_id = ma.fields.String(
        load_default="",
        validate=ma.validate.Length(max=64),
        metadata={
            "description": "Whose school is to answer. Without it, the school that all children of the account have."
        },
    )

    @ma.post_load
    def _settle(self, said: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        # A form has no null: what was left empty is none.
        return said | {"child_id": said["child_id"] or None}


class SupportRequestOut(Out):
    """What the parent tells the school when they call."""

    reference = ma.fields.String(required=True)


class ScreenshotOut(Out):
    """That there is a picture of the screen, at `…/screenshot`."""

    media_type = ma.fields.String(required=True, validate=ma.validate.OneOf(screenshots.MEDIA_TYPES))
    size = ma.fields.Integer(required=True)


class SupportRequestOfSchoolOut(Out):
    """What a parent asks of the school."""

    id = ma.fields.String(required=True)
    reference = ma.fields.String(required=True)
    student_source_id = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Null where the parent named none of their children."}
    )
    school_source_id = ma.fields.String(required=True, allow_none=True)
    child_name = ma.fields.String(required=True, metadata={"description": "As the parent wrote it."})
    email = ma.fields.String(required=True)
    error_message = ma.fields.String(required=True)
    browser = ma.fields.String(required=True)
    section = ma.fields.String(required=True)
    language = ma.fields.String(required=True, metadata={"description": "In which the parent used the portal."})
    screenshot = ma.fields.Nested(ScreenshotOut, required=True, allow_none=True)
    submitted_at = ma.fields.DateTime(required=True)
    handled_at = ma.fields.DateTime(required=True, allow_none=True)


class SupportFeedFilter(ma.Schema):
    """From where to read. Unknown parameters are left to others."""

    class Meta:
        unknown = ma.EXCLUDE

    since = ma.fields.Integer(
        load_default=0,
        validate=ma.validate.Range(min=0, max=2**63 - 1),
        metadata={"description": "The `next` of the last answer; 0: from the beginning."},
    )
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(min=1, max=LARGEST_FEED))


class SupportFeedOut(Out):
    """Requests that came or were handled after a cursor, in that order, and the cursor after them."""

    items = ma.fields.List(ma.fields.Nested(SupportRequestOfSchoolOut), required=True)
    next = ma.fields.Integer(required=True)


SCREENSHOT: Final[dict[str, Any]] = {"type": "string", "format": "binary"}
