"""What the registry says anew of a student, and which organisations take part."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.enrollment.events import shapes
from shared.event_shapes import closed_object, moment, several, word
from shared.messages import Event, EventType, Outside

# What may have changed of a student; a reader that meets a word it does not know reads the student anew.
CHANGES: Final = (
    "added",
    "left",
    "returned",
    "names",
    "birth_date",
    "numbers",
    "school",
    "grade",
    "guardians",
)

STUDENT_CHANGED = EventType(
    type="ca.vitrail.enrollment.student-changed.v1",
    topic=shapes.TOPIC,
    key_form="student:<id>",
    summary="Le registre de l’école a du nouveau au sujet d’un élève ; chacun y lit ce dont il a besoin."
    " | The school’s registry says something new of a student; readers ask for what they need of it.",
    schema=closed_object(
        student_id=shapes.STUDENT,
        organisation_id=shapes.ORGANISATION,
        changes=several(
            "Ce qui a changé, jamais la valeur. | What kind of thing changed, never its value.",
            of=word(
                "Une sorte de changement. | One kind of change.",
                known=CHANGES,
                otherwise="Relisez l’élève en entier. | Read the student anew.",
            ),
            at_least=1,
        ),
    ),
    sample={
        "student_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "changes": ["school", "grade"],
    },
    outside={"student_id": Outside.PSEUDONYM, "changes": Outside.AS_IS},
)

ORGANISATION_SUBSCRIBED = EventType(
    type="ca.vitrail.enrollment.organisation-subscribed.v1",
    topic=shapes.TOPIC,
    key_form="organisation:<id>",
    summary="Une organisation participe désormais : ses parents peuvent y associer leurs enfants."
    " | An organisation takes part from now on: its parents may claim their children.",
    schema=closed_object(
        organisation_id=shapes.ORGANISATION,
        organisation_code=shapes.ORGANISATION_CODE,
        subscribed_at=moment("Le moment où elle commence à participer. | When it begins to take part."),
    ),
    sample={
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "organisation_code": "712000",
        "subscribed_at": "2026-01-15T14:30:00+00:00",
    },
    classification="public",
)

ORGANISATION_UNSUBSCRIBED = EventType(
    type="ca.vitrail.enrollment.organisation-unsubscribed.v1",
    topic=shapes.TOPIC,
    key_form="organisation:<id>",
    summary="Une organisation ne participe plus ; son registre et les liens de ses parents restent tels quels."
    " | An organisation takes part no more; its registry and its parents’ links stay as they are.",
    schema=closed_object(
        organisation_id=shapes.ORGANISATION,
        organisation_code=shapes.ORGANISATION_CODE,
        unsubscribed_at=moment("Le moment où elle cesse de participer. | When it ceases to take part."),
    ),
    sample={
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "organisation_code": "712000",
        "unsubscribed_at": "2026-06-30T12:00:00+00:00",
    },
    classification="public",
)


def student_changed(*, student_id: str, organisation_id: str, changes: Iterable[str]) -> Event:
    """Say what kind of thing changed of a student (`CHANGES`), never its value."""
    return STUDENT_CHANGED.about(
        key=shapes.student_key(student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={"student_id": student_id, "organisation_id": organisation_id, "changes": list(dict.fromkeys(changes))},
    )


def organisation_subscribed(*, organisation_id: str, code: str, at: datetime) -> Event:
    """Say that an organisation takes part; `code` is the ministry's."""
    return ORGANISATION_SUBSCRIBED.about(
        key=f"organisation:{organisation_id}",
        subject=organisation_id,
        organisation_id=organisation_id,
        data={"organisation_id": organisation_id, "organisation_code": code, "subscribed_at": at},
    )


def organisation_unsubscribed(*, organisation_id: str, code: str, at: datetime) -> Event:
    """Say that an organisation takes part no more; `code` is the ministry's."""
    return ORGANISATION_UNSUBSCRIBED.about(
        key=f"organisation:{organisation_id}",
        subject=organisation_id,
        organisation_id=organisation_id,
        data={"organisation_id": organisation_id, "organisation_code": code, "unsubscribed_at": at},
    )
