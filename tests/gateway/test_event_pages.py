import json
import re
import tomllib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest

from gateway import event_pages, pages
from gateway.event_pages import DOCUMENT_FILE, EventPages
from shared.texts import LANGUAGES, half
from tests.gateway.conftest import Door

DOCUMENT: dict[str, Any] = json.loads(DOCUMENT_FILE.read_bytes())
WORDS = {
    language: tomllib.loads((pages.FOLDER / "texts" / "events" / f"{language}.toml").read_text("utf-8"))
    for language in LANGUAGES
}


class Outline(HTMLParser):
    """What a reader's tools see of a page: its text, headings, ids, links, and what has a name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.labels: set[str] = set()
        self.tags: set[str] = set()
        self.feed(html)
        self.text = re.sub(r"\s+", " ", self.text.replace("\u00a0", " "))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.tags.add(tag)
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.ids += [given["id"] or ""] if "id" in given else []
        href = given.get("href") or ""
        self.targets |= {href[1:]} if href.startswith("#") else set()
        self.labels |= {given["aria-labelledby"] or ""} if "aria-labelledby" in given else set()

    def handle_data(self, data: str) -> None:
        self.text += data


def said(language: str, text: str) -> str:
    return half(language, text).replace("\u00a0", " ")


def outline(door: Door, language: str) -> Outline:
    return Outline(door.get(f"/api/docs/events/{language}").body.decode())


@pytest.mark.parametrize(
    ("asked", "language"), [("", "fr"), ("en-CA", "en"), ("fr;q=0.5, en;q=0.4", "fr"), ("de", "fr"), ("de, en", "en")]
)
def test_the_page_of_events_speaks_the_readers_language(door: Door, asked: str, language: str) -> None:
    reply = door.get("/api/docs/events", Accept_Language=asked)

    assert (reply.headers["Content-Language"], reply.headers["Vary"]) == (language, "Accept-Language")
    assert f'<html lang="{language}">' in reply.body.decode()
    assert WORDS[language]["title"] in reply.body.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_one_language_stands_whoever_follows_it(door: Door, language: str) -> None:
    reply = door.get(f"/api/docs/events/{language}", Accept_Language="en, fr;q=0.1")

    assert reply.headers["Content-Language"] == language


@pytest.mark.parametrize("path", ["/api/docs/events/de", "/api/docs/events/FR", "/api/docs/events/fr/"])
def test_there_is_no_other_language(door: Door, path: str) -> None:
    assert door.get(path).code == "not_found"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_of_every_topic_event_and_field(door: Door, language: str) -> None:
    text = outline(door, language).text
    messages = DOCUMENT["components"]["messages"].values()
    fields = [
        (name, field)
        for schema in DOCUMENT["components"]["schemas"].values()
        for name, field in schema["properties"].items()
    ]

    missing = [channel["address"] for channel in DOCUMENT["channels"].values() if channel["address"] not in text]
    missing += [part for each in messages for part in (each["name"],) if part not in text]
    missing += [
        said(language, each["summary"])
        for each in messages
        if "x-tombstone" not in each and said(language, each["summary"]) not in text
    ]
    missing += [name for name, field in fields if f"{name} " not in text]
    missing += [name for name, field in fields if said(language, field["description"]) not in text]
    assert messages
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_each_sample_and_what_leaves(door: Door, language: str) -> None:
    text = outline(door, language).text
    samples = [message["examples"][0] for message in DOCUMENT["components"]["messages"].values()]
    values = {str(value) for sample in samples for value in sample["headers"].values()}
    told = {str(value) for sample in samples for value in (sample["payload"] or {}).values() if isinstance(value, str)}

    assert len(told) > 10
    assert [f'"{value}"' for value in told if f'"{value}"' not in text] == []
    assert [value for value in values if value not in text] == []
    assert {each for each in ("leaves_as_is", "leaves_as_pseudonym", "stays") if WORDS[language][each] in text} == {
        "leaves_as_is",
        "leaves_as_pseudonym",
        "stays",
    }


@pytest.mark.parametrize(("language", "another"), [("fr", "en"), ("en", "fr")])
def test_the_page_is_in_one_language(door: Door, language: str, another: str) -> None:
    text = outline(door, language).text
    other = [said(another, message["summary"]) for message in DOCUMENT["components"]["messages"].values()]

    assert " | " not in text
    assert [each for each in other if each in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_can_be_found_ones_way_in(door: Door, language: str) -> None:
    seen = outline(door, language)

    assert seen.levels[0] == 1
    assert [after for before, after in zip(seen.levels, seen.levels[1:], strict=False) if after > before + 1] == []
    assert len(set(seen.ids)) == len(seen.ids)
    assert (seen.targets | seen.labels) - set(seen.ids) == set()
    assert len(seen.targets) > len(DOCUMENT["components"]["messages"])
    assert {"main", "nav", "header"} <= seen.tags
    assert not seen.tags & {"script", "iframe", "form", "style"}


def test_the_page_is_not_sent_again_unless_it_changed(door: Door) -> None:
    reply = door.get("/api/docs/events/fr")
    tag = reply.headers["ETag"]

    again = door.get("/api/docs/events/fr", If_None_Match=tag)

    assert (again.status, again.body) == (304, b"")
    assert again.headers["Content-Language"] == "fr"
    assert door.get("/api/docs/events/en", If_None_Match=tag).status == 200


def test_the_document_is_public_and_may_be_kept(door: Door) -> None:
    reply = door.get("/api/v1/asyncapi.json")

    assert reply.body == DOCUMENT_FILE.read_bytes()
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    assert door.get("/api/v1/asyncapi.json", If_None_Match=reply.headers["ETag"]).status == 304


@pytest.mark.parametrize("path", ["/", "/api/docs"])
def test_the_page_is_linked_to(door: Door, path: str) -> None:
    assert 'href="/api/docs/events' in door.get(path).body.decode()


@pytest.fixture
def templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pages.FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    made.globals["asset"] = lambda name: f"/assets/{name}"
    return made


@pytest.mark.parametrize(
    "place",
    [
        ("components", "messages", "identity.account-created.v1", "summary"),
        ("components", "messages", "identity.account-created.v1", "x-producer"),
        ("components", "messages", "identity.account-created.v1", "examples", 0, "payload", "account_id"),
        ("components", "schemas", "identity.account-created.v1", "properties", "account_id", "description"),
        ("channels", "identity", "address"),
    ],
    ids=lambda place: str(place[-1]),
)
def test_nothing_of_the_document_becomes_markup(
    templates: jinja2.Environment, tmp_path: Path, place: tuple[Any, ...]
) -> None:
    document = json.loads(DOCUMENT_FILE.read_bytes())
    part = document
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = "<b onclick='x'>a_b</b>&amp;"
    file = tmp_path / "asyncapi.json"
    file.write_text(json.dumps(document))

    html, _ = EventPages(templates, file).page("fr")

    assert "<b" not in re.sub(r"<(body|br)\b", "", html)
    assert "<b onclick='x'>a_b</b>&amp;" in unescape(re.sub(r"</?code>|<wbr>", "", html))


@pytest.mark.parametrize(
    ("place", "value", "shown"),
    [
        (("messages", "identity.account-created.v1", "x-classification"), "secret", "secret"),
        (
            ("schemas", "identity.account-created.v1", "properties", "account_id", "type"),
            ["string", "null"],
            "identifiant",
        ),
        (("schemas", "identity.account-created.v1", "properties", "account_id", "type"), "thing", "thing"),
        (("schemas", "identity.account-created.v1", "properties", "account_id"), {"type": "boolean"}, "vrai ou faux"),
    ],
)
def test_what_is_declared_some_day_is_shown(
    templates: jinja2.Environment, tmp_path: Path, place: tuple[str, ...], value: Any, shown: str
) -> None:
    document = json.loads(DOCUMENT_FILE.read_bytes())
    part = document["components"]
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    file = tmp_path / "asyncapi.json"
    file.write_text(json.dumps(document))

    html, _ = EventPages(templates, file).page("fr")

    assert shown in html.partition('id="identity.account-created.v1"')[2].partition("</article>")[0]


def test_a_gateway_without_the_document_does_not_start(templates: jinja2.Environment, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        EventPages(templates, tmp_path / "asyncapi.json")


def test_both_languages_have_the_same_words_and_each_is_used() -> None:
    source = Path(event_pages.__file__).read_text("utf-8")
    template = (pages.FOLDER / "templates" / "events.html").read_text("utf-8")
    used = {name for name in WORDS["fr"] if re.search(rf"words\.{name}\b|[\"']{name}[\"']", source + template)}
    # Made from two halves: a rule and its text, a class of data.
    used |= {name for name in WORDS["fr"] if name.startswith("class_") or name.removesuffix("_text") in used}

    assert set(WORDS["fr"]) == set(WORDS["en"]) == used
    assert [text for text in WORDS["fr"].values() if re.search(r" [:;?!»]|« ", text)] == []
