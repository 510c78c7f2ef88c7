"""The agenda, messages, resources, and how the school is reached (RE-02, RE-14, RE-15, RE-16)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import marshmallow as ma

from services.records.schemas.forms import (
    LONGEST_CODE,
    LONGEST_NAME,
    LONGEST_TEXT,
    Day,
    Email,
    Link,
    Phrase,
    TimeOfDay,
)
from services.records.schemas.kinds.sending import AnybodysEntryIn, LineIn, PublishedOut, SchoolEntryIn
from shared.fields import In, Line

LONGEST_MESSAGE: Final = 20_000
MOST_LINKS: Final = 100
AGENDA_TYPES: Final = ("lesson", "homework", "test", "exam", "activity", "meeting", "day_off", "other")
_ENDS_BEFORE: Final = "La fin vient avant le début. | The end comes before the beginning."


class LinkContent(In):
    """A link that a parent may follow."""

    label = Phrase(required=True)
    url = Link(required=True)
    description = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)


class LinkOut(ma.Schema):
    """A link: https alone."""

    label = ma.fields.String(required=True)
    url = ma.fields.String(required=True, metadata={"format": "uri"})
    description = ma.fields.String(required=True, allow_none=True)


class AgendaEntryContent(In):
    """Something in the agenda, of a day or of several."""

    type = ma.fields.String(load_default="other", validate=ma.validate.OneOf(AGENDA_TYPES))
    title = Phrase(required=True)
    description = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)
    subject = Phrase(allow_none=True, load_default=None)
    date = Day(required=True)
    end_date = Day(allow_none=True, load_default=None)
    starts_at = TimeOfDay(allow_none=True, load_default=None)
    ends_at = TimeOfDay(allow_none=True, load_default=None)
    place = Line(longest=LONGEST_NAME, allow_none=True, load_default=None)

    @ma.validates_schema(skip_on_field_errors=True)
    def _in_order(self, said: Mapping[str, Any], **_rest: Any) -> None:
        if said["end_date"] is not None and said["end_date"] < said["date"]:
            raise ma.ValidationError(_ENDS_BEFORE, field_name="end_date")
        of_one_day = said["end_date"] in (None, said["date"])
        if of_one_day and None not in (said["starts_at"], said["ends_at"]) and said["ends_at"] < said["starts_at"]:
            raise ma.ValidationError(_ENDS_BEFORE, field_name="ends_at")


class AgendaEntryIn(AgendaEntryContent, AnybodysEntryIn):
    """An entry of the agenda as a school sends it."""

    sorts_by: ClassVar[tuple[str, ...]] = ("date",)


class AgendaEntryLineIn(AgendaEntryIn, LineIn):
    """An entry of the agenda as a line of many."""


class AgendaEntryOut(PublishedOut):
    """An entry of the agenda as parents read it: in secondary (RE-02)."""

    type = ma.fields.String(required=True, validate=ma.validate.OneOf(AGENDA_TYPES))
    title = ma.fields.String(required=True)
    description = ma.fields.String(required=True, allow_none=True)
    subject = ma.fields.String(required=True, allow_none=True)
    date = ma.fields.Date(required=True)
    end_date = ma.fields.Date(required=True, allow_none=True)
    starts_at = ma.fields.String(required=True, allow_none=True, metadata={"example": "08:30"})
    ends_at = ma.fields.String(required=True, allow_none=True, metadata={"example": "09:45"})
    place = ma.fields.String(required=True, allow_none=True)


class MessageContent(In):
    """A message from the school."""

    subject = Phrase(required=True)
    body = Phrase(longest=LONGEST_MESSAGE, has_lines=True, required=True)
    date = Day(required=True)
    sender = Line(longest=LONGEST_NAME, allow_none=True, load_default=None)
    is_important = ma.fields.Boolean(load_default=False)
    links = ma.fields.List(
        ma.fields.Nested(LinkContent), load_default=list, validate=ma.validate.Length(max=MOST_LINKS)
    )


class MessageIn(MessageContent, AnybodysEntryIn):
    """A message as a school sends it."""

    sorts_by: ClassVar[tuple[str, ...]] = ("date",)


class MessageLineIn(MessageIn, LineIn):
    """A message as a line of many."""


class MessageOut(PublishedOut):
    """A message as parents read it (RE-14)."""

    subject = ma.fields.String(required=True)
    body = ma.fields.String(required=True)
    date = ma.fields.Date(required=True)
    sender = ma.fields.String(required=True, allow_none=True)
    is_important = ma.fields.Boolean(required=True)
    links = ma.fields.List(ma.fields.Nested(LinkOut), required=True)
    is_read = ma.fields.Boolean(required=True, metadata={"description": "By this account; others have their own."})


class ResourceContent(In):
    """Links on one subject."""

    title = Phrase(required=True)
    links = ma.fields.List(
        ma.fields.Nested(LinkContent), required=True, validate=ma.validate.Length(min=1, max=MOST_LINKS)
    )


class ResourceIn(ResourceContent, SchoolEntryIn):
    """Resources as a school sends them."""


class ResourceLineIn(ResourceIn, LineIn):
    """Resources as a line of many."""


class ResourceOut(PublishedOut):
    """Resources as parents read them (RE-15)."""

    title = ma.fields.String(required=True)
    links = ma.fields.List(ma.fields.Nested(LinkOut), required=True)


class ContactContent(In):
    """How a school is reached."""

    name = Phrase(required=True)
    phone = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    email = Email(allow_none=True, load_default=None)
    address = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)
    hours = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)
    website = Link(allow_none=True, load_default=None)
    support_email = Email(
        allow_none=True,
        load_default=None,
        metadata={"description": "Where requests for help go (XC-02); when left out, to `email`."},
    )


class ContactIn(ContactContent, SchoolEntryIn):
    """How a school is reached, as it says; without a school, how the organisation is."""


class ContactLineIn(ContactIn, LineIn):
    """How a school is reached, as a line of many."""


class ContactOut(PublishedOut):
    """How the child's school is reached, or its organisation where the school says nothing (RE-16)."""

    name = ma.fields.String(required=True)
    phone = ma.fields.String(required=True, allow_none=True)
    email = ma.fields.String(required=True, allow_none=True)
    mailto = ma.fields.String(required=True, allow_none=True, metadata={"description": "RFC 6068."})
    address = ma.fields.String(required=True, allow_none=True)
    hours = ma.fields.String(required=True, allow_none=True)
    website = ma.fields.String(required=True, allow_none=True, metadata={"format": "uri"})
    support_email = ma.fields.String(required=True, allow_none=True)
