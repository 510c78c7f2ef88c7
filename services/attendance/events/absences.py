"""What attendance tells of what schools record: recorded, corrected, motivated or not, and what people must know of it."""

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
from services.attendance.rules import reconciliation
from shared.event_shapes import Schema, closed_object, identifier, moment, word
from shared.messages import Event, EventType, Outside

_ABSENCE: Final = identifier("L’absence inscrite par l’école. | The absence that the school recorded.")
_ABSENCE_KIND: Final = word(
    "Ce que l’école a inscrit ; « present » corrige une absence inscrite par erreur."
    " | What the school recorded; “present” corrects an absence that was recorded by mistake.",
    known=reconciliation.KINDS,
    otherwise="Considérez l’élève comme absent. | Take the student for absent.",
)
_MISSED_SINCE: Final = moment("Le début de ce qui a été manqué ce jour-là. | When what was missed that day begins.")
_MISSED_UNTIL: Final = moment("La fin de ce qui a été manqué ce jour-là. | When what was missed that day ends.")

_ABSENCE_ID: Final = "01980a72-7f80-7a1b-8c2d-3e4f5a6b7c80"


def _about_absence(
    name: str, summary: str, *, outside: dict[str, Outside], sample: dict[str, Any], **more: Schema
) -> EventType:
    return EventType(
        type=f"ca.vitrail.attendance.{name}.v1",
        topic=TOPIC,
        key_form=KEY_FORM,
        summary=summary,
        schema=closed_object(optional=["child_id"], **WHOSE, absence_id=_ABSENCE, **more),
        sample=SAMPLE | {"absence_id": _ABSENCE_ID} | sample,
        outside=OUTSIDE | {"absence_id": Outside.PSEUDONYM} | outside if outside else {},
    )


ABSENCE_RECORDED = _about_absence(
    "absence-recorded",
    "L’école a inscrit une absence. | The school has recorded an absence.",
    kind=_ABSENCE_KIND,
    missed_since=_MISSED_SINCE,
    missed_until=_MISSED_UNTIL,
    recorded_at=moment("Le moment de l’inscription. | When it was recorded."),
    sample={
        "kind": reconciliation.ABSENT,
        "missed_since": "2026-01-15T13:00:00+00:00",
        "missed_until": "2026-01-15T20:30:00+00:00",
        "recorded_at": "2026-01-15T14:30:00+00:00",
    },
    outside={
        "kind": Outside.AS_IS,
        "missed_since": Outside.AS_IS,
        "missed_until": Outside.AS_IS,
        "recorded_at": Outside.AS_IS,
    },
)
ABSENCE_CORRECTED = _about_absence(
    "absence-corrected",
    "L’école a corrigé ce qu’elle avait inscrit. | The school has corrected what it had recorded.",
    kind=_ABSENCE_KIND,
    missed_since=_MISSED_SINCE,
    missed_until=_MISSED_UNTIL,
    corrected_at=moment("Le moment de la correction. | When it was corrected."),
    sample={
        "kind": reconciliation.LATE,
        "missed_since": "2026-01-15T13:00:00+00:00",
        "missed_until": "2026-01-15T14:10:00+00:00",
        "corrected_at": "2026-01-15T15:00:00+00:00",
    },
    outside={
        "kind": Outside.AS_IS,
        "missed_since": Outside.AS_IS,
        "missed_until": Outside.AS_IS,
        "corrected_at": Outside.AS_IS,
    },
)
ABSENCE_MOTIVATED = _about_absence(
    "absence-motivated",
    "Une absence est motivée, par un avis ou par un répondant. | An absence is motivated, by a notice or by a guardian.",
    motivated_by=word(
        "Par quoi : « notice », un avis ; « guardian », un motif donné après coup."
        " | By what: “notice”, a notice; “guardian”, a reason given afterwards.",
        known=[reconciliation.BY_NOTICE, reconciliation.BY_GUARDIAN],
        otherwise="Elle est motivée, quoi qu’il en soit. | It is motivated, in whatever way.",
    ),
    motivated_at=moment("Le moment où elle l’a été. | When it was motivated."),
    sample={"motivated_by": reconciliation.BY_GUARDIAN, "motivated_at": "2026-01-15T18:00:00+00:00"},
    outside={"motivated_by": Outside.AS_IS, "motivated_at": Outside.AS_IS},
)
ABSENCE_REOPENED = _about_absence(
    "absence-reopened",
    "Une absence qui était motivée ne l’est plus : il faut la motiver. | An absence that was motivated is so no more.",
    reopened_at=moment("Le moment où elle ne l’a plus été. | When it was so no more."),
    sample={"reopened_at": "2026-01-15T19:00:00+00:00"},
    outside={"reopened_at": Outside.AS_IS},
)
MOTIVATION_SUBMITTED = _about_absence(
    "motivation-submitted",
    "Un répondant a donné le motif d’une absence. | A guardian has given the reason of an absence.",
    account_id=ACCOUNT,
    submitted_at=moment("Le moment où il l’a donné. | When it was given."),
    sample={"account_id": ACCOUNT_ID, "submitted_at": "2026-01-15T18:00:00+00:00"},
    outside={},
)
MOTIVATION_REFUSED = _about_absence(
    "motivation-refused",
    "L’école a refusé le motif donné par un répondant. | The school has refused the reason that a guardian gave.",
    refused_at=moment("Le moment du refus. | When it was refused."),
    sample={"refused_at": "2026-01-15T19:00:00+00:00"},
    outside={"refused_at": Outside.AS_IS},
)
REFUSAL_SHARED = _about_absence(
    "refusal-shared",
    "L’école a refusé le motif que le titulaire de ce compte a donné : il doit le savoir."
    " | The school has refused the reason that the holder of this account gave: they must know.",
    account_id=TOLD,
    shared_at=moment("Le moment du refus. | When it was refused."),
    sample={"account_id": ACCOUNT_ID, "shared_at": "2026-01-15T19:00:00+00:00"},
    outside={},
)
MOTIVATION_DUE = _about_absence(
    "motivation-due",
    "Personne n’a motivé une absence, et le délai de l’école s’achève : le titulaire de ce compte doit le savoir."
    " | Nobody has motivated an absence, and the school’s time for it is running out: the holder of this account must know.",
    account_id=TOLD,
    closes_at=moment("Le moment où le délai s’achève. | When the time runs out."),
    sample={"account_id": ACCOUNT_ID, "closes_at": "2026-01-16T15:40:00+00:00"},
    outside={},
)
ABSENCE_UNMOTIVATED = _about_absence(
    "absence-unmotivated",
    "Le délai de l’école est passé : l’absence est non motivée. | The school’s time has passed: the absence is unmotivated.",
    closed_at=moment("Le moment où le délai s’est achevé. | When the time ran out."),
    sample={"closed_at": "2026-01-16T15:40:00+00:00"},
    outside={"closed_at": Outside.AS_IS},
)


def absence_recorded(
    student: Student, *, absence_id: str, kind: str, missed_since: datetime, missed_until: datetime, at: datetime
) -> Event:
    """Say that the school has recorded an absence."""
    return student.told(
        ABSENCE_RECORDED,
        absence_id=absence_id,
        kind=kind,
        missed_since=missed_since,
        missed_until=missed_until,
        recorded_at=at,
    )


def absence_corrected(
    student: Student, *, absence_id: str, kind: str, missed_since: datetime, missed_until: datetime, at: datetime
) -> Event:
    """Say that the school has corrected what it had recorded."""
    return student.told(
        ABSENCE_CORRECTED,
        absence_id=absence_id,
        kind=kind,
        missed_since=missed_since,
        missed_until=missed_until,
        corrected_at=at,
    )


def absence_motivated(student: Student, *, absence_id: str, motivated_by: str, at: datetime) -> Event:
    """Say that an absence is motivated."""
    return student.told(ABSENCE_MOTIVATED, absence_id=absence_id, motivated_by=motivated_by, motivated_at=at)


def absence_reopened(student: Student, *, absence_id: str, at: datetime) -> Event:
    """Say that an absence that was motivated is so no more."""
    return student.told(ABSENCE_REOPENED, absence_id=absence_id, reopened_at=at)


def absence_unmotivated(student: Student, *, absence_id: str, at: datetime) -> Event:
    """Say that the time to motivate an absence has passed."""
    return student.told(ABSENCE_UNMOTIVATED, absence_id=absence_id, closed_at=at)


def motivation_submitted(student: Student, *, absence_id: str, account_id: str, at: datetime) -> Event:
    """Say that a guardian has given the reason of an absence, and keep the reason."""
    return student.told(MOTIVATION_SUBMITTED, absence_id=absence_id, account_id=account_id, submitted_at=at)


def motivation_refused(student: Student, *, absence_id: str, at: datetime, shared_with: Collection[str]) -> list[Event]:
    """Say that the school has refused a guardian's reason, and to the accounts that must know that it has."""
    refused = student.told(MOTIVATION_REFUSED, absence_id=absence_id, refused_at=at)
    shared = [
        student.told(REFUSAL_SHARED, absence_id=absence_id, account_id=each, shared_at=at) for each in shared_with
    ]
    return [refused, *shared]


def motivation_due(student: Student, *, absence_id: str, account_id: str, closes_at: datetime) -> Event:
    """Say to the holder of an account that an absence waits for a reason."""
    return student.told(MOTIVATION_DUE, absence_id=absence_id, account_id=account_id, closes_at=closes_at)
