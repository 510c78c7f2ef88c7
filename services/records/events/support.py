"""What records tells of what parents ask of their school; who asks, and what, stays between them and the school."""

from datetime import datetime
from typing import Final

from services.records.events.shapes import ORGANISATION, SAMPLE, TOPIC
from shared.event_shapes import closed_object, identifier, moment
from shared.messages import Event, EventType

_REQUEST: Final = identifier("La demande, dans ce service. | The request, in this service.")

SUPPORT_REQUESTED = EventType(
    type="ca.vitrail.records.support-requested.v1",
    topic=TOPIC,
    key_form="support-request:<id>",
    summary="Un parent demande de l’aide à son école. | A parent asks the school for help.",
    schema=closed_object(
        support_request_id=_REQUEST,
        organisation_id=ORGANISATION,
        submitted_at=moment("Le moment de la demande. | When it was asked."),
    ),
    sample={
        "support_request_id": "01980b20-5c6d-7e8f-9a0b-1c2d3e4f5a06",
        "organisation_id": SAMPLE["organisation_id"],
        "submitted_at": "2026-01-15T18:00:00+00:00",
    },
)


def support_requested(*, support_request_id: str, organisation_id: str, at: datetime) -> Event:
    """Say that a parent asks the school for help."""
    return SUPPORT_REQUESTED.about(
        key=f"support-request:{support_request_id}",
        subject=support_request_id,
        organisation_id=organisation_id,
        data={
            "support_request_id": support_request_id,
            "organisation_id": organisation_id,
            "submitted_at": at,
        },
    )
