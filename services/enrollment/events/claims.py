"""What is told of claims: that more of them are wrong than usual, never whose or which."""

from datetime import datetime
from typing import Any, Final

from services.enrollment.events import shapes
from shared.event_shapes import closed_object, moment
from shared.messages import Event, EventType

_FAILURES: Final[dict[str, Any]] = {
    "type": "integer",
    "minimum": 1,
    "description": "Combien de demandes n’ont pas concordé dans les dix dernières minutes, tous comptes confondus."
    " | How many claims were wrong within the last ten minutes, over all accounts.",
}

CLAIM_FAILURES_SURGED = EventType(
    type="ca.vitrail.enrollment.claim-failures-surged.v1",
    topic=shapes.TOPIC,
    key_form="organisation:<id>",
    summary="Bien plus de demandes qu’à l’habitude ne concordent pas avec les dossiers d’une organisation : quelqu’un devine"
    " peut-être. Annoncé une fois par vague. | Far more claims than usual do not agree with an organisation’s files: somebody"
    " may be guessing. Told once in each surge.",
    schema=closed_object(
        organisation_id=shapes.ORGANISATION,
        failures=_FAILURES,
        noticed_at=moment("Le moment où on l’a remarqué. | When it was noticed."),
    ),
    sample={
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "failures": 84,
        "noticed_at": "2026-01-20T03:10:00+00:00",
    },
)


def claim_failures_surged(*, organisation_id: str, failures: int, at: datetime) -> Event:
    """Say that far more claims than usual are wrong at an organisation."""
    return CLAIM_FAILURES_SURGED.about(
        key=f"organisation:{organisation_id}",
        subject=organisation_id,
        organisation_id=organisation_id,
        data={"organisation_id": organisation_id, "failures": failures, "noticed_at": at},
    )
