import sqlite3
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from shared.broker import BrokerState, BrokerUnavailable, Partition, UnsuitableBroker, open_broker
from shared.clock import SystemClock
from shared.embedded_log import EmbeddedLog
from shared.embedded_log.file import LogFile, refuse_network
from shared.embedded_log.sharing import next_steps
from shared.messages import Record
from shared.partitioning import murmur2, partition_of
from shared.topics import Catalogue, OutsideTopics, Topic, UnknownTopic
from tests.support.events import CATALOGUE, OTHER_TOPIC, TOPIC, record


@pytest.fixture
def embedded_log(tmp_path, clock):
    return EmbeddedLog(str(tmp_path / "log.db"), catalogue=CATALOGUE, clock=clock)


def offsets(path: Path) -> list[tuple[str, int]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT topic, offset FROM log ORDER BY topic, offset").fetchall()


# The vectors of Apache Kafka's own UtilsTest.
@pytest.mark.parametrize(
    ("key", "signed_hash"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_hashes_as_kafka_does(key, signed_hash):
    assert murmur2(key) == signed_hash & 0xFFFFFFFF


@given(st.binary(max_size=64))
@settings(deadline=None)
def test_partition_of_places_keys_as_kafka_python_does(key):
    kafka = pytest.importorskip("kafka.partitioner.default")
    assert murmur2(key) == kafka.murmur2(key) & 0xFFFFFFFF
    assert partition_of(key, 12) == (kafka.murmur2(key) & 0x7FFFFFFF) % 12


MEMBERS = st.lists(st.sampled_from("abcdefg"), max_size=5, unique=True)


@settings(deadline=None)
@given(changes=st.lists(MEMBERS, min_size=1, max_size=6), partitions=st.integers(1, 13), data=st.data())
def test_members_share_fairly_and_never_two_hold_one_whoever_comes_and_goes(changes, partitions, data):
    places = {topic: [Partition(topic, number) for number in range(partitions)] for topic in ("t", "u")}
    owners: dict[Partition, str] = {}
    for members in changes:
        owners = {place: member for place, member in owners.items() if member in members}
        subscribers = dict.fromkeys(places, members) if members else {}
        # Each takes its steps when it pleases; three rounds are enough whatever the order.
        for member in [each for _ in range(3) for each in data.draw(st.permutations(members))]:
            give, take = next_steps(member, subscribers=subscribers, partitions=places, owners=owners)
            assert all(owners[place] == member for place in give)
            assert not any(place in owners for place in take)
            owners = {place: owner for place, owner in owners.items() if place not in give}
            owners |= dict.fromkeys(take, member)
        for topic in places if members else ():
            counts = [sum(owners.get(place) == member for place in places[topic]) for member in members]
            assert sum(counts) == partitions
            assert max(counts) - min(counts) <= 1


def test_next_steps_moves_no_more_than_needed_when_a_member_joins():
    places = {"t": [Partition("t", number) for number in range(12)]}
    owners = {place: "ab"[place.number % 2] for place in places["t"]}
    subscribers = {"t": ["a", "b", "c"]}
    given_back = {
        member: next_steps(member, subscribers=subscribers, partitions=places, owners=owners)[0] for member in "abc"
    }
    assert [len(given_back[member]) for member in "abc"] == [2, 2, 0]


def test_appends_outlive_a_power_cut_and_offsets_need_not(tmp_path):
    file = LogFile(str(tmp_path / "log.db"), catalogue=CATALOGUE)
    durable, other = file.connect(is_durable=True), file.connect(is_durable=False)
    settings = [each.execute("PRAGMA synchronous").fetchone()[0] for each in (durable, other)]
    durable.close()
    other.close()
    assert settings == [2, 1]


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:40 / /srv/school\\040share rw shared:2 - nfs4 server:/school rw
24 22 8:2 / /srv/school\\040share/local rw - ext4 /dev/sdb1 rw
25 22 0:41 / /mnt/windows rw - cifs //server/share rw
"""


@pytest.mark.parametrize("folder", ["/srv/school share", "/srv/school share/logs", "/mnt/windows/x", "//server/share"])
def test_refuse_network_refuses_a_folder_on_a_network(tmp_path, folder):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    with pytest.raises(UnsuitableBroker, match="network"):
        refuse_network(Path(folder), mounts=mounts)


@pytest.mark.parametrize("folder", ["/srv/logs", "/srv/school share/local/logs", "/srv/school share2", "/"])
def test_refuse_network_allows_a_folder_of_this_machine(tmp_path, folder):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    refuse_network(Path(folder), mounts=mounts)


def test_open_refuses_another_number_of_partitions_than_the_log_was_made_with(tmp_path, clock, embedded_log):
    topic = Topic(name=TOPIC, partitions=13, retention=timedelta(days=1), event_types=frozenset())
    with pytest.raises(UnsuitableBroker, match=TOPIC):
        EmbeddedLog(str(tmp_path / "log.db"), catalogue=Catalogue(topics={TOPIC: topic}), clock=clock)


def test_open_adds_the_topics_that_are_new_in_the_catalogue(tmp_path, clock, embedded_log):
    new = Topic(name="vitrail.new.v1", partitions=2, retention=timedelta(days=1), event_types=frozenset())
    catalogue = Catalogue(topics={**CATALOGUE.topics, new.name: new})
    opened = EmbeddedLog(str(tmp_path / "log.db"), catalogue=catalogue, clock=clock)
    assert len(opened.lag(group="g", topics=[new.name])) == 2


def test_publish_refuses_a_topic_that_is_not_in_the_catalogue(tmp_path, clock, embedded_log):
    producer = embedded_log.producer()
    foreign = record(1, clock=clock)
    with pytest.raises(UnknownTopic):
        producer.publish([foreign, type(foreign)(topic="vitrail.nowhere.v1", key=None, value=b"{}")])
    producer.close()
    assert offsets(tmp_path / "log.db") == []


def test_open_says_that_a_file_is_no_log(tmp_path, clock):
    (tmp_path / "log.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(BrokerUnavailable):
        EmbeddedLog(str(tmp_path / "log.db"), catalogue=CATALOGUE, clock=clock)


def test_a_member_that_could_not_be_made_leaves_nothing_that_keeps_it_alive(embedded_log, monkeypatch):
    connect, made = LogFile.connect, []

    def run_out(file: LogFile, *, is_durable: bool) -> sqlite3.Connection:
        if len(made) == 3:
            raise sqlite3.OperationalError("unable to open database file")
        made.append(connect(file, is_durable=is_durable))
        return made[-1]

    embedded_log.lag(group="g", topics=[TOPIC])
    monkeypatch.setattr(LogFile, "connect", run_out)
    with pytest.raises(BrokerUnavailable):
        embedded_log.consumer(group="g", topics=[TOPIC])
    for each in made:
        each.close()
    assert [each.name for each in threading.enumerate() if each.name == "lease of g"] == []


def test_state_tells_whether_the_file_answers(tmp_path, embedded_log):
    assert embedded_log.state() is BrokerState.READY
    (tmp_path / "log.db").unlink()
    (tmp_path / "log.db").mkdir()
    assert embedded_log.state() is BrokerState.MISSING


def test_open_refuses_another_number_of_partitions_for_the_topics_of_subscribers(tmp_path, clock):
    few, many = (OutsideTopics(partitions=number, retention=timedelta(days=7)) for number in (3, 4))
    name = "org.1.example.bus.v1"
    EmbeddedLog(str(tmp_path / "log.db"), catalogue=replace(CATALOGUE, outside=few), clock=clock).make_topics([name])
    with pytest.raises(UnsuitableBroker, match=name):
        EmbeddedLog(str(tmp_path / "log.db"), catalogue=replace(CATALOGUE, outside=many), clock=clock)


STATES = Topic(
    name="vitrail.states.v1", partitions=2, retention=timedelta(days=2), event_types=frozenset(), is_compacted=True
)


@pytest.fixture
def compacted_log(tmp_path, clock):
    catalogue = Catalogue(topics={STATES.name: STATES})
    return EmbeddedLog(str(tmp_path / "log.db"), catalogue=catalogue, clock=clock)


def say(log: EmbeddedLog, *states: tuple[str, bytes | None]) -> None:
    producer = log.producer()
    producer.publish([Record(topic=STATES.name, key=key.encode(), value=value) for key, value in states])
    producer.close()


def read_all(log: EmbeddedLog) -> list[tuple[bytes | None, bytes | None]]:
    reader = log.reader(topics=[STATES.name])
    read = []
    while not reader.is_at_end():
        read += [(each.key, each.value) for each in reader.read(max_records=500, timeout=0)]
    reader.close()
    return read


@pytest.mark.requirement("EVT-5")
def test_sweep_keeps_the_newest_record_of_each_key_of_a_compacted_topic_for_ever(clock, compacted_log):
    say(compacted_log, ("a", b"1"), ("b", b"1"), ("a", b"2"), ("a", b"3"))
    assert compacted_log.sweep() == 2
    say(compacted_log, ("b", b"2"))
    clock.advance(timedelta(days=400))
    assert compacted_log.sweep() == 1
    assert compacted_log.sweep() == 0
    assert sorted(read_all(compacted_log)) == [(b"a", b"3"), (b"b", b"2")]


@pytest.mark.requirement("EVT-5")
def test_sweep_lets_a_tombstone_go_when_every_reader_has_had_time_to_see_it(clock, compacted_log):
    say(compacted_log, ("a", b"1"), ("b", b"1"), ("a", None))
    assert compacted_log.sweep() == 1
    clock.advance(timedelta(days=2))
    assert compacted_log.sweep() == 0
    assert (b"a", None) in read_all(compacted_log)
    clock.advance(timedelta(milliseconds=1))
    assert compacted_log.sweep() == 1
    assert read_all(compacted_log) == [(b"b", b"1")]
    say(compacted_log, ("a", b"2"))
    assert compacted_log.sweep() == 0
    assert sorted(read_all(compacted_log)) == [(b"a", b"2"), (b"b", b"1")]


@given(says=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([b"1", b"2", None])), max_size=30))
@settings(deadline=None)
def test_sweep_leaves_each_key_its_newest_record_at_its_offset_however_often_it_comes(tmp_path_factory, says):
    catalogue = Catalogue(topics={STATES.name: replace(STATES, partitions=1)})
    path = tmp_path_factory.mktemp("log") / "log.db"
    log = EmbeddedLog(str(path), catalogue=catalogue, clock=SystemClock())
    newest = {}
    for offset, state in enumerate(says):
        say(log, state)
        log.sweep(limit=1)
        newest[state[0].encode()] = (offset, state[1])
    while log.sweep(limit=2):
        pass
    reader = log.reader(topics=[STATES.name])
    read = {each.key: (each.offset, each.value) for each in reader.read(max_records=100, timeout=0)}
    reader.close()
    assert read == newest


def test_sweep_removes_what_was_said_without_a_key_before_the_topic_was_compacted(tmp_path, clock):
    before = Catalogue(topics={STATES.name: replace(STATES, is_compacted=False)})
    producer = EmbeddedLog(str(tmp_path / "log.db"), catalogue=before, clock=clock).producer()
    producer.publish([Record(topic=STATES.name, key=key, value=b"1") for key in (None, b"a")])
    producer.close()
    after = EmbeddedLog(str(tmp_path / "log.db"), catalogue=Catalogue(topics={STATES.name: STATES}), clock=clock)
    assert after.sweep() == 1
    assert read_all(after) == [(b"a", b"1")]


@pytest.mark.requirement("EVT-5")
def test_sweep_reaches_the_topics_of_subscribers(tmp_path, clock):
    outside = OutsideTopics(partitions=1, retention=timedelta(days=7))
    log = EmbeddedLog(str(tmp_path / "log.db"), catalogue=replace(CATALOGUE, outside=outside), clock=clock)
    log.make_topics(["org.1.example.bus.v1"])
    producer = log.producer()
    producer.publish([Record(topic="org.1.example.bus.v1", key=b"k", value=b"{}")])
    producer.close()
    clock.advance(timedelta(days=8))
    assert log.sweep() == 1


@pytest.mark.requirement("EVT-5")
def test_sweep_deletes_what_is_past_its_topics_retention(tmp_path, clock, embedded_log):
    producer = embedded_log.producer()
    other = type(record(1, clock=clock))(topic=OTHER_TOPIC, key=b"k", value=b"{}")
    producer.publish([record(number, clock=clock) for number in range(3)] + [other])
    clock.advance(timedelta(days=2))
    producer.publish([record(3, clock=clock), other])
    assert embedded_log.sweep() == 1
    clock.advance(timedelta(days=29))
    assert embedded_log.sweep(limit=2) == 3
    assert embedded_log.sweep(limit=2) == 1
    assert embedded_log.sweep(limit=2) == 0
    producer.publish([other])
    producer.close()
    assert offsets(tmp_path / "log.db") == [(TOPIC, 3), (OTHER_TOPIC, 2)]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("embedded://log.db", "needs the whole path"),
        ("embedded:///", "needs the whole path"),
        ("log.db", "starts with"),
        ("redis://localhost", "starts with"),
    ],
)
def test_open_broker_says_what_is_wrong_with_an_address(url, says):
    with pytest.raises(UnsuitableBroker, match=says):
        open_broker(url, catalogue=CATALOGUE)


def test_open_broker_takes_the_path_as_absolute(tmp_path):
    for number, slashes in enumerate(("://", ":///")):
        open_broker(f"embedded{slashes}{tmp_path}/{number}/log.db", catalogue=CATALOGUE)
        assert (tmp_path / str(number) / "log.db").exists()
