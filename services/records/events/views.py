"""What records tells of who looks at what: for the access journal of the child, and for nobody outside."""

from datetime import datetime
from typing import Final

from services.records.events.shapes import ACCOUNT, ACCOUNT_ID, CHILD, KIND, ORGANISATION, RECORD, SAMPLE, TOPIC
from services.records.rules import kinds, tiles
from shared.event_shapes import closed_object, moment, word
from shared.messages import Event, EventType

_TILE: Final = word(
    "La tuile consultée. | The tile that was looked at.",
    known=tiles.CODES,
    otherwise="Considérez-la comme une partie du dossier. | Take it for a part of the file.",
)
_VIEWED_AT: Final = moment("Le moment de la consultation. | When it was looked at.")

TILE_VIEWED = EventType(
    type="ca.vitrail.records.tile-viewed.v1",
    topic=TOPIC,
    key_form="child:<id>",
    summary="Un répondant a consulté une tuile d’un enfant, pour la première fois de la journée."
    " | A guardian has looked at a tile of a child, for the first time of the day.",
    schema=closed_object(
        child_id=CHILD, organisation_id=ORGANISATION, account_id=ACCOUNT, tile=_TILE, viewed_at=_VIEWED_AT
    ),
    sample={
        "child_id": SAMPLE["child_id"],
        "organisation_id": SAMPLE["organisation_id"],
        "account_id": ACCOUNT_ID,
        "tile": "results",
        "viewed_at": "2026-01-15T18:00:00+00:00",
    },
)
DOCUMENT_VIEWED = EventType(
    type="ca.vitrail.records.document-viewed.v1",
    topic=TOPIC,
    key_form="child:<id>",
    summary="Un répondant a ouvert un document d’un enfant. | A guardian has opened a document of a child’s.",
    schema=closed_object(
        child_id=CHILD,
        organisation_id=ORGANISATION,
        account_id=ACCOUNT,
        record_id=RECORD,
        kind=KIND,
        viewed_at=_VIEWED_AT,
    ),
    sample=SAMPLE | {"account_id": ACCOUNT_ID, "kind": kinds.REPORT_CARD, "viewed_at": "2026-01-15T18:00:00+00:00"},
)


def tile_viewed(*, child_id: str, organisation_id: str, account_id: str, tile: str, at: datetime) -> Event:
    """Say that the holder of an account has looked at a tile of a child."""
    return TILE_VIEWED.about(
        key=f"child:{child_id}",
        subject=child_id,
        organisation_id=organisation_id,
        data={
            "child_id": child_id,
            "organisation_id": organisation_id,
            "account_id": account_id,
            "tile": tile,
            "viewed_at": at,
        },
    )


def document_viewed(
    *, child_id: str, organisation_id: str, account_id: str, record_id: str, kind: str, at: datetime
) -> Event:
    """Say that the holder of an account has opened a document of a child's."""
    return DOCUMENT_VIEWED.about(
        key=f"child:{child_id}",
        subject=child_id,
        organisation_id=organisation_id,
        data={
            "child_id": child_id,
            "organisation_id": organisation_id,
            "account_id": account_id,
            "record_id": record_id,
            "kind": kind,
            "viewed_at": at,
        },
    )
