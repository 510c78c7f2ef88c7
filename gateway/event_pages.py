"""The page of events: the AsyncAPI document of `deploy/events/`, laid out for people in French and in English.

The document does not change while a process runs, so that both pages are made once, when it starts.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import jinja2
import orjson
from markupsafe import Markup, escape

from shared import texts
from shared.texts import LANGUAGES

DOCUMENT_FILE: Final = Path(__file__).resolve().parent.parent / "deploy" / "events" / "asyncapi.json"
_WORDS: Final = Path(__file__).parent / "texts" / "events"

# A word with an underscore is a name: people write none.
_NAME: Final = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")

Part = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of an event's data; `depth` counts the lists and objects around it."""

    path: str
    kind: str
    meaning: str
    depth: int
    is_optional: bool
    known_words: tuple[str, ...] = ()
    otherwise: str = ""
    max_length: int | None = None
    leaves: str | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """One type of event on one topic, in one language."""

    anchor: str
    name: str
    type: str
    summary: str
    producer: str
    hearers: tuple[str, ...]
    key: str
    classification: str
    has_key_form: bool
    is_state: bool
    has_outside: bool
    fields: tuple[Field, ...]
    headers: Mapping[str, str]
    value: Markup
    tombstone: Mapping[str, str] | None
    changes: tuple[tuple[int | None, str | None, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One topic, in one language."""

    anchor: str
    address: str
    summary: str
    partitions: int
    kept_days: int
    is_compacted: bool
    is_outside: bool
    parameters: Mapping[str, str]
    events: tuple[Event, ...]


class EventPages:
    """The document as it is, and a page in each language."""

    def __init__(self, templates: jinja2.Environment, file: Path = DOCUMENT_FILE) -> None:
        """Read the document and lay it out; a gateway without it does not start."""
        self.document = file.read_bytes()
        self.document_tag = _tag(self.document)
        document = orjson.loads(self.document)
        templates.filters |= {"breakable": _breakable, "coded": _coded}
        self._pages: dict[str, tuple[str, str]] = {}
        for language in LANGUAGES:
            html = _render(templates, document, language)
            self._pages[language] = html, _tag(html.encode())

    def page(self, language: str) -> tuple[str, str]:
        """Return the page in a language, and its entity tag."""
        return self._pages[language]


def _render(templates: jinja2.Environment, document: Part, language: str) -> str:
    words = tomllib.loads((_WORDS / f"{language}.toml").read_text("utf-8"))
    reader = _Reader(document, language, words)
    channels = tuple(reader.channels())
    (other,) = (each for each in LANGUAGES if each != language)
    return templates.get_template("events.html").render(
        language=language,
        other_language=other,
        words=words,
        version=document["info"]["version"],
        inside=[each for each in channels if not each.is_outside],
        outside=[each for each in channels if each.is_outside],
        envelope=reader.envelope(),
    )


class _Reader:
    """Reads a document in one language."""

    def __init__(self, document: Part, language: str, words: Mapping[str, str]) -> None:
        self._document = document
        self._components = document["components"]
        self._language = language
        self._words = words

    def channels(self) -> Iterator[Channel]:
        for name, channel in self._document["channels"].items():
            binding = channel["bindings"]["kafka"]
            kept = binding["topicConfiguration"]
            is_compacted = "compact" in kept["cleanup.policy"]
            milliseconds = kept["delete.retention.ms" if is_compacted else "retention.ms"]
            yield Channel(
                anchor=name,
                address=channel["address"],
                summary=self._said(channel.get("summary", "")),
                partitions=binding["partitions"],
                kept_days=timedelta(milliseconds=milliseconds).days,
                is_compacted=is_compacted,
                is_outside=channel.get("x-outside", False),
                parameters={
                    each: self._said(parameter["description"])
                    for each, parameter in channel.get("parameters", {}).items()
                },
                events=tuple(self._events(channel)),
            )

    def envelope(self) -> list[tuple[str, str]]:
        """Return every header inside, and what it says."""
        headers = self._components["messageTraits"]["inside"]["headers"]["properties"]
        return [(name, self._said(header["description"])) for name, header in headers.items()]

    def _events(self, channel: Part) -> Iterator[Event]:
        messages = self._components["messages"]
        for name in channel["messages"]:
            message = messages[name]
            # A tombstone is told of beside the state that it ends.
            if not message.get("x-tombstone", False):
                yield self._event(name, message, tombstone=messages.get(f"{name}.tombstone"))

    def _event(self, name: str, message: Part, *, tombstone: Part | None) -> Event:
        schema = self._components["schemas"][message["payload"]["$ref"].rpartition("/")[2]]
        outside = message.get("x-outside", {})
        (example,) = message["examples"]
        exporters = [self._words["exporter"].format(name=each) for each in message.get("x-exporters", ())]
        is_for_subscribers = "x-outside" not in message
        hearers = [self._words["subscribers"]] if is_for_subscribers else [*message["x-consumers"], *exporters]
        return Event(
            anchor=name,
            name=message["title"],
            type=message["name"],
            summary=self._said(message["summary"]),
            producer=message["x-producer"],
            hearers=tuple(hearers),
            key=message.get("x-key-form") or self._said(message["bindings"]["kafka"]["key"]["description"]),
            has_key_form="x-key-form" in message,
            classification=message["x-classification"],
            is_state=message.get("x-state", False),
            has_outside=bool(outside),
            fields=tuple(self._fields(schema, outside=outside)),
            headers=example["headers"],
            value=_colored(example["payload"]),
            tombstone=tombstone["examples"][0]["headers"] if tombstone else None,
            changes=tuple(
                (entry["release"], entry["released_on"], tuple(map(self._said, entry["changes"])))
                for entry in message.get("x-changes", ())
            ),
        )

    def _fields(self, schema: Part, *, outside: Part, prefix: str = "", depth: int = 0) -> Iterator[Field]:
        required = schema.get("required", ())
        # Of a subscriber's data nothing is required: its subscription chose the fields.
        has_choice = "required" not in schema
        for name, part in schema.get("properties", {}).items():
            path = f"{prefix}{name}"
            items = part.get("items", {})
            yield Field(
                path=path,
                kind=self._kind(part),
                meaning=self._said(part.get("description", "")),
                depth=depth,
                is_optional=name not in required and not has_choice,
                known_words=tuple(part.get("x-extensible-enum", items.get("x-extensible-enum", ()))),
                otherwise=self._said(part.get("x-otherwise", items.get("x-otherwise", ""))),
                max_length=part.get("maxLength") if part.get("maxLength") != part.get("minLength") else None,
                leaves=outside.get(path),
            )
            for inner, mark in ((part, "."), (items, "[].")):
                yield from self._fields(inner, outside={}, prefix=f"{path}{mark}", depth=depth + 1)

    def _kind(self, part: Part) -> str:
        kind = part.get("type")
        if isinstance(kind, list):
            # What may be null beside: of one kind otherwise.
            return " · ".join(self._kind({**part, "type": each}) for each in kind if each != "null")
        if kind == "array":
            return f"{self._words['type_list']} · {self._kind(part.get('items', {}))}"
        if part.get("x-pseudonym"):
            return self._words["type_pseudonym"]
        if kind == "string" and part.get("minLength") == part.get("maxLength") == 36:
            return self._words["type_identifier"]
        if part.get("format") == "date-time":
            return self._words["type_moment"]
        if "x-extensible-enum" in part or "pattern" in part:
            return self._words["type_word"]
        known = {"string": "type_text", "integer": "type_integer", "number": "type_number"}
        known |= {"boolean": "type_boolean", "object": "type_object"}
        return self._words[known[kind]] if kind in known else str(kind)

    def _said(self, text: str) -> str:
        return texts.half(self._language, text)


def _colored(value: Any, indent: int = 0) -> Markup:
    """Return JSON, indented, whose names, texts and other values can be told apart by color too."""
    inner, outer = "  " * (indent + 1), "  " * indent
    if isinstance(value, dict) and value:
        lines = [
            Markup('{}<span class="name">{}</span>: {}').format(inner, _json(name), _colored(each, indent + 1))
            for name, each in value.items()
        ]
        return Markup("{{\n{}\n{}}}").format(Markup(",\n").join(lines), outer)
    if isinstance(value, list) and value:
        items = [Markup("{}{}").format(inner, _colored(each, indent + 1)) for each in value]
        return Markup("[\n{}\n{}]").format(Markup(",\n").join(items), outer)
    kind = "text" if isinstance(value, str) else "other"
    return Markup('<span class="{}">{}</span>').format(kind, _json(value))


def _breakable(name: str) -> Markup:
    """Return a dotted name that may be broken after a dot, and is copied as it is."""
    return Markup(".<wbr>").join(escape(part) for part in name.split("."))


def _coded(text: str) -> Markup:
    """Return a text in which names of fields and words (`ce_id`) look like what they are."""
    # Escaped before, and the pattern takes letters alone: nothing is opened that was not written here.
    return Markup(_NAME.sub(r"<code>\g<0></code>", str(escape(text))))  # noqa: S704


def _json(value: Any) -> Markup:
    return escape(orjson.dumps(value).decode())


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
