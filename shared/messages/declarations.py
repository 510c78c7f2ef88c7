"""What a producer declares: its types of events, what of them may leave, and what may be said with them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Final

import fastjsonschema
import orjson

from shared import ids
from shared.messages.events import MAX_VALUE_BYTES, Event

_TYPE_FORM = re.compile(r"ca\.vitrail\.(?P<service>[a-z][a-z-]*)\.[a-z][a-z0-9-]*\.v[1-9][0-9]*")
# The JSON Schema types of a field that may leave under a pseudonym; a JSON list of types is a Python list.
_PSEUDONYMOUS: Final[tuple[Any, ...]] = ("string", ["string", "null"])


class EventRefused(Exception):
    """A producer's event does not fit its own declaration: a fault of ours, found before anything is committed.

    The text names the place and the rule, never the value.
    """


class Outside(Enum):
    """How a field may leave to an organisation's subscribers (`events.md`, Outside)."""

    AS_IS = "as_is"
    # An id that each subscriber knows by another name, so that two of them cannot join what they hold.
    PSEUDONYM = "pseudonym"


@dataclass(frozen=True, kw_only=True, eq=False)
class EventType:
    """A producer's declaration of one type of event: name, topic, JSON Schema (draft 7) and a sample.

    `summary` and the schema's descriptions are "français | English". `key_form` says what the order is kept for
    (`account:<id>/student:<id>`): a promise to readers, to which every key is held; without one, any key will do.
    `outside` says which fields of the data may leave to subscribers, and how; a field that it does not name never leaves,
    and a type without any is never exported. `is_state` is for compacted topics: the last event of a key is all there is
    to know of it, and `ended` takes it back.

    Raises ValueError when the name is not `ca.vitrail.<service>.<what-happened>.v<number>`, an object of the schema
    is left open (a closed schema is what keeps a field from leaking unnoticed), or `outside` names what the schema does
    not declare, or a pseudonym of what is no text.
    """

    type: str
    topic: str
    summary: str
    schema: Mapping[str, Any]
    sample: Mapping[str, Any]
    key_form: str = ""
    classification: str = "confidential"
    outside: Mapping[str, Outside] = field(default_factory=dict)
    is_state: bool = False

    def __post_init__(self) -> None:
        if not _TYPE_FORM.fullmatch(self.type):
            raise ValueError(f"not the name of an event type: {self.type}")
        if self.schema.get("type") != "object":
            raise ValueError(f"the data of {self.type} is not declared to be an object")
        for pointer in _open_objects(self.schema, "#"):
            raise ValueError(f"{self.type}: {pointer} does not say additionalProperties: false")
        declared = self.schema.get("properties", {})
        for name, how in self.outside.items():
            if name not in declared:
                raise ValueError(f"{self.type}: {name} may leave and is not declared")
            if how is Outside.PSEUDONYM and declared[name].get("type") not in _PSEUDONYMOUS:
                raise ValueError(f"{self.type}: {name} is no text, so it can have no pseudonym")

    @property
    def source(self) -> str:
        """Return who speaks, as a CloudEvents `source`."""
        match = _TYPE_FORM.fullmatch(self.type)
        assert match is not None
        return f"/services/{match['service']}"

    def about(
        self, *, key: str, data: Mapping[str, Any], subject: str | None = None, organisation_id: str | None = None
    ) -> Event:
        """Return a new event of this type.

        `key` names what the order is kept for (`student:<id>`, `account:<id>`). Moments and days in `data` may be
        given as such; they are kept as JSON.

        Raises:
            EventRefused: `data` or `key` does not fit the declaration, or the data is too large to be published.
        """
        return self._event(key=key, data=self.checked(data), subject=subject, organisation_id=organisation_id)

    def ended(self, *, key: str, subject: str | None = None, organisation_id: str | None = None) -> Event:
        """Return the tombstone of `key`: what this type told of it is so no more, and the log may forget it.

        Raises:
            EventRefused: the type does not tell a state, or `key` does not fit the declaration.
        """
        if not self.is_state:
            raise EventRefused(f"{self.type}: only a type that tells a state can tell its end")
        return self._event(key=key, data=None, subject=subject, organisation_id=organisation_id)

    def _event(
        self, *, key: str, data: Mapping[str, Any] | None, subject: str | None, organisation_id: str | None
    ) -> Event:
        if not self._key_pattern.fullmatch(key):
            raise EventRefused(f"{self.type}: the key is not {self.key_form}")
        return Event(
            id=ids.new(),
            type=self.type,
            source=self.source,
            topic=self.topic,
            key=key,
            data=data,
            subject=subject,
            organisation_id=organisation_id,
            classification=self.classification,
            declared_as=self,
        )

    def checked(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `data` as its readers will see it, detached from the caller's objects.

        Raises:
            EventRefused: see `about`.
        """
        try:
            value = orjson.dumps(data)
        except TypeError as fault:
            raise EventRefused(f"{self.type}: the data is not JSON") from fault
        if len(value) > MAX_VALUE_BYTES:
            raise EventRefused(f"{self.type}: the data is larger than {MAX_VALUE_BYTES} bytes")
        as_read: Mapping[str, Any] = orjson.loads(value)
        try:
            self._validate(as_read)
        except fastjsonschema.JsonSchemaValueException as fault:
            # Its message carries the value, and the traceback would show it: neither leaves this block.
            place, rule = fault.name, fault.rule
        else:
            return as_read
        raise EventRefused(f"{self.type}: {place} breaks the rule {rule}")

    @cached_property
    def _key_pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"<[a-z_]+>", "[^:/]+", re.escape(self.key_form)) or ".*")

    @cached_property
    def _validate(self) -> Callable[[Any], Any]:
        compiled: Callable[[Any], Any] = fastjsonschema.compile(dict(self.schema), use_default=False)
        return compiled


def _open_objects(schema: Any, pointer: str) -> list[str]:
    """Return the places in `schema` that describe an object without closing it."""
    if isinstance(schema, list):
        return [found for index, part in enumerate(schema) for found in _open_objects(part, f"{pointer}/{index}")]
    if not isinstance(schema, Mapping):
        return []
    describes_object = schema.get("type") == "object" or "properties" in schema
    found = [pointer] if describes_object and schema.get("additionalProperties") is not False else []
    for name, part in schema.items():
        if name not in ("enum", "const", "default", "examples"):
            found += _open_objects(part, f"{pointer}/{name}")
    return found
