"""What attendance tells of notices: announced, withdrawn, taken note of, told to the others, and not borne out."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from services.attendance.events.shapes import (
    ACCOUNT,
    ACCOUNT_ID,
    KEY_FORM,
    OUTSIDE,
    SAMPLE,
    TOLD,
    TOPIC,
    WHOSE,
    Student,
)
from services.attendance.rules import notices, reconciliation
from shared.event_shapes import Schema, closed_object, identifier, moment, word
from shared.messages import Event, EventType, Outside

_NOTICE: Final = identifier("L’avis. | The notice.")
_BEGINS: Final = moment(
    "Le début de ce qui est annoncé, le premier jour. | When what is announced begins, on the first day."
)
_ENDS: Final = moment("La fin de ce qui est annoncé, le dernier jour. | When what is announced ends, on the last day.")
_NOTICE_TYPE: Final = word(
    "Ce qui est annoncé : une absence, une arrivée en retard ou un départ hâtif, chacun des jours de classe."
    " | What is announced: an absence, a late arrival or an early departure, on each of the school days.",
    known=notices.TYPES,
    otherwise="Considérez l’élève comme absent de ce qui est annoncé. | Take the student for absent from what is announced.",
)
_NOTICE_ID: Final = "01980a71-4c5d-7e6f-9a01-2b3c4d5e6f70"


def _about_notice(
    name: str, summary: str, *, outside: dict[str, Outside], sample: dict[str, Any], **more: Schema
) -> EventType:
    return EventType(
        type=f"ca.vitrail.attendance.{name}.v1",
        topic=TOPIC,
        key_form=KEY_FORM,
        summary=summary,
        schema=closed_object(optional=["child_id"], **WHOSE, notice_id=_NOTICE, **more),
        sample=SAMPLE | {"notice_id": _NOTICE_ID} | sample,
        outside=OUTSIDE | {"notice_id": Outside.PSEUDONYM} | outside if outside else {},
    )


NOTICE_SUBMITTED = _about_notice(
    "notice-submitted",
    "Un répondant a avisé l’école d’une absence. | A guardian has announced an absence to the school.",
    account_id=ACCOUNT,
    notice_type=_NOTICE_TYPE,
    begins_at=_BEGINS,
    ends_at=_ENDS,
    submitted_at=moment("Le moment de l’avis. | When it was submitted."),
    sample={
        "account_id": ACCOUNT_ID,
        "notice_type": notices.FULL_DAY,
        "begins_at": "2026-01-15T13:00:00+00:00",
        "ends_at": "2026-01-15T20:30:00+00:00",
        "submitted_at": "2026-01-15T11:45:00+00:00",
    },
    outside={
        "notice_type": Outside.AS_IS,
        "begins_at": Outside.AS_IS,
        "ends_at": Outside.AS_IS,
        "submitted_at": Outside.AS_IS,
    },
)
NOTICE_WITHDRAWN = _about_notice(
    "notice-withdrawn",
    "Un répondant a retiré un avis avant qu’il commence. | A guardian has withdrawn a notice before it began.",
    account_id=ACCOUNT,
    withdrawn_at=moment("Le moment du retrait. | When it was withdrawn."),
    sample={"account_id": ACCOUNT_ID, "withdrawn_at": "2026-01-15T12:10:00+00:00"},
    outside={"withdrawn_at": Outside.AS_IS},
)
NOTICE_ACKNOWLEDGED = _about_notice(
    "notice-acknowledged",
    "L’école a pris connaissance d’un avis. | The school has taken note of a notice.",
    acknowledged_at=moment("Le moment où elle l’a dit. | When it said so."),
    sample={"acknowledged_at": "2026-01-15T13:05:00+00:00"},
    outside={"acknowledged_at": Outside.AS_IS},
)
NOTICE_SHARED = _about_notice(
    "notice-shared",
    "Un autre répondant a avisé l’école : le titulaire de ce compte doit le savoir."
    " | Another guardian has announced an absence to the school: the holder of this account must know.",
    account_id=TOLD,
    shared_at=moment("Le moment de l’avis. | When the notice was submitted."),
    sample={"account_id": ACCOUNT_ID, "shared_at": "2026-01-15T11:45:00+00:00"},
    outside={},
)
ABSENCE_CONTRADICTED = _about_notice(
    "absence-contradicted",
    "Ce que l’école a inscrit ne concorde pas avec un avis. | What the school recorded does not agree with a notice.",
    contradiction=word(
        "En quoi : « present », annoncé absent et présent ; « later_than_announced », arrivé plus tard qu’annoncé ;"
        " « earlier_than_announced », parti plus tôt. | How: “present”, announced as absent and there;"
        " “later_than_announced”, arrived later than announced; “earlier_than_announced”, left earlier.",
        known=reconciliation.CONTRADICTIONS,
        otherwise="Les deux ne concordent pas. | The two do not agree.",
    ),
    since=moment("Le début de la période en cause. | When the period in question begins."),
    found_at=moment("Le moment où cela a été constaté. | When it was found."),
    sample={
        "contradiction": reconciliation.PRESENT,
        "since": "2026-01-15T13:00:00+00:00",
        "found_at": "2026-01-15T14:30:00+00:00",
    },
    outside={"contradiction": Outside.AS_IS, "since": Outside.AS_IS, "found_at": Outside.AS_IS},
)


def notice_submitted(
    student: Student,
    *,
    notice_id: str,
    account_id: str,
    notice_type: str,
    begins_at: datetime,
    ends_at: datetime,
    at: datetime,
    shared_with: Collection[str],
) -> list[Event]:
    """Say that a guardian has announced an absence, and to each other guardian's account that one has."""
    submitted = student.told(
        NOTICE_SUBMITTED,
        notice_id=notice_id,
        account_id=account_id,
        notice_type=notice_type,
        begins_at=begins_at,
        ends_at=ends_at,
        submitted_at=at,
    )
    shared = [student.told(NOTICE_SHARED, notice_id=notice_id, account_id=each, shared_at=at) for each in shared_with]
    return [submitted, *shared]


def notice_withdrawn(student: Student, *, notice_id: str, account_id: str, at: datetime) -> Event:
    """Say that a guardian has withdrawn a notice."""
    return student.told(NOTICE_WITHDRAWN, notice_id=notice_id, account_id=account_id, withdrawn_at=at)


def notice_acknowledged(student: Student, *, notice_id: str, at: datetime) -> Event:
    """Say that the school has taken note of a notice."""
    return student.told(NOTICE_ACKNOWLEDGED, notice_id=notice_id, acknowledged_at=at)


def absence_contradicted(
    student: Student, *, notice_id: str, contradiction: str, since: datetime, at: datetime
) -> Event:
    """Say that what was recorded does not agree with a notice."""
    return student.told(
        ABSENCE_CONTRADICTED, notice_id=notice_id, contradiction=contradiction, since=since, found_at=at
    )
