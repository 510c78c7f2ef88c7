"""The catalogue made from declarations: documents, schemas, releases and the command."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from click.testing import CliRunner, Result

from event_catalogue import __main__ as command, asyncapi, declarations, documents, samples, schemas, snapshots
from event_catalogue.declarations import Declarations, Declared, UnfitDeclaration
from event_catalogue.snapshots import NothingToRelease
from shared import event_shapes, messages
from shared.messages import EventType, Outside
from shared.topics import Catalogue, OutsideTopics, Topic

TOPIC = "vitrail.example.v1"
STATES = "vitrail.states.v1"
AT = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
SAID = "Une chose. | A thing."


def make_type(**overrides: Any) -> EventType:
    given: dict[str, Any] = {
        "type": "ca.vitrail.example.thing-happened.v1",
        "topic": TOPIC,
        "key_form": "thing:<id>",
        "summary": SAID,
        "schema": event_shapes.closed_object(
            thing_id=event_shapes.identifier(SAID),
            kind=event_shapes.word(SAID, known=["new"], otherwise="Ignorez. | Ignore."),
            secret=event_shapes.text(SAID, max_length=8),
        ),
        "sample": {"thing_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701", "kind": "new", "secret": "x"},
        "outside": {"thing_id": Outside.PSEUDONYM, "kind": Outside.AS_IS},
    }
    return EventType(**given | overrides)


def make_declared(**overrides: Any) -> Declared:
    consumers, exporters = overrides.pop("consumers", ("reader",)), overrides.pop("exporters", ("example",))
    return Declared(event_type=make_type(**overrides), producer="example", consumers=consumers, exporters=exporters)


def make_state() -> Declared:
    return make_declared(
        type="ca.vitrail.example.state.v1",
        topic=STATES,
        key_form="account:<id>/thing:<id>",
        is_state=True,
        outside={},
        exporters=(),
    )


def make_declarations(*events: Declared) -> Declarations:
    held = events or (make_declared(), make_state())
    named = {TOPIC: False, STATES: True}
    topics = {
        name: Topic(
            name=name,
            partitions=12,
            retention=timedelta(days=30),
            event_types=frozenset(each.type for each in held if each.event_type.topic == name),
            is_compacted=is_compacted,
        )
        for name, is_compacted in named.items()
    }
    outside = OutsideTopics(partitions=3, retention=timedelta(days=7))
    return Declarations(topics=Catalogue(topics=topics, outside=outside), events=held)


def make_document(*events: Declared) -> dict[str, Any]:
    return asyncapi.document(make_declarations(*events), [])


# --- what is gathered


def test_gather_finds_who_says_hears_and_exports_what():
    found = {each.short_name: each for each in declarations.gather().events}
    assert found["identity.account-created.v1"].producer == "identity"
    assert found["enrollment.child-linked.v1"].consumers == ("identity",)
    assert "enrollment" in found["enrollment.child-linked.v1"].exporters
    assert found["enrollment.subscription-changed.v1"].exporters == ("attendance", "enrollment", "records")
    assert not found["enrollment.subscription-changed.v1"].is_exported


@pytest.mark.parametrize(
    ("unfit", "place"),
    [
        ({"key_form": ""}, "does not say what its key is"),
        ({"summary": "A thing."}, "its summary is not said in both languages"),
        ({"summary": "Une chose ; une autre. | A thing."}, "its summary has a plain space beside"),
        ({"summary": "Une chose. | "}, "its summary is not said in both languages"),
        (
            {"schema": event_shapes.closed_object(thing_id=event_shapes.identifier("")), "outside": {}},
            "#/properties/thing_id is not said",
        ),
        (
            {
                "schema": event_shapes.closed_object(kind={"type": "string", "enum": ["a"], "description": SAID}),
                "outside": {},
            },
            "kind/x-otherwise is not said",
        ),
        (
            {
                "schema": event_shapes.closed_object(
                    parts=event_shapes.several(SAID, of=event_shapes.closed_object(size={"type": "integer"}))
                ),
                "outside": {},
            },
            "#/properties/parts/items/properties/size is not said",
        ),
    ],
)
def test_check_refuses_what_leaves_a_reader_without_an_answer(unfit: dict[str, Any], place: str):
    declarations.check([make_declared()])
    with pytest.raises(UnfitDeclaration, match=place):
        declarations.check([make_declared(**unfit)])


def test_check_refuses_a_service_that_waits_for_what_nobody_says():
    declarations.check_heard("reader", {"a"}, said={"a", "b"})
    with pytest.raises(UnfitDeclaration, match="reader waits for c"):
        declarations.check_heard("reader", {"a", "c"}, said={"a", "b"})


# --- schemas


def test_for_readers_leaves_objects_and_lists_of_words_open():
    schema = schemas.for_readers(make_type())
    jsonschema.validate(make_type().sample | {"kind": "unheard-of", "further": [1]}, schema)
    assert schema["properties"]["kind"]["x-extensible-enum"] == ["new"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": "new", "secret": "x"}, schema)


def test_opened_takes_a_field_for_a_field_whatever_its_name():
    schema = event_shapes.closed_object(enum=event_shapes.text(SAID, max_length=8))
    assert schemas.opened(schema)["properties"]["enum"]["maxLength"] == 8


@pytest.mark.requirement("EVT-1")
def test_for_subscribers_shows_what_may_leave_and_nothing_else():
    schema = schemas.for_subscribers(make_type())
    assert set(schema["properties"]) == {"thing_id", "kind"}
    assert schema["properties"]["thing_id"]["x-pseudonym"] is True
    assert "minLength" not in schema["properties"]["thing_id"]
    assert "required" not in schema


def test_document_of_a_type_is_named_as_events_name_it():
    schema = schemas.document(make_declared())
    record = messages.encode(
        replace(make_type().about(key="thing:1", data=make_type().sample), version=1, occurred_at=AT)
    )
    assert dict(record.headers)["ce_dataschema"].decode() == schema["$id"]
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["examples"] == [make_type().sample]


# --- the document


def test_document_tells_who_says_and_who_hears():
    document = make_document()
    message = document["components"]["messages"]["example.thing-happened.v1"]
    assert (message["x-producer"], message["x-consumers"]) == ("example", ["reader"])
    operations = document["operations"]
    assert operations["example.tells.example"]["action"] == "send"
    assert operations["reader.hears.example"]["bindings"]["kafka"]["groupId"]["const"] == "reader"
    assert operations["example.exports.example"]["bindings"]["kafka"]["groupId"]["const"] == "example.export"


def test_document_tells_subscribers_what_they_may_read():
    document = make_document()
    channel = document["channels"]["example-outside"]
    assert channel["address"] == "org.{code}.example.{subscriber}.v1"
    assert set(channel["messages"]) == {"example.thing-happened.v1.outside"}
    assert set(channel["parameters"]) == {"code", "subscriber"}
    pattern = document["operations"]["subscriber.hears.example-outside"]["bindings"]["kafka"]["groupId"]["pattern"]
    assert jsonschema.Draft7Validator({"pattern": pattern}).is_valid("sub-transport.nightly")
    assert jsonschema.Draft7Validator({"pattern": channel["x-address-pattern"]}).is_valid("org.712000.example.bus.v1")


def test_document_has_no_topic_of_subscribers_when_nothing_leaves():
    assert "example-outside" not in make_document(make_declared(outside={}))["channels"]
    assert "example-outside" not in make_document(make_declared(exporters=()))["channels"]


def test_document_tells_of_tombstones_on_a_compacted_topic():
    document = make_document()
    binding = document["channels"]["states"]["bindings"]["kafka"]["topicConfiguration"]
    assert binding == {"cleanup.policy": ["compact"], "delete.retention.ms": 30 * 24 * 3600 * 1000}
    tombstone = document["components"]["messages"]["example.state.v1.tombstone"]
    assert tombstone["payload"] == {"type": "null"}
    assert tombstone["examples"][0]["payload"] is None
    assert "ce_dataschema" not in tombstone["examples"][0]["headers"]
    assert {"$ref": "#/channels/states/messages/example.state.v1.tombstone"} in document["operations"][
        "reader.hears.states"
    ]["messages"]


def test_document_gives_the_key_as_records_have_it():
    document = make_document()
    for name, message in document["components"]["messages"].items():
        key = message["bindings"]["kafka"]["key"]
        told = message["examples"][0]["headers"]["ce_partitionkey"]
        assert jsonschema.Draft7Validator(key).is_valid(told), name
    assert not jsonschema.Draft7Validator(
        document["components"]["messages"]["example.state.v1"]["bindings"]["kafka"]["key"]
    ).is_valid("thing:1")


@pytest.mark.requirement("EVT-1")
def test_a_sample_for_subscribers_names_nothing_of_ours():
    declared = make_declared()
    told = orjson.dumps(samples.outside(declared)).decode()
    assert [each for each in samples.ids_inside(declared) if each in told] == []
    inside = orjson.dumps(samples.inside(declared)).decode()
    assert [each for each in samples.ids_inside(declared) if each not in inside] == []


# --- releases


def test_release_is_read_as_it_was_taken(tmp_path: Path):
    promise = snapshots.take(make_declarations())
    snapshots.release(tmp_path, promise, on=date(2026, 1, 15))
    (read,) = snapshots.read(tmp_path)
    assert (read.number, read.released_on, read.promise) == (1, date(2026, 1, 15), promise)


def test_release_refuses_to_repeat_itself(tmp_path: Path):
    promise = snapshots.take(make_declarations())
    snapshots.release(tmp_path, promise, on=date(2026, 1, 15))
    with pytest.raises(NothingToRelease):
        snapshots.release(tmp_path, promise, on=date(2026, 1, 16))


def test_read_refuses_releases_with_a_gap(tmp_path: Path):
    promise = snapshots.take(make_declarations())
    snapshots.release(tmp_path, promise, on=date(2026, 1, 15)).rename(tmp_path / "released" / "0002.json")
    changed = deepcopy(promise) | {"outside": {}}
    with pytest.raises(ValueError, match="without a gap"):
        snapshots.release(tmp_path, changed, on=date(2026, 1, 16))


def test_log_tells_newest_first_what_became_of_a_type(tmp_path: Path):
    first, with_field, let_out = make_type(), make_type(schema=grown_schema()), make_type(schema=grown_schema())
    let_out = replace(let_out, outside=let_out.outside | {"size": Outside.AS_IS}, summary="Autre. | Other.")
    for day, event_type in enumerate((first, with_field), start=1):
        promise = snapshots.take(make_declarations(declared_as(event_type)))
        snapshots.release(tmp_path, promise, on=date(2026, 1, day))
    present = snapshots.take(make_declarations(declared_as(let_out)))

    log = snapshots.log(first.type, snapshots.read(tmp_path), present)

    assert [(entry.number, entry.released_on) for entry in log] == [
        (None, None),
        (2, date(2026, 1, 2)),
        (1, date(2026, 1, 1)),
    ]
    assert [entry.sentences for entry in log] == [
        (
            "Les abonnés peuvent désormais recevoir : size. | Subscribers may now receive: size.",
            "Explications revues. | Explanations revised.",
        ),
        ("Nouveau champ facultatif : size. | New optional field: size.",),
        ("Première publication. | First published.",),
    ]


def grown_schema() -> dict[str, Any]:
    schema = deepcopy(dict(make_type().schema))
    schema["properties"]["size"] = {"type": "integer", "description": SAID}
    return schema


def declared_as(event_type: EventType) -> Declared:
    return Declared(event_type=event_type, producer="example")


def test_document_is_of_the_last_release_until_something_changes(tmp_path: Path):
    declared = make_declarations()
    assert asyncapi.document(declared, [])["info"]["version"] == "1-unreleased"
    snapshots.release(tmp_path, snapshots.take(declared), on=date(2026, 1, 15))
    released = snapshots.read(tmp_path)
    assert asyncapi.document(declared, released)["info"]["version"] == "1"
    assert asyncapi.document(make_declarations(make_state()), released)["info"]["version"] == "2-unreleased"


# --- files and the command


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    def run_command(*words: str) -> Result:
        return CliRunner().invoke(command.commands, ["--folder", str(tmp_path), *words])

    return run_command


def test_the_committed_documents_are_those_of_the_declarations():
    made = documents.make(declarations.gather(), snapshots.read(documents.FOLDER))
    assert documents.stale(made, documents.FOLDER) == [], "make events"


def test_no_declaration_breaks_what_was_released():
    done = CliRunner().invoke(command.commands, ["check"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert snapshots.read(documents.FOLDER) != []


def test_check_fails_until_the_documents_are_written(run: Callable[..., Result]):
    refused = run("check")
    assert refused.exit_code == 1
    assert "stale: " in refused.stderr
    assert run().exit_code == 0
    assert run("check").exit_code == 0


@pytest.mark.parametrize("spoil", ["change", "delete", "add"])
def test_check_finds_each_stale_file(run: Callable[..., Result], tmp_path: Path, spoil: str):
    run()
    file = tmp_path / "schemas" / "ca.vitrail.identity.account-created.v1.json"
    spoils: dict[str, Callable[[], Any]] = {
        "change": lambda: file.write_bytes(file.read_bytes() + b" "),
        "delete": file.unlink,
        "add": lambda: file.with_name("ca.vitrail.identity.gone.v1.json").touch(),
    }
    spoils[spoil]()
    assert run("check").exit_code == 1
    assert run().exit_code == 0
    assert run("check").exit_code == 0
    assert not file.with_name("ca.vitrail.identity.gone.v1.json").exists()


def test_release_begins_what_may_only_grow(run: Callable[..., Result], tmp_path: Path):
    done = run("release")
    assert done.exit_code == 0
    assert orjson.loads((tmp_path / "asyncapi.json").read_bytes())["info"]["version"] == "1"
    again = run("release")
    assert (again.exit_code, again.stderr) == (1, "Nothing has changed since the last release.\n")


@pytest.mark.parametrize("word", ["check", "release"])
def test_a_broken_promise_is_refused_and_named(run: Callable[..., Result], tmp_path: Path, word: str):
    run("release")
    file = tmp_path / "released" / "0001.json"
    promised = orjson.loads(file.read_bytes())
    schema = promised["types"]["ca.vitrail.identity.account-created.v1"]["schema"]
    schema["properties"]["account_kind"] = {"type": "string"}
    file.write_bytes(orjson.dumps(promised))

    refused = run(word)

    assert refused.exit_code == 1
    assert "ca.vitrail.identity.account-created.v1 #/properties/account_kind: removed" in refused.stderr
    assert "publish a new version of the type beside it" in refused.stderr
    assert not (tmp_path / "released" / "0002.json").exists()
