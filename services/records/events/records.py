"""What records tells of what schools publish: that it is there, that it says something else now, that it is gone."""

from dataclasses import dataclass
from typing import Any, Final

from services.records.events.shapes import CHILD, KIND, ORGANISATION, OUTSIDE, RECORD, SAMPLE, TOPIC
from services.records.rules import kinds
from shared.event_shapes import Schema, closed_object, moment, text
from shared.messages import Event, EventType, Outside

_SCHOOL_YEAR: Final = text(
    "L’année scolaire, s’il y en a une : 2026-2027. | The school year, if there is one: 2026-2027.", max_length=9
)


def _about_record(name: str, summary: str, *, sample: dict[str, Any], **more: Schema) -> EventType:
    return EventType(
        type=f"ca.vitrail.records.{name}.v1",
        topic=TOPIC,
        key_form="record:<id>",
        summary=summary,
        schema=closed_object(
            optional=["child_id", "school_year"],
            record_id=RECORD,
            child_id=CHILD,
            organisation_id=ORGANISATION,
            kind=KIND,
            school_year=_SCHOOL_YEAR,
            **more,
        ),
        sample=SAMPLE | {"kind": kinds.REPORT_CARD, "school_year": "2025-2026"} | sample,
        outside=OUTSIDE | dict.fromkeys(("kind", "school_year", *more), Outside.AS_IS),
    )


RECORD_PUBLISHED = _about_record(
    "record-published",
    "L’école a publié quelque chose, et les parents le voient. | The school has published something, and parents see it.",
    available_at=moment("Le moment à partir duquel les parents le voient. | From when parents see it."),
    sample={"available_at": "2026-01-15T14:30:00+00:00"},
)
RECORD_CORRECTED = _about_record(
    "record-corrected",
    "L’école a corrigé ce que les parents voyaient déjà. | The school has corrected what parents could see.",
    corrected_at=moment("Le moment de la correction. | When it was corrected."),
    sample={"corrected_at": "2026-01-16T15:00:00+00:00"},
)
RECORD_WITHDRAWN = _about_record(
    "record-withdrawn",
    "Les parents ne voient plus ce que l’école avait publié : elle l’a retiré, ou le publiera plus tard."
    " | Parents see no more what the school had published: it has withdrawn it, or will publish it later.",
    withdrawn_at=moment("Le moment où ils ne l’ont plus vu. | When they saw it no more."),
    sample={"withdrawn_at": "2026-01-17T13:00:00+00:00"},
)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What events are about: an entry, and the child of it where it is one student's whom somebody has claimed."""

    record_id: str
    organisation_id: str
    kind: str
    school_year: str | None
    child_id: str | None

    def told(self, type_: EventType, **data: Any) -> Event:
        """Return an event of `type_` about this record."""
        known = {"child_id": self.child_id, "school_year": self.school_year}
        return type_.about(
            key=f"record:{self.record_id}",
            subject=self.child_id or self.record_id,
            organisation_id=self.organisation_id,
            data={
                "record_id": self.record_id,
                "organisation_id": self.organisation_id,
                "kind": self.kind,
                **{name: value for name, value in known.items() if value is not None},
                **data,
            },
        )
