"""The systems of organisations as the gateway knows them (architecture.md, Trust)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway import holders


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolClient:
    """What identity vouches for."""

    client_id: str
    organisation_code: str
    scopes: tuple[str, ...]
    expires_at: datetime

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "SchoolClient":
        """Return the client that an introspection answered with."""
        return cls(
            client_id=document["client_id"],
            organisation_code=document["organisation_code"],
            scopes=tuple(document["scopes"]),
            expires_at=holders.moment(document["expires_at"]),
        )

    @property
    def names(self) -> frozenset[str]:
        """What it is ended by."""
        return frozenset({f"client:{self.client_id}".lower()})
