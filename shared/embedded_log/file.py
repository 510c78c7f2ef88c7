"""The one SQLite file of the embedded log: its tables, its connections, and where it refuses to live."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from shared.broker import BrokerUnavailable, Partition, UnsuitableBroker
from shared.topics import Catalogue

# Who waits longer than this for the write lock has met a fault, not a queue.
BUSY_TIMEOUT_S: Final = 10
# SQLite's locks and shared memory do not hold across machines: two of them would corrupt the file without a word.
NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
        "ocfs2",
        "gfs2",
    }
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "davfs", "fuse.davfs2"}
)
_MOUNTS = Path("/proc/self/mountinfo")

_TABLES = """
CREATE TABLE IF NOT EXISTS partitions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    key BLOB,
    value BLOB,
    headers BLOB NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets (
    consumer_group TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    consumer_group TEXT NOT NULL,
    member TEXT NOT NULL,
    topics TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, member)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS assignments (
    consumer_group TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (consumer_group, topic, partition)
) WITHOUT ROWID;
"""


class LogFile:
    """The file, prepared for the topics of the catalogue."""

    def __init__(self, path: str, *, catalogue: Catalogue) -> None:
        """Make the file and its tables when they are not there yet.

        Raises:
            UnsuitableBroker: the folder is on a network, or the file was made with other numbers of partitions.
            BrokerUnavailable: the file cannot be opened or written.
        """
        self.path = Path(path).absolute()
        self.catalogue = catalogue
        with telling_unavailable():
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as fault:
                raise BrokerUnavailable("the folder of the embedded log cannot be made") from fault
            refuse_network(self.path.parent)
            connection = self.connect(is_durable=True)
            try:
                self._prepare(connection)
            finally:
                connection.close()

    def connect(self, *, is_durable: bool) -> sqlite3.Connection:
        """Return a new connection in autocommit mode.

        `is_durable`: its commits outlive a power cut. Appends are (the relay forgets what was acknowledged); offsets and
        leases are not: losing one means reading again, which changes nothing.
        """
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            connection.close()
            raise UnsuitableBroker("the folder of the embedded log does not allow a write-ahead log")
        connection.execute(f"PRAGMA synchronous={'FULL' if is_durable else 'NORMAL'}")
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        with transaction(connection):
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            declared = {
                Partition(topic.name, number)
                for topic in self.catalogue.topics.values()
                for number in range(topic.partitions)
            }
            present = {Partition(*row) for row in connection.execute("SELECT topic, partition FROM partitions")}
            known_topics = {place.topic for place in present}
            # Another number would send a key elsewhere than its past.
            if changed := {place.topic for place in declared ^ present} & known_topics & self.catalogue.topics.keys():
                raise UnsuitableBroker(
                    f"the embedded log was made with another number of partitions: {sorted(changed)}"
                )
            connection.executemany(
                "INSERT INTO partitions (topic, partition) VALUES (?, ?)", sorted(declared - present)
            )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock for the block; commit at its end, roll back on any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A commit that failed (a full disk) may have ended the transaction itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def telling_unavailable() -> Iterator[None]:
    """Turn SQLite's faults into the door's own."""
    try:
        yield
    except sqlite3.Error as fault:
        raise BrokerUnavailable("the embedded log cannot be read or written") from fault


def refuse_network(folder: Path, *, mounts: Path = _MOUNTS) -> None:
    """Refuse a folder on a network file system (told by Linux alone).

    Raises:
        UnsuitableBroker: it is on one.
    """
    if folder.as_posix().startswith("//"):
        raise UnsuitableBroker("the embedded log cannot live on a network share: use a folder of this machine")
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return
    here = os.path.realpath(folder)
    best, kind = "", ""
    for line in lines:
        # `36 35 98:0 /root /mount/point options … - type source …`, with spaces in paths written \040.
        before, _, after = line.partition(" - ")
        point = before.split(" ")[4].replace("\\040", " ")
        is_above = here == point or here.startswith(point.rstrip("/") + "/")
        # Of two mounts on one point the later hides the earlier.
        if is_above and len(point) >= len(best):
            best, kind = point, after.split(" ")[0]
    if kind in NETWORK_FILE_SYSTEMS:
        raise UnsuitableBroker(
            f"the embedded log cannot live on a network file system ({kind}): use a folder of this machine, or Kafka"
        )
