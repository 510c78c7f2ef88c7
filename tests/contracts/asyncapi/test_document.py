"""The AsyncAPI document before the AsyncAPI project's own parser, and its samples before the schemas that the parser reads."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from event_catalogue import documents, snapshots
from event_catalogue.declarations import gather

HERE = Path(__file__).parent
NODE = shutil.which("node")
HAS_PARSER = NODE is not None and (HERE / "node_modules" / "@asyncapi" / "parser").exists()
DECLARED = gather()

Document = dict[str, Any]

needs_parser = pytest.mark.skipif(
    not HAS_PARSER and "CI" not in os.environ,
    reason="needs Node.js and the AsyncAPI parser (npm ci --prefix tests/contracts/asyncapi, or make tools)",
)


def make() -> Document:
    """Return the document as the declarations make it now."""
    made = documents.make(DECLARED, snapshots.read(documents.FOLDER))
    document: Document = json.loads(made[documents.ASYNCAPI_FILE])
    return document


def of_an_unknown_version(document: Document) -> None:
    document["asyncapi"] = "2.9.9"


def without_info(document: Document) -> None:
    del document["info"]


def with_a_reference_to_nothing(document: Document) -> None:
    first = next(iter(document["operations"].values()))
    first["messages"] = [{"$ref": "#/channels/identity/messages/nothing"}]


def with_an_action_that_is_none(document: Document) -> None:
    next(iter(document["operations"].values()))["action"] = "shout"


def with_a_binding_that_is_none(document: Document) -> None:
    document["channels"]["identity"]["bindings"]["kafka"]["partitions"] = "twelve"


def with_a_schema_that_is_none(document: Document) -> None:
    document["components"]["schemas"]["identity.account-created.v1"]["type"] = "thing"


def with_a_word_that_nobody_knows(document: Document) -> None:
    document["channels"]["identity"]["partitions"] = 12


BREAKS: list[Callable[[Document], None]] = [
    of_an_unknown_version,
    without_info,
    with_a_reference_to_nothing,
    with_an_action_that_is_none,
    with_a_binding_that_is_none,
    with_a_schema_that_is_none,
    with_a_word_that_nobody_knows,
]


def broken(break_it: Callable[[Document], None]) -> Document:
    document = make()
    break_it(document)
    return document


@pytest.fixture(scope="module")
def found() -> list[Document]:
    """What the parser says of the document, and of each broken one; a parser starts slowly, so that it starts once."""
    assert HAS_PARSER, "npm ci --prefix tests/contracts/asyncapi"
    asked = [make(), *(broken(each) for each in BREAKS)]
    done = subprocess.run(
        [str(NODE), "validate.mjs"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=HERE,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told: list[Document] = json.loads(done.stdout)
    return told


@pytest.fixture
def messages(found: list[Document]) -> Document:
    read: Document = found[0]["messages"]
    return read


@needs_parser
def test_the_parser_has_nothing_to_say_against_the_document(found: list[Document]) -> None:
    assert found[0]["version"] == "3.1.0"
    assert found[0]["diagnostics"] == []
    assert found[0]["schemaErrors"] == []


@needs_parser
def test_the_parser_finds_every_topic_and_every_event(found: list[Document]) -> None:
    assert {name for name in DECLARED.topics.topics if DECLARED.on(name)} <= set(found[0]["channels"])
    assert {each.short_name for each in DECLARED.events} <= set(found[0]["messages"])


@needs_parser
@pytest.mark.parametrize("number", range(len(BREAKS)), ids=[each.__name__ for each in BREAKS])
def test_the_parser_refuses_a_broken_document(found: list[Document], number: int) -> None:
    told = found[1 + number]
    # 0 is an error; a warning alone would let it pass.
    assert [each["code"] for each in told["diagnostics"] if each["severity"] == 0] != []


# The parser looks at no sample of a 3.x document.
@needs_parser
def test_every_sample_of_the_document_fits_its_schemas(messages: Document) -> None:
    assert {name for name, message in messages.items() if message["examples"]} == set(messages)
    for message in messages.values():
        for example in message["examples"]:
            jsonschema.validate(example["headers"], message["headers"])
            jsonschema.validate(example["payload"], message["payload"])


@needs_parser
@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("headers", "ce_type", "ca.vitrail.identity.another.v1"),
        ("headers", "ce_specversion", "0.3"),
        ("headers", "ce_id", 7),
        ("payload", "account_id", 7),
        ("payload", "created_at", None),
    ],
)
def test_a_sample_that_does_not_fit_is_found(messages: Document, part: str, name: str, value: Any) -> None:
    message = messages["identity.account-created.v1"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(message["examples"][0][part] | {name: value}, message[part])


def test_the_packages_are_pinned_and_name_no_registry() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    packages = {name: entry for name, entry in lock.items() if name}
    assert len(packages) > 100
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []
