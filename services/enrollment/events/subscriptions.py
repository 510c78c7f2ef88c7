"""Who outside reads which events of an organisation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.enrollment.events import shapes
from shared.event_shapes import closed_object, identifier, inner_object, moment, plain_word, several, text
from shared.messages import Event, EventType

# A state, so that a service that begins to export in ten years still hears of every subscription there is.
SUBSCRIPTIONS_TOPIC: Final = "vitrail.subscriptions.v1"

_SUBSCRIBER: Final = identifier(
    "L’abonné : un système d’un autre organisme ou d’un fournisseur, qui lit ce qu’on lui a accordé."
    " | The subscriber: a system of another body or of a supplier, which reads what it was granted."
)

SUBSCRIPTION_CHANGED = EventType(
    type="ca.vitrail.enrollment.subscription-changed.v1",
    topic=SUBSCRIPTIONS_TOPIC,
    key_form="subscriber:<id>",
    summary="Un abonné lit désormais ces champs de ces types d’événements d’une organisation, et rien d’autre ; sans données, il ne"
    " lit plus rien. | A subscriber reads these fields of these types of an organisation’s events from now on, and nothing else;"
    " without data, it reads nothing any more.",
    schema=closed_object(
        subscriber_id=_SUBSCRIBER,
        subscriber=text(
            "Son nom, qui figure dans celui de ses sujets (« topics »). | Its name, a part of the names of its topics.",
            max_length=31,
        ),
        organisation_id=shapes.ORGANISATION,
        organisation_code=shapes.ORGANISATION_CODE,
        root_key_id=text(
            "Le nom de la clé dont sont dérivés ses pseudonymes, jamais la clé."
            " | The name of the key that its pseudonyms are derived from, never the key.",
            max_length=8,
        ),
        types=several(
            "Ce qu’il lit. | What it reads.",
            of=inner_object(
                optional=["started_at"],
                type=text("Un type d’événement. | A type of event.", max_length=128),
                fields=several(
                    "Les champs qu’il en reçoit. | The fields that it gets of it.", of=plain_word(), at_least=1
                ),
                started_at=moment(
                    "Le moment depuis lequel il reçoit ces champs-là, s’ils lui ont été accordés après le début ; le même"
                    " type figure alors autant de fois qu’il y a de moments."
                    " | Since when it gets these fields, where they were granted after its beginning; the same type is then"
                    " listed once for each such moment."
                ),
            ),
            at_least=1,
        ),
        started_at=moment(
            "Ce qui est arrivé avant n’est pas pour lui. | What happened before is not for this subscriber."
        ),
    ),
    sample={
        "subscriber_id": "01980a61-3c44-7b5e-9d10-7f2b8c9e0a12",
        "subscriber": "transport-scolaire",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "organisation_code": "712000",
        "root_key_id": "5f0c2a91",
        "types": [{"type": "ca.vitrail.enrollment.child-linked.v1", "fields": ["child_id", "linked_at"]}],
        "started_at": "2026-01-15T14:30:00+00:00",
    },
    is_state=True,
)


def subscription_changed(
    *,
    subscriber_id: str,
    subscriber: str,
    organisation_id: str,
    organisation_code: str,
    root_key_id: str,
    fields_by_type: Mapping[str, Mapping[datetime, Sequence[str]]],
    started_at: datetime,
) -> Event:
    """Say what a subscriber reads: of each type, which fields since when. Its purpose is free text, and stays here."""
    return SUBSCRIPTION_CHANGED.about(
        key=f"subscriber:{subscriber_id}",
        subject=subscriber_id,
        organisation_id=organisation_id,
        data={
            "subscriber_id": subscriber_id,
            "subscriber": subscriber,
            "organisation_id": organisation_id,
            "organisation_code": organisation_code,
            "root_key_id": root_key_id,
            "types": [
                {"type": name, "fields": list(fields)} | ({"started_at": since} if since > started_at else {})
                for name, by_start in fields_by_type.items()
                for since, fields in by_start.items()
            ],
            "started_at": started_at,
        },
    )


def subscription_ended(*, subscriber_id: str, organisation_id: str) -> Event:
    """Say that a subscriber reads nothing any more."""
    return SUBSCRIPTION_CHANGED.ended(
        key=f"subscriber:{subscriber_id}", subject=subscriber_id, organisation_id=organisation_id
    )
