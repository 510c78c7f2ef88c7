"""Delete what nobody may read any more: by age, and from compacted topics what a newer record of its key replaces.

Offsets never change: a reader sees gaps, as on Kafka.
"""

import sqlite3
from datetime import datetime
from typing import Final

from shared.broker import Partition
from shared.embedded_log.file import LogFile, transaction

# How much of a partition one sweep looks at: it holds the write lock, which is everybody's.
SWEEP_LIMIT: Final = 10_000


def sweep(file: LogFile, connection: sqlite3.Connection, *, now: datetime, limit: int = SWEEP_LIMIT) -> int:
    """Delete at most `limit` records of each partition; return how many there were."""
    swept = 0
    for name in file.list_topics(connection):
        topic = file.catalogue.get_topic(name)
        before = int((now - topic.retention).timestamp() * 1000)
        clean = _compact if topic.is_compacted else _expire
        swept += sum(
            clean(connection, Partition(name, number), before=before, limit=limit) for number in range(topic.partitions)
        )
    return swept


def _expire(connection: sqlite3.Connection, place: Partition, *, before: int, limit: int) -> int:
    # The oldest first, and only as far as they are too old: a sweep must not read the whole log.
    return connection.execute(
        "DELETE FROM log WHERE topic = ? AND partition = ? AND offset < coalesce("
        " (SELECT min(offset) FROM (SELECT offset, time FROM log WHERE topic = ? AND partition = ?"
        " ORDER BY offset LIMIT ?) WHERE time >= ?),"
        " (SELECT min(offset) + ? FROM log WHERE topic = ? AND partition = ?))",
        (*place, *place, limit, before, limit, *place),
    ).rowcount


def _compact(connection: sqlite3.Connection, place: Partition, *, before: int, limit: int) -> int:
    """Go on from where the last sweep ended: for each record, the one that it replaces goes.

    `newest` remembers which that is, so that no sweep reads the whole log.
    """
    swept = 0
    with transaction(connection):
        row = connection.execute(
            "SELECT next_offset FROM compactions WHERE topic = ? AND partition = ?", place
        ).fetchone()
        start = row[0] if row else 0
        fresh = connection.execute(
            "SELECT offset, key, value IS NULL, time FROM log WHERE topic = ? AND partition = ? AND offset >= ?"
            " ORDER BY offset LIMIT ?",
            (*place, start, limit),
        ).fetchall()
        for offset, key, is_tombstone, time in fresh:
            start = offset + 1
            if key is None:
                # From before the topic was compacted: it stands for nothing.
                swept += connection.execute(
                    "DELETE FROM log WHERE topic = ? AND partition = ? AND offset = ?", (*place, offset)
                ).rowcount
                continue
            swept += connection.execute(
                "DELETE FROM log WHERE topic = ? AND partition = ? AND offset ="
                " (SELECT offset FROM newest WHERE topic = ? AND partition = ? AND key = ?)",
                (*place, *place, key),
            ).rowcount
            connection.execute(
                "INSERT OR REPLACE INTO newest (topic, partition, key, offset, ended_at) VALUES (?, ?, ?, ?, ?)",
                (*place, key, offset, time if is_tombstone else None),
            )
        connection.execute(
            "INSERT OR REPLACE INTO compactions (topic, partition, next_offset) VALUES (?, ?, ?)", (*place, start)
        )
        ended = connection.execute(
            "DELETE FROM newest WHERE (topic, partition, key) IN (SELECT topic, partition, key FROM newest"
            " WHERE topic = ? AND partition = ? AND ended_at < ? ORDER BY ended_at LIMIT ?) RETURNING offset",
            (*place, before, limit),
        ).fetchall()
        connection.executemany(
            "DELETE FROM log WHERE topic = ? AND partition = ? AND offset = ?", [(*place, each) for (each,) in ended]
        )
    return swept + len(ended)
