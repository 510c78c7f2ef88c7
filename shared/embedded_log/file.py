"""The one SQLite file of the embedded log: its tables, its connections, and where it refuses to live."""

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from shared.broker import BrokerUnavailable, UnsuitableBroker
from shared.topics import Catalogue, Topic, UnknownTopic

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
CREATE TABLE IF NOT EXISTS compactions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS newest (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    key BLOB NOT NULL,
    offset INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (topic, partition, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS newest_ended_at ON newest (topic, partition, ended_at) WHERE ended_at IS NOT NULL;
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

    def list_topics(self, connection: sqlite3.Connection) -> list[str]:
        """Return the names of the topics that have been made and that the catalogue still knows."""
        rows = connection.execute("SELECT DISTINCT topic FROM partitions ORDER BY topic").fetchall()
        return [name for (name,) in rows if self._find_topic(name) is not None]

    def require(self, topics: Collection[str]) -> None:
        """Insist that topics are declared and made.

        Raises:
            UnknownTopic: one is not.
        """
        if missing := self.missing_topics(topics):
            raise UnknownTopic(missing[0])

    def missing_topics(self, names: Collection[str]) -> list[str]:
        """Return which of the topics have not been made.

        Raises:
            UnknownTopic: one is not declared.
            UnsuitableBroker: one was made with another number of partitions.
        """
        topics = [self.catalogue.get_topic(name) for name in names]
        with self.connected() as connection:
            return self._missing(connection, topics)

    def make_topics(self, names: Collection[str]) -> list[str]:
        """Make those of the topics that are missing, and return their names; raises as `missing_topics`."""
        topics = {name: self.catalogue.get_topic(name) for name in names}
        with self.connected(is_durable=True) as connection, transaction(connection):
            missing = self._missing(connection, topics.values())
            connection.executemany(
                "INSERT INTO partitions (topic, partition) VALUES (?, ?)",
                [(name, number) for name in missing for number in range(topics[name].partitions)],
            )
        return missing

    def delete_topics(self, names: Collection[str]) -> list[str]:
        """Delete topics and what groups know of them; return the names of those that were there."""
        for name in names:
            self.catalogue.get_topic(name)
        with self.connected(is_durable=True) as connection, transaction(connection):
            present = [name for (name,) in connection.execute("SELECT DISTINCT topic FROM partitions")]
            deleted = [name for name in names if name in present]
            for table in ("partitions", "log", "offsets", "assignments", "compactions", "newest"):
                connection.executemany(
                    f"DELETE FROM {table} WHERE topic = ?",  # noqa: S608 - constants
                    [(name,) for name in deleted],
                )
        return deleted

    @contextmanager
    def connected(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Lend a connection for the block, with SQLite's faults turned into the door's own."""
        with telling_unavailable():
            connection = self.connect(is_durable=is_durable)
            try:
                yield connection
            finally:
                connection.close()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        with transaction(connection):
            for statement in _TABLES.split(";"):
                connection.execute(statement)
        # Those of subscribers too: their number of partitions is the catalogue's.
        self._missing(connection, [self.catalogue.get_topic(name) for name in self.list_topics(connection)])
        self.make_topics(self.catalogue.topics)

    def _missing(self, connection: sqlite3.Connection, topics: Collection[Topic]) -> list[str]:
        present = dict(connection.execute("SELECT topic, count(*) FROM partitions GROUP BY topic").fetchall())
        # Another number would send a key elsewhere than its past.
        if changed := [each.name for each in topics if present.get(each.name, each.partitions) != each.partitions]:
            raise UnsuitableBroker(f"the embedded log was made with another number of partitions: {sorted(changed)}")
        return [each.name for each in topics if each.name not in present]

    def _find_topic(self, name: str) -> Topic | None:
        try:
            return self.catalogue.get_topic(name)
        except UnknownTopic:
            return None


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
