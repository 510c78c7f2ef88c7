"""What things are called within the document, and how one part of it points at another."""

from typing import Any, Final

from event_catalogue.declarations import Declared

Document = dict[str, Any]

BINDING: Final = {"bindingVersion": "0.5.0"}


def domain(topic: str) -> str:
    """Return what a topic is about: `enrollment` of `vitrail.enrollment.v1`."""
    return topic.split(".")[1]


def title(declared: Declared) -> str:
    return declared.type.split(".")[3]


def outside_channel(producer: str) -> str:
    return f"{producer}-outside"


def outside_message(declared: Declared) -> str:
    return f"{declared.short_name}.outside"


def tombstone(declared: Declared) -> str:
    return f"{declared.short_name}.tombstone"


def reference(section: str, name: str) -> Document:
    return {"$ref": f"#/components/{section}/{name}"}
