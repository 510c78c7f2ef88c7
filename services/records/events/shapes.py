"""What the events of records have in common: their topic, whom they are about, and the fields that several of them carry."""

from typing import Any, Final

from services.records.rules.kinds import KINDS
from shared.event_shapes import identifier, word
from shared.messages import Outside

TOPIC: Final = "vitrail.records.v1"

ORGANISATION: Final = identifier(
    "Le centre de services scolaire, la commission scolaire ou l’école privée. | The school board or private school."
)
CHILD: Final = identifier("L’enfant, s’il a été associé à un compte. | The child, where somebody has claimed it.")
RECORD: Final = identifier(
    "Ce que l’école a publié, dans ce service. | What the school has published, in this service."
)
ACCOUNT: Final = identifier("Le compte du répondant qui a consulté. | The account of the guardian who looked.")
KIND: Final = word(
    "Ce que c’est. | What it is.",
    known=KINDS,
    otherwise="Considérez-le comme un document de l’école. | Take it for a document of the school’s.",
)
SAMPLE: Final[dict[str, Any]] = {
    "record_id": "01980b10-3a4b-7c5d-8e6f-7a8b9c0d1e02",
    "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
    "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
}
ACCOUNT_ID: Final = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa"
# How the child leaves to those who may know: the same pseudonym as in enrollment's events.
OUTSIDE: Final = {"record_id": Outside.PSEUDONYM, "child_id": Outside.PSEUDONYM}
