"""What attendance tells the others: what guardians announce, what schools record, and what the two come to.

Everything about one student has the key `register:<id>`, so that its order holds whether or not somebody has claimed the
child; `child_id` is there once somebody has. Identifiers, moments and enumerations only: no reason and no explanation, which
are often a child's health, and no id of the school's own system.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from services.attendance.rules import notices, reconciliation
from shared.event_shapes import Schema, closed_object, identifier, moment, word
from shared.messages import Event, EventType, Outside

TOPIC: Final = "vitrail.attendance.v1"

_KEY_FORM: Final = "register:<id>"
_REGISTER: Final = identifier(
    "L’élève, dans ce service : le même identifiant pour tout ce qui le concerne."
    " | The student, in this service: the same id for everything about them."
)
_CHILD: Final = identifier("L’enfant, s’il a été associé à un compte. | The child, where somebody has claimed it.")
_ORGANISATION: Final = identifier(
    "Le centre de services scolaire, la commission scolaire ou l’école privée. | The school board or private school."
)
_NOTICE: Final = identifier("L’avis. | The notice.")
_ABSENCE: Final = identifier("L’absence inscrite par l’école. | The absence that the school recorded.")
_ACCOUNT: Final = identifier("Le compte du répondant qui a agi. | The account of the guardian who acted.")
_TOLD: Final = identifier("Le compte à prévenir. | The account to be told.")
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
_ABSENCE_KIND: Final = word(
    "Ce que l’école a inscrit ; « present » corrige une absence inscrite par erreur."
    " | What the school recorded; “present” corrects an absence that was recorded by mistake.",
    known=reconciliation.KINDS,
    otherwise="Considérez l’élève comme absent. | Take the student for absent.",
)
_MISSED_SINCE: Final = moment("Le début de ce qui a été manqué ce jour-là. | When what was missed that day begins.")
_MISSED_UNTIL: Final = moment("La fin de ce qui a été manqué ce jour-là. | When what was missed that day ends.")

_SAMPLE: Final[dict[str, Any]] = {
    "register_id": "01980a70-1b2c-7d3e-8f40-5a6b7c8d9e01",
    "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
    "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
}
_NOTICE_ID: Final = "01980a71-4c5d-7e6f-9a01-2b3c4d5e6f70"
_ABSENCE_ID: Final = "01980a72-7f80-7a1b-8c2d-3e4f5a6b7c80"
_ACCOUNT_ID: Final = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa"
_WHOSE: Final = {"register_id": _REGISTER, "child_id": _CHILD, "organisation_id": _ORGANISATION}
# How the student leaves to those who may know: the same pseudonym as in enrollment's events where there is a child.
_OUTSIDE: Final = {"register_id": Outside.PSEUDONYM, "child_id": Outside.PSEUDONYM}


def _about_notice(
    name: str, summary: str, *, outside: dict[str, Outside], sample: dict[str, Any], **more: Schema
) -> EventType:
    return EventType(
        type=f"ca.vitrail.attendance.{name}.v1",
        topic=TOPIC,
        key_form=_KEY_FORM,
        summary=summary,
        schema=closed_object(optional=["child_id"], **_WHOSE, notice_id=_NOTICE, **more),
        sample=_SAMPLE | {"notice_id": _NOTICE_ID} | sample,
        outside=_OUTSIDE | {"notice_id": Outside.PSEUDONYM} | outside if outside else {},
    )


def _about_absence(
    name: str, summary: str, *, outside: dict[str, Outside], sample: dict[str, Any], **more: Schema
) -> EventType:
    return EventType(
        type=f"ca.vitrail.attendance.{name}.v1",
        topic=TOPIC,
        key_form=_KEY_FORM,
        summary=summary,
        schema=closed_object(optional=["child_id"], **_WHOSE, absence_id=_ABSENCE, **more),
        sample=_SAMPLE | {"absence_id": _ABSENCE_ID} | sample,
        outside=_OUTSIDE | {"absence_id": Outside.PSEUDONYM} | outside if outside else {},
    )


NOTICE_SUBMITTED = _about_notice(
    "notice-submitted",
    "Un répondant a avisé l’école d’une absence. | A guardian has announced an absence to the school.",
    account_id=_ACCOUNT,
    notice_type=_NOTICE_TYPE,
    begins_at=_BEGINS,
    ends_at=_ENDS,
    submitted_at=moment("Le moment de l’avis. | When it was submitted."),
    sample={
        "account_id": _ACCOUNT_ID,
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
    account_id=_ACCOUNT,
    withdrawn_at=moment("Le moment du retrait. | When it was withdrawn."),
    sample={"account_id": _ACCOUNT_ID, "withdrawn_at": "2026-01-15T12:10:00+00:00"},
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
    account_id=_TOLD,
    shared_at=moment("Le moment de l’avis. | When the notice was submitted."),
    sample={"account_id": _ACCOUNT_ID, "shared_at": "2026-01-15T11:45:00+00:00"},
    outside={},
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
    account_id=_ACCOUNT,
    submitted_at=moment("Le moment où il l’a donné. | When it was given."),
    sample={"account_id": _ACCOUNT_ID, "submitted_at": "2026-01-15T18:00:00+00:00"},
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
    account_id=_TOLD,
    shared_at=moment("Le moment du refus. | When it was refused."),
    sample={"account_id": _ACCOUNT_ID, "shared_at": "2026-01-15T19:00:00+00:00"},
    outside={},
)
MOTIVATION_DUE = _about_absence(
    "motivation-due",
    "Personne n’a motivé une absence, et le délai de l’école s’achève : le titulaire de ce compte doit le savoir."
    " | Nobody has motivated an absence, and the school’s time for it is running out: the holder of this account must know.",
    account_id=_TOLD,
    closes_at=moment("Le moment où le délai s’achève. | When the time runs out."),
    sample={"account_id": _ACCOUNT_ID, "closes_at": "2026-01-16T15:40:00+00:00"},
    outside={},
)
ABSENCE_UNMOTIVATED = _about_absence(
    "absence-unmotivated",
    "Le délai de l’école est passé : l’absence est non motivée. | The school’s time has passed: the absence is unmotivated.",
    closed_at=moment("Le moment où le délai s’est achevé. | When the time ran out."),
    sample={"closed_at": "2026-01-16T15:40:00+00:00"},
    outside={"closed_at": Outside.AS_IS},
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

TYPES: Final = (
    NOTICE_SUBMITTED,
    NOTICE_WITHDRAWN,
    NOTICE_ACKNOWLEDGED,
    NOTICE_SHARED,
    ABSENCE_RECORDED,
    ABSENCE_CORRECTED,
    ABSENCE_MOTIVATED,
    ABSENCE_REOPENED,
    ABSENCE_UNMOTIVATED,
    ABSENCE_CONTRADICTED,
    MOTIVATION_SUBMITTED,
    MOTIVATION_REFUSED,
    REFUSAL_SHARED,
    MOTIVATION_DUE,
)


class Student:
    """Whom events are about: their register, their organisation, and the child where somebody has claimed it."""

    def __init__(self, *, register_id: str, organisation_id: str, child_id: str | None) -> None:
        self.register_id = register_id
        self.organisation_id = organisation_id
        self.child_id = child_id

    def told(self, type_: EventType, **data: Any) -> Event:
        """Return an event of `type_` about this student."""
        whose = {"register_id": self.register_id, "organisation_id": self.organisation_id}
        if self.child_id is not None:
            whose["child_id"] = self.child_id
        return type_.about(
            key=f"register:{self.register_id}",
            subject=self.child_id or self.register_id,
            organisation_id=self.organisation_id,
            data=whose | data,
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


def absence_contradicted(
    student: Student, *, notice_id: str, contradiction: str, since: datetime, at: datetime
) -> Event:
    """Say that what was recorded does not agree with a notice."""
    return student.told(
        ABSENCE_CONTRADICTED, notice_id=notice_id, contradiction=contradiction, since=since, found_at=at
    )


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
