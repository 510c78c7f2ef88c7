"""What a person carries from one step to the next, signed so that it cannot be made up.

A ticket proves a verified code; that it is spent once is the database's to decide. A device token tells a device that a
password was once right on; it opens nothing, it only has a counter of its own (ACC-5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer


@dataclass(frozen=True)
class Ticket:
    """The proof of one challenge: which, and what for."""

    challenge_id: str
    purpose: str


@dataclass(frozen=True)
class Device:
    """A device that has signed in to an account before."""

    device_id: str
    account_id: str


class Tickets:
    """Signs and opens tickets."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: newest last; it signs, all of them open."""
        self._serializer = URLSafeSerializer(list(keys), salt="ticket")

    def sign(self, ticket: Ticket) -> str:
        """Return the text of `ticket`."""
        return _text(self._serializer.dumps([ticket.challenge_id, ticket.purpose]))

    def open(self, text: str) -> Ticket | None:
        """Return the ticket behind `text`, or None when we did not sign it."""
        try:
            challenge_id, purpose = self._serializer.loads(text)
        except (BadData, ValueError, TypeError):
            return None
        return Ticket(challenge_id, purpose)


class DeviceTokens:
    """Signs and opens the tokens of known devices."""

    def __init__(self, keys: Sequence[str], *, lifetime: timedelta) -> None:
        """`keys`: newest last; it signs, all of them open."""
        self._serializer = URLSafeSerializer(list(keys), salt="device")
        self._lifetime = lifetime

    def sign(self, device: Device, *, at: datetime) -> str:
        """Return the token of `device`."""
        return _text(self._serializer.dumps([device.device_id, device.account_id, int(at.timestamp())]))

    def open(self, text: str | None, *, at: datetime) -> Device | None:
        """Return the device behind `text`, or None when we did not sign it or it is too old."""
        if not text:
            return None
        try:
            device_id, account_id, signed_at = self._serializer.loads(text)
            age = at.timestamp() - signed_at
        except (BadData, ValueError, TypeError):
            return None
        return Device(device_id, account_id) if age <= self._lifetime.total_seconds() else None


def _text(signed: str | bytes) -> str:
    return signed.decode() if isinstance(signed, bytes) else signed
