"""What the events of attendance have in common: their topic, whom they are about, and the fields that several of them carry."""

from typing import Any, Final

from shared.event_shapes import identifier
from shared.messages import Event, EventType, Outside

TOPIC: Final = "vitrail.attendance.v1"

KEY_FORM: Final = "register:<id>"
_REGISTER: Final = identifier(
    "L’élève, dans ce service : le même identifiant pour tout ce qui le concerne."
    " | The student, in this service: the same id for everything about them."
)
_CHILD: Final = identifier("L’enfant, s’il a été associé à un compte. | The child, where somebody has claimed it.")
_ORGANISATION: Final = identifier(
    "Le centre de services scolaire, la commission scolaire ou l’école privée. | The school board or private school."
)
ACCOUNT: Final = identifier("Le compte du répondant qui a agi. | The account of the guardian who acted.")
TOLD: Final = identifier("Le compte à prévenir. | The account to be told.")
SAMPLE: Final[dict[str, Any]] = {
    "register_id": "01980a70-1b2c-7d3e-8f40-5a6b7c8d9e01",
    "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
    "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
}
ACCOUNT_ID: Final = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa"
WHOSE: Final = {"register_id": _REGISTER, "child_id": _CHILD, "organisation_id": _ORGANISATION}
# How the student leaves to those who may know: the same pseudonym as in enrollment's events where there is a child.
OUTSIDE: Final = {"register_id": Outside.PSEUDONYM, "child_id": Outside.PSEUDONYM}


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
