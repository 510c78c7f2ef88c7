"""What school systems read and decide (`/school/v1`, records)."""

from typing import Final

import marshmallow as ma

from services.records.rules import publication
from services.records.schemas.forms import Day, Moment
from shared.document_shapes import Out
from shared.fields import In

RESULTS: Final = ("recorded", "corrected", "unchanged", "refused")
STATES: Final = (publication.DRAFT, publication.PUBLISHED, publication.WITHDRAWN)

_STATE: Final = {
    "description": "What the school has said of it; parents see it once it is published and its moment has come."
}
_AVAILABLE_AT: Final = {"description": "From when parents see it; null while it is not published."}


class WrittenEntryOut(Out):
    """Where an entry stands that was just written."""

    id = ma.fields.String(required=True)
    revision = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES), metadata=_STATE)
    available_at = ma.fields.AwareDateTime(required=True, allow_none=True, metadata=_AVAILABLE_AT)


class WrittenLineOut(Out):
    """What became of one line."""

    line = ma.fields.Integer(required=True)
    source_id = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Null where the line does not say it."}
    )
    result = ma.fields.String(required=True, validate=ma.validate.OneOf(RESULTS))
    entry = ma.fields.Nested(WrittenEntryOut, metadata={"description": "Unless it was refused."})
    problem = ma.fields.Dict(metadata={"description": "Why it was refused: a problem document (RFC 9457)."})


class EntryOut(Out):
    """An entry as its school reads it; `content` is as it was sent."""

    id = ma.fields.String(required=True)
    source_id = ma.fields.String(required=True)
    student_source_id = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Null where it is not one student's."}
    )
    school_source_id = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Null where it is not one school's."}
    )
    school_year = ma.fields.String(required=True, allow_none=True)
    release = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "With which release it is published; null: by itself."}
    )
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES), metadata=_STATE)
    is_visible = ma.fields.Boolean(required=True, metadata={"description": "Whether parents see it now."})
    available_at = ma.fields.AwareDateTime(required=True, allow_none=True, metadata=_AVAILABLE_AT)
    not_before = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Of a ministerial result: before then nobody sees it, whatever else is said."},
    )
    revision = ma.fields.Integer(required=True)
    recorded_at = ma.fields.AwareDateTime(required=True)
    changed_at = ma.fields.AwareDateTime(required=True)
    corrected_at = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When what parents could see was last corrected; null: never."},
    )
    has_document = ma.fields.Boolean(
        required=True, metadata={"description": "Whether the school has sent a PDF of it."}
    )


class RevisionOut(Out):
    """What an entry said before it was corrected."""

    revision = ma.fields.Integer(required=True)
    changed_at = ma.fields.AwareDateTime(required=True, metadata={"description": "When it had been said."})
    client_id = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "By which of the organisation's systems."}
    )
    replaced_at = ma.fields.AwareDateTime(
        required=True, metadata={"description": "When the next revision took its place."}
    )
    has_document = ma.fields.Boolean(required=True)


class PublicationIn(In):
    """From when an entry is published."""

    available_at = Moment(
        load_default=None, allow_none=True, metadata={"description": "At once when left out, or when it has passed."}
    )


class ReleaseIn(In):
    """Whether, and from when, what names a release is published."""

    is_published = ma.fields.Boolean(required=True)
    available_at = Moment(
        load_default=None, allow_none=True, metadata={"description": "At once when left out, or when it has passed."}
    )


class ReleaseOut(Out):
    """Entries that are published together."""

    code = ma.fields.String(required=True)
    is_published = ma.fields.Boolean(required=True)
    available_at = ma.fields.AwareDateTime(required=True, allow_none=True, metadata=_AVAILABLE_AT)


class MinisterialSessionIn(In):
    """The day of a ministerial session."""

    released_on = Day(
        required=True,
        allow_none=True,
        metadata={
            "description": "When the ministry lets its results out; null: not told, and the examination's day counts."
        },
    )


class MinisterialSessionOut(Out):
    """A ministerial session, and the day on which the ministry lets its results out."""

    session = ma.fields.String(required=True, metadata={"example": "2027-06"})
    released_on = ma.fields.Date(
        required=True, allow_none=True, metadata={"description": "Null: the organisation has not told it."}
    )
