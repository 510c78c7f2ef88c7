"""What a subscriber is handed: how to connect, one sample of each type as it will read it, and how to begin."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from services.enrollment.context import Context
from services.enrollment.operations.subscribers.boarding import Boarding
from shared import ids
from shared.exporting import records
from shared.exporting.exportable import Exportable
from shared.messages import Event
from shared.subscriptions import FieldsOfType, Subscription

CONNECTION: Final = "connection.json"
_AUTHORITY: Final = "authority.pem"
# Read and written by its owner alone: it holds a password.
_MODE: Final = 0o600

_README: Final = """\
# {name}

Ces fichiers vous donnent la lecture des événements de l’organisation {organisation_code}, sur {topics}. `connection.json` contient un
mot de passe : gardez-le secret. Les identifiants sont des pseudonymes qui vous sont propres ; le même enfant porte toujours le même.
Chaque événement arrive au moins une fois : le même `ce_id` deux fois est le même événement. Nommez vos groupes `{group_prefix}…`.

Pour commencer, avec `examples/subscriber/` :

    pip install "kafka-python[crc32c,lz4]"
    python subscriber.py connection.json

---

These files let you read the events of organisation {organisation_code}, on {topics}. `connection.json` holds a password: keep it
secret. Ids are pseudonyms of your own; one child always has the same. Each event comes at least once: the same `ce_id` twice is the
same event. Name your groups `{group_prefix}…`.

To begin, with `examples/subscriber/`: the two commands above.
"""


def documents(
    ctx: Context, boarding: Boarding, *, exportable: Mapping[str, Exportable], connection: Mapping[str, Any]
) -> dict[str, str]:
    """Return the files that the subscriber is handed, by name; `connection` is how a client connects."""
    facts = {"topics": list(boarding.topics), "group_id": f"{boarding.group_prefix}main", **connection}
    found: dict[str, str] = {}
    if (authority := connection.get("ssl_cafile")) is not None:
        # Where it lies here says nothing to them: they get a copy beside the other files.
        found[_AUTHORITY] = Path(authority).read_text(encoding="ascii")
        facts["ssl_cafile"] = _AUTHORITY
    found[CONNECTION] = _json(facts)
    found |= samples(ctx, boarding, exportable=exportable)
    found["README.md"] = _README.format(
        name=boarding.name,
        organisation_code=boarding.organisation_code,
        topics=", ".join(f"`{topic}`" for topic in boarding.topics),
        group_prefix=boarding.group_prefix,
    )
    return found


def samples(ctx: Context, boarding: Boarding, *, exportable: Mapping[str, Exportable]) -> dict[str, str]:
    """Return a record of each type as the subscriber will read it, by the name of its file."""
    return {
        f"sample-{type_.removeprefix('ca.vitrail.')}.json": _json(_sample(ctx, boarding, exportable[type_]))
        for type_ in boarding.fields_by_type
        # What may leave no more has no sample either.
        if type_ in exportable
    }


def write(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write the files into `folder`, readable by their owner alone; return their paths."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, text in files.items():
        path = folder / name
        # The mode before the content: nobody may have opened it in between.
        path.touch(mode=_MODE)
        path.chmod(_MODE)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _sample(ctx: Context, boarding: Boarding, exportable: Exportable) -> dict[str, Any]:
    """Return a record as the exporter would make it of the type's sample."""
    now = ctx.clock.now()
    subject = next(iter(exportable.sample.values()))
    event = Event(
        id=ids.new(),
        type=exportable.type,
        source=f"/services/{exportable.domain}",
        topic="",
        key=str(subject),
        subject=str(subject),
        data=exportable.sample,
        organisation_id="",
        occurred_at=now,
        version=1,
    )
    record = records.outside(
        event,
        subscription=Subscription(
            subscriber_id=boarding.subscriber_id,
            subscriber=boarding.name,
            organisation_id="",
            organisation_code=boarding.organisation_code,
            root_key_id=boarding.root_key_id,
            types=tuple(FieldsOfType(name, tuple(fields)) for name, fields in boarding.fields_by_type.items()),
            started_at=now,
        ),
        topic=_topic(boarding.topics, exportable.domain),
        declared=exportable.outside,
        pseudonyms=ctx.root_keys.pseudonyms(root_key_id=boarding.root_key_id, reader=boarding.subscriber_id),
    )
    assert record is not None
    assert record.key is not None
    assert record.value is not None
    return {
        "topic": record.topic,
        "key": record.key.decode(),
        "headers": {name: value.decode() for name, value in record.headers},
        "value": json.loads(record.value),
    }


def _topic(topics: Sequence[str], domain: str) -> str:
    return next(topic for topic in topics if topic.split(".")[2] == domain)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
