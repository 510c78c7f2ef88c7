"""Who is in a group and who reads which partition, kept in the file under leases that the living renew."""

import sqlite3
import threading
from collections.abc import Collection
from datetime import timedelta
from typing import Final

import orjson

from shared import logs
from shared.broker import Partition
from shared.clock import Clock
from shared.embedded_log import sharing
from shared.embedded_log.file import LogFile, transaction
from shared.embedded_log.producer import to_milliseconds

log = logs.get(__name__)

# A killed member's partitions stand still for at most this long (goal: 3 s), and a machine may be this busy before a
# living member is taken for dead; being taken for dead costs only reading some records again.
LEASE: Final = timedelta(seconds=2)
_RENEWAL_S: Final = 0.5


class Membership:
    """One member's seat in its group."""

    def __init__(self, file: LogFile, *, group: str, member: str, topics: Collection[str], clock: Clock) -> None:
        self.group = group
        self.member = member
        self._topics = sorted(topics)
        self._clock = clock
        self._partitions = {
            topic: [Partition(topic, number) for number in range(file.catalogue.get_topic(topic).partitions)]
            for topic in self._topics
        }
        # Leases and offsets need not outlive a power cut.
        self._connection = file.connect(is_durable=False)
        self._renewing = file.connect(is_durable=False)
        self._left = threading.Event()
        self._renewer = threading.Thread(target=self._renew, name=f"lease of {group}", daemon=True)
        with transaction(self._connection):
            self._sit_down()
        self._renewer.start()

    def settle(self, held: Collection[Partition]) -> tuple[set[Partition], set[Partition], bool]:
        """Take one step towards the fair parts; return the partitions gained, those lost, and whether all is fair.

        `held` is what this member believes to hold. A lease that ran out lost all of it, even what is gained again.
        """
        if self._is_settled(held):
            return set(), set(), True
        with transaction(self._connection):
            was_alive = self._renew_lease(self._connection)
            if not was_alive:
                self._sit_down()
            self._bury_the_dead()
            subscribers, owners = self._state()
            lost = {place for place in held if not was_alive or owners.get(place) != self.member}
            give, take = sharing.next_steps(
                self.member, subscribers=subscribers, partitions=self._partitions, owners=owners
            )
            self._connection.executemany(
                "DELETE FROM assignments WHERE consumer_group = ? AND topic = ? AND partition = ?",
                [(self.group, *place) for place in give],
            )
            self._connection.executemany(
                "INSERT INTO assignments (consumer_group, topic, partition, member) VALUES (?, ?, ?, ?)",
                [(self.group, *place, self.member) for place in take],
            )
            mine = {place for place, owner in owners.items() if owner == self.member} - give | take
        return mine - (set(held) - lost), lost | give, not give and not take

    def owned_of(self, places: Collection[Partition]) -> set[Partition]:
        """Return those of `places` that are this member's, inside the caller's transaction."""
        rows = self._connection.execute(
            "SELECT topic, partition FROM assignments WHERE consumer_group = ? AND member = ?",
            (self.group, self.member),
        )
        return {Partition(*row) for row in rows} & set(places)

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the connection of the member's own thread."""
        return self._connection

    def leave(self) -> None:
        """Give everything back at once."""
        self._left.set()
        self._renewer.join()
        try:
            with transaction(self._connection):
                for table in ("assignments", "members"):
                    self._connection.execute(
                        f"DELETE FROM {table} WHERE consumer_group = ? AND member = ?",  # noqa: S608 - two constants
                        (self.group, self.member),
                    )
        except sqlite3.Error:
            # The lease will run out by itself.
            log.warning("embedded_log_group_not_left", group=self.group, exc_info=True)
        finally:
            self._connection.close()
            self._renewing.close()

    def _is_settled(self, held: Collection[Partition]) -> bool:
        """Tell by reading alone whether a step is needed: the write lock is everybody's."""
        now = to_milliseconds(self._clock)
        members = self._connection.execute(
            "SELECT member, topics, expires_at FROM members WHERE consumer_group = ?", (self.group,)
        ).fetchall()
        alive = {member for member, _, expires_at in members if expires_at > now}
        if self.member not in alive or len(alive) < len(members):
            return False
        subscribers, owners = self._state()
        mine = {place for place, owner in owners.items() if owner == self.member}
        give, take = sharing.next_steps(
            self.member, subscribers=subscribers, partitions=self._partitions, owners=owners
        )
        # Whoever holds less than its part waits for the others to give: not settled, and worth another look soon.
        has_all = all(
            len(mine & set(places)) == sharing.fair_parts(subscribers[topic], places, owners)[self.member]
            for topic, places in self._partitions.items()
        )
        return mine == set(held) and not give and not take and has_all

    def _state(self) -> tuple[dict[str, list[str]], dict[Partition, str]]:
        subscribers: dict[str, list[str]] = {}
        for member, topics in self._connection.execute(
            "SELECT member, topics FROM members WHERE consumer_group = ?", (self.group,)
        ):
            for topic in orjson.loads(topics):
                subscribers.setdefault(topic, []).append(member)
        owners = {
            Partition(topic, number): member
            for topic, number, member in self._connection.execute(
                "SELECT topic, partition, member FROM assignments WHERE consumer_group = ?", (self.group,)
            )
        }
        return subscribers, owners

    def _sit_down(self) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO members (consumer_group, member, topics, expires_at) VALUES (?, ?, ?, ?)",
            (self.group, self.member, orjson.dumps(self._topics).decode(), self._lease_end()),
        )

    def _renew_lease(self, connection: sqlite3.Connection) -> bool:
        renewed = connection.execute(
            "UPDATE members SET expires_at = ? WHERE consumer_group = ? AND member = ?",
            (self._lease_end(), self.group, self.member),
        )
        return renewed.rowcount == 1

    def _bury_the_dead(self) -> None:
        dead = self._connection.execute(
            "DELETE FROM members WHERE consumer_group = ? AND expires_at <= ? RETURNING member",
            (self.group, to_milliseconds(self._clock)),
        ).fetchall()
        self._connection.executemany(
            "DELETE FROM assignments WHERE consumer_group = ? AND member = ?",
            [(self.group, member) for (member,) in dead],
        )

    def _lease_end(self) -> int:
        return to_milliseconds(self._clock) + int(LEASE.total_seconds() * 1000)

    def _renew(self) -> None:
        """Keep the lease while the member lives, however long a handler takes."""
        while not self._left.wait(_RENEWAL_S):
            try:
                self._renew_lease(self._renewing)
            except sqlite3.Error:
                log.warning("embedded_log_lease_not_renewed", group=self.group, exc_info=True)
