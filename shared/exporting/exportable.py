"""What may leave at all (`deploy/exports.toml`): which fields of which types, of every service, with a sample.

Subscriptions are chosen from this list without asking the services. `tests/contracts` holds it to their declarations:
a new line in a producer's `outside` leaves nothing open until somebody has agreed to it here as well.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.messages import Outside

EXPORTS_FILE: Final = Path(__file__).resolve().parents[2] / "deploy" / "exports.toml"


@dataclass(frozen=True, kw_only=True)
class Exportable:
    """A type that may be subscribed; `sample` is its data before any pseudonym is made."""

    type: str
    outside: Mapping[str, Outside]
    sample: Mapping[str, Any]

    @property
    def domain(self) -> str:
        """Return the service that tells it: a part of the name of the topics where it is read."""
        return self.type.split(".")[2]


def load(file: Path = EXPORTS_FILE) -> Mapping[str, Exportable]:
    """Return what may leave, by type, in the order of the file.

    Raises:
        ValueError: a type is listed twice or without fields, or its sample has other fields.
    """
    found: dict[str, Exportable] = {}
    for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("types", []):
        outside = dict.fromkeys(entry.get("pseudonyms", []), Outside.PSEUDONYM)
        outside |= dict.fromkeys(entry.get("as_is", []), Outside.AS_IS)
        each = Exportable(type=entry["type"], outside=outside, sample=entry["sample"])
        if not outside or each.sample.keys() != outside.keys():
            raise ValueError(f"{file.name}: the sample of {each.type} does not show what may leave of it")
        if each.type in found:
            raise ValueError(f"{file.name}: {each.type} is listed twice")
        found[each.type] = each
    return found
