"""Keep an organisation's events in SQLite, each once and in order: python subscriber.py connection.json events.db [TYPE …]

connection.json is what you were handed; with types, only these are kept. Kafka tells each event at least once: each is
noted by its id in one transaction with its effect, the place in the log after that. Killed, it goes on where it stopped.
"""

import json
import signal
import sqlite3
import sys
import time
from pathlib import Path

from kafka import KafkaConsumer
from kafka.errors import KafkaError

TABLES = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS inbox (event_id TEXT PRIMARY KEY, heard_at TEXT DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, key, sequence INTEGER, type, time, data);
    DELETE FROM inbox WHERE heard_at < datetime('now', '-60 days');  -- the log forgets sooner
"""


def take(database, record, types):
    """Apply one event, unless it was applied before."""
    event = {name.removeprefix("ce_"): value.decode() for name, value in record.headers}
    if types and event["type"] not in types:
        return
    with database:  # one transaction: the event is noted if, and only if, its effect is there
        if database.execute("INSERT OR IGNORE INTO inbox (event_id) VALUES (?)", [event["id"]]).rowcount:
            # Your own effect goes here, in this transaction.
            row = (event["partitionkey"], int(event["sequence"]), event["type"], event["time"], record.value)
            database.execute("INSERT INTO events VALUES (NULL, ?, ?, ?, ?, CAST(? AS TEXT))", row)


def read(database, topics, types, settings):
    """Read until something fails; whoever reads next goes on from the last commit."""
    with KafkaConsumer(*topics, enable_auto_commit=False, auto_offset_reset="earliest", **settings) as consumer:
        while True:
            polled = consumer.poll(timeout_ms=1000, max_records=500)
            for record in (each for records in polled.values() for each in records):
                take(database, record, types)
            if polled:  # after all of them: a commit covers everything that was polled
                consumer.commit()


connection, database_file, *wanted = sys.argv[1:]
how = json.loads(Path(connection).read_text("utf-8"))
topics = how.pop("topics")
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
store = sqlite3.connect(database_file)
store.executescript(TABLES)
while True:
    try:
        read(store, topics, set(wanted), how)
    except KafkaError as fault:  # the log is away, or another reader of the group took over
        sys.stderr.write(f"trying again: {type(fault).__name__}\n")
        time.sleep(1)
