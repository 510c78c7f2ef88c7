"""What every entry has, whatever its kind: whom it is for, of which school year it is, and when it is published.

A school's system sends one flat object. What is the kind's own becomes the entry's content, as canonical JSON: what the
digest and the signature are over, and what goes out to parents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

import marshmallow as ma
import orjson

from services.records.rules import audiences, school_years
from services.records.rules.entries import Sent
from services.records.schemas.forms import Moment, OwnSourceId, ReleaseCode, SchoolYear, SourceId
from shared.document_shapes import Out
from shared.fields import In

_FOR_BOTH: Final = "Nommez un élève ou une école, pas les deux. | Name a student or a school, not both."
_OWN_FIELDS: Final = frozenset(
    {"source_id", "student_source_id", "school_source_id", "school_year", "release", "is_draft", "available_at"}
)


class EntryIn(In):
    """An entry under the school's own id; the same again changes nothing."""

    # The content's days that order lists: the first that is given.
    sorts_by: ClassVar[tuple[str, ...]] = ()

    school_year = SchoolYear(
        allow_none=True,
        load_default=None,
        metadata={"description": "When left out, that of the day that it is of, from July to June."},
    )
    is_draft = ma.fields.Boolean(
        load_default=False, metadata={"description": "Shown to nobody until it is published by itself."}
    )
    available_at = Moment(
        allow_none=True,
        load_default=None,
        metadata={"description": "Shown to nobody before this moment, by whatever way; when left out, at once."},
    )

    @ma.post_load
    def _make(self, said: dict[str, Any], **_rest: Any) -> Sent:
        school_year = said["school_year"] or self._year_of(said)
        content = {name: value for name, value in said.items() if name not in _OWN_FIELDS}
        content["school_year"] = school_year
        return Sent(
            source_id=said.get("source_id"),
            audience=_audience(said),
            school_year=school_year,
            sorts_on=self._day_of(said),
            release=self.release_of(said),
            is_draft=said["is_draft"],
            available_at=said["available_at"],
            exam_on=said.get("exam_on"),
            content=orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode(),
        )

    def release_of(self, said: Mapping[str, Any]) -> str | None:
        """Return with which release an entry is published."""
        release: str | None = said.get("release")
        return release

    def _day_of(self, said: Mapping[str, Any]) -> date | None:
        return next((said[name] for name in self.sorts_by if said[name] is not None), None)

    def _year_of(self, said: Mapping[str, Any]) -> str | None:
        day = self._day_of(said)
        return None if day is None else school_years.name(day)


class ReleasedEntryIn(EntryIn):
    """An entry that may be published with others, by the name of a release."""

    release = ReleaseCode(
        allow_none=True,
        load_default=None,
        metadata={"description": "The code of the release that it is published with, and not before.", "example": "E1"},
    )


class StudentEntryIn(ReleasedEntryIn):
    """An entry of one student's."""

    student_source_id = SourceId(required=True)


class SchoolEntryIn(ReleasedEntryIn):
    """An entry for everybody of a school, or of the organisation."""

    school_source_id = SourceId(
        allow_none=True, load_default=None, metadata={"description": "When left out, every school's."}
    )


class AnybodysEntryIn(SchoolEntryIn):
    """An entry for one student, for everybody of a school, or for everybody of the organisation."""

    student_source_id = SourceId(
        allow_none=True, load_default=None, metadata={"description": "Whose it is, when it is one student's."}
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def _for_one(self, said: Mapping[str, Any], **_rest: Any) -> None:
        if said["student_source_id"] is not None and said["school_source_id"] is not None:
            raise ma.ValidationError(_FOR_BOTH, field_name="school_source_id")


class LineIn(In):
    """One of many, with its own id."""

    source_id = OwnSourceId(required=True)


class PublishedOut(Out):
    """What parents read of every entry."""

    id = ma.fields.String(required=True)
    school_year = ma.fields.String(required=True, allow_none=True, metadata={"example": "2026-2027"})
    published_at = ma.fields.DateTime(required=True, metadata={"description": "Since when it can be seen."})
    corrected_at = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When the school last said otherwise of it."}
    )


class SignedOut(PublishedOut):
    """What is signed by the portal: whoever is shown it can have it verified (`POST /api/v1/verifications`)."""

    signature = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "A JWS (RFC 7515) without personal data."}
    )


class DocumentedOut(SignedOut):
    """What has a document (PDF)."""

    document = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The path of the PDF; null where there is none."}
    )


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The shapes of one kind: as a school sends one or a line of many, its content, and as parents read it."""

    sent: type[EntryIn]
    line: type[EntryIn]
    content: type[In]
    out: type[PublishedOut]


def _audience(said: Mapping[str, Any]) -> str:
    if said.get("student_source_id") is not None:
        return audiences.of_student(said["student_source_id"])
    if said.get("school_source_id") is not None:
        return audiences.of_school(said["school_source_id"])
    return audiences.ORGANISATION
