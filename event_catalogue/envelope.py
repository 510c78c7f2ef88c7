"""What stands around the data of every event: CloudEvents 1.0 in Kafka's binding, binary mode (`shared.messages`)."""

from typing import Any, Final

from event_catalogue.declarations import Declared
from shared import messages

Schema = dict[str, Any]

CORRELATION: Final = "$message.header#/ce_correlationid"


def _header(meaning: str, **rules: Any) -> Schema:
    return {"type": "string", "description": meaning, **rules}


# By name; those that every message has are listed below.
HEADERS: Final[dict[str, Schema]] = {
    "content-type": _header("Le format de la valeur. | The form of the value.", const=messages.BINARY_TYPE.decode()),
    "ce_specversion": _header("La version de CloudEvents. | The version of CloudEvents.", const="1.0"),
    "ce_id": _header(
        "L’identifiant de l’événement (UUIDv7). Le même identifiant est le même événement : il peut arriver deux fois."
        " | The id of the event (UUIDv7). The same id is the same event: it may come twice.",
        format="uuid",
    ),
    "ce_source": _header("Le service qui parle. | The service that speaks."),
    "ce_type": _header("Le type, avec sa version. | The type, with its version."),
    "ce_subject": _header("L’identifiant de ce dont il est question. | The id of what it is about."),
    "ce_time": _header("Le moment du fait (RFC 3339). | When it happened (RFC 3339).", format="date-time"),
    "ce_dataschema": _header("Le nom du schéma de la valeur. | The name of the value’s schema.", format="uri"),
    "ce_partitionkey": _header("La clé de l’enregistrement. | The record’s key."),
    "ce_sequence": _header(
        "Le rang de l’événement parmi ceux de sa clé, sans trou, complété par des zéros."
        " | The event’s rank among those of its key, without a gap, zero-padded.",
        pattern="^[0-9]{19}$",
    ),
    "ce_organisation": _header("L’organisation dont il est question. | The organisation that it concerns."),
    "ce_correlationid": _header("La demande d’où tout est parti. | The request from which everything came."),
    "ce_causationid": _header("L’événement qui a causé celui-ci. | The event that caused this one."),
    "ce_dataclassification": _header("Ce que valent les données. | How sensitive the data is."),
    "traceparent": _header("La trace (W3C Trace Context). | The trace (W3C Trace Context)."),
}
# What every message says, a tombstone too, inside and outside.
REQUIRED: Final = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_partitionkey",
    "ce_sequence",
    "ce_dataclassification",
)
_OF_DATA: Final = ("content-type", "ce_dataschema")
# What could join what two subscribers hold stays inside; and the schema describes all of the data, not a part of it.
_INSIDE_ALONE: Final = ("ce_dataschema", "ce_correlationid", "ce_causationid", "traceparent")
# Outside, these say something else.
_OUTSIDE: Final[dict[str, Schema]] = {
    "ce_id": _header(
        "L’identifiant de l’événement, propre à cet abonné. Le même identifiant est le même événement : il peut arriver"
        " deux fois. | The id of the event, for this subscriber alone. The same id is the same event: it may come twice.",
    ),
    "ce_subject": _header("Un pseudonyme de ce dont il est question. | A pseudonym of what it is about."),
    "ce_partitionkey": _header("La clé de l’enregistrement, un pseudonyme. | The record’s key, a pseudonym."),
    "ce_organisation": _header("Le code public de l’organisation. | The public code of the organisation."),
}


def inside() -> Schema:
    """Return the schema of the headers on the services' own topics."""
    return {"type": "object", "properties": HEADERS, "required": list(REQUIRED)}


def outside() -> Schema:
    """Return the schema of the headers on the topics of subscribers."""
    kept = {name: _OUTSIDE.get(name, header) for name, header in HEADERS.items() if name not in _INSIDE_ALONE}
    return {"type": "object", "properties": kept, "required": [*REQUIRED, "ce_organisation"]}


def of_type(declared: Declared, *, is_outside: bool = False, is_tombstone: bool = False) -> Schema:
    """Return what the headers of one type say in each of its messages, beside what all say."""
    event_type = declared.event_type
    told: dict[str, Schema] = {
        "ce_source": {"const": event_type.source},
        "ce_type": {"const": event_type.type},
        "ce_dataclassification": {"const": event_type.classification},
    }
    required = [*REQUIRED]
    if not is_tombstone:
        required += [name for name in _OF_DATA if not (is_outside and name in _INSIDE_ALONE)]
        if not is_outside:
            told["ce_dataschema"] = {"const": messages.schema_uri(event_type.type)}
    if is_outside:
        required.append("ce_organisation")
    return {"type": "object", "properties": told, "required": required}
