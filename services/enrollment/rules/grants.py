"""What a subscriber may read, since when: of what was granted one time after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Grant:
    """The fields of each type that were granted, until the next grant takes its place."""

    fields_by_type: Mapping[str, Sequence[str]]
    started_at: datetime


def since(grants: Sequence[Grant]) -> dict[str, dict[datetime, list[str]]]:
    """Return the fields of each type of the last grant, by the moment from which each has been granted without a break.

    `grants` are in their order. What the last one does not hold is not read any more, whenever it happened; what it adds
    is not read of what happened before.
    """
    last = grants[-1]
    found: dict[str, dict[datetime, list[str]]] = {}
    for type_, fields in last.fields_by_type.items():
        starts = found.setdefault(type_, {})
        for field in fields:
            starts.setdefault(_unbroken_since(grants, type_, field), []).append(field)
    return found


def _unbroken_since(grants: Sequence[Grant], type_: str, field: str) -> datetime:
    start = grants[-1].started_at
    for grant in reversed(grants):
        if field not in grant.fields_by_type.get(type_, ()):
            break
        start = grant.started_at
    return start
