"""Take records out of the file: what members of groups and readers without a group have in common."""

import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime

import orjson

from shared.broker import Delivery, Partition

# A partition gives so many bytes at a time, whatever the number of records: they are all held in memory.
_MAX_BYTES = 8_000_000


def marks(topics: Collection[str]) -> str:
    """Return a question mark for each of the topics."""
    return ", ".join("?" * len(topics))


def list_ends(connection: sqlite3.Connection, topics: Collection[str]) -> dict[Partition, int]:
    """Return the offset that each partition of the topics will give next."""
    rows = connection.execute(
        f"SELECT topic, partition, next_offset FROM partitions WHERE topic IN ({marks(topics)})",  # noqa: S608 - marks only
        tuple(topics),
    )
    return {Partition(topic, number): end for topic, number, end in rows}


def read(connection: sqlite3.Connection, place: Partition, *, start: int, limit: int) -> list[Delivery]:
    """Return at most `limit` records of a partition from an offset on, and fewer when they are large."""
    rows = connection.execute(
        "SELECT offset, key, value, headers, time FROM log WHERE topic = ? AND partition = ? AND offset >= ?"
        " ORDER BY offset LIMIT ?",
        (*place, start, limit),
    )
    deliveries = []
    size = 0
    for offset, key, value, headers, moment in rows:
        deliveries.append(
            Delivery(
                topic=place.topic,
                partition=place.number,
                offset=offset,
                key=key,
                value=value,
                headers=tuple((name, text.encode("latin-1")) for name, text in orjson.loads(headers)),
                appended_at=datetime.fromtimestamp(moment / 1000, UTC),
            )
        )
        size += len(value or b"")
        if size > _MAX_BYTES:
            break
    rows.close()
    return deliveries
