from datetime import timedelta

import pytest

from shared import topics
from shared.topics import Replication, UnknownTopic

ONE = '[[topics]]\nname = "vitrail.a.v1"\npartitions = 12\nretention_days = 30\nevents = ["ca.vitrail.a.b.v1"]\n'


def test_load_reads_the_catalogue_of_this_release():
    catalogue = topics.load()
    enrollment = catalogue.get_topic("vitrail.enrollment.v1")
    assert (enrollment.partitions, enrollment.retention) == (12, timedelta(days=30))
    assert "ca.vitrail.enrollment.child-linked.v1" in catalogue.event_types(["vitrail.enrollment.v1"])


@pytest.mark.requirement("EVT-5")
def test_load_finds_no_topic_kept_longer_than_the_rule_allows():
    assert max(topic.retention for topic in topics.load().topics.values()) <= timedelta(days=30)


@pytest.mark.parametrize(
    "text",
    [
        ONE + ONE,
        ONE + ONE.replace("vitrail.a.v1", "vitrail.b.v1", 1),
        ONE.replace("12", "0"),
        ONE.replace("30", "0"),
        ONE.replace("vitrail.a.v1", "org.712000.enrollment.readers.v1"),
        f"[outside]\npartitions = 0\nretention_days = 7\n{ONE}",
        f"[kafka]\nreplication = 1\nmin_insync = 2\n{ONE}",
        f"[kafka]\nmin_insync = 0\n{ONE}",
    ],
)
def test_load_refuses_a_catalogue_that_contradicts_itself(tmp_path, text):
    file = tmp_path / "topics.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"topics\.toml"):
        topics.load(file)


def test_load_reads_what_is_compacted_and_how_a_cluster_keeps_it(tmp_path):
    file = tmp_path / "topics.toml"
    file.write_text(f"[kafka]\nreplication = 5\nmin_insync = 3\n{ONE}compacted = true\n")
    catalogue = topics.load(file)
    assert catalogue.get_topic("vitrail.a.v1").is_compacted
    assert catalogue.replication == Replication(factor=5, min_insync=3)
    assert not topics.load().get_topic("vitrail.enrollment.v1").is_compacted


def test_get_topic_knows_a_subscribers_topic_by_its_form():
    catalogue = topics.load()
    name = topics.outside_name(code="712000", domain="enrollment", subscriber="bus-lines")
    topic = catalogue.get_topic(name)
    assert name == "org.712000.enrollment.bus-lines.v1"
    assert (topic.name, topic.partitions, topic.retention) == (name, 3, timedelta(days=7))
    assert topic.event_types == catalogue.get_topic("vitrail.enrollment.v1").event_types


@pytest.mark.parametrize(
    "name",
    [
        "vitrail.nowhere.v1",
        "org.712000.nowhere.bus-lines.v1",
        "org.712000.enrollment.v1",
        "org.712000.enrollment.bus.lines.v1",
        "org.712000.enrollment.bus-lines.v2",
        "org.712000.enrollment.Bus.v1",
        "org.٧.enrollment.bus-lines.v1",
        "org.712000.enrollment.bus-lines.v1\n",
        f"org.712000.enrollment.{'b' * 65}.v1",
    ],
)
def test_get_topic_refuses_an_undeclared_name(name):
    with pytest.raises(UnknownTopic):
        topics.load().get_topic(name)


def test_get_topic_knows_no_subscribers_topic_when_the_catalogue_says_nothing_of_them(tmp_path):
    file = tmp_path / "topics.toml"
    file.write_text(ONE)
    with pytest.raises(UnknownTopic):
        topics.load(file).get_topic("org.712000.a.bus-lines.v1")


@pytest.mark.parametrize("part", ["", "-bus", "bus-", "bus.lines", "Bus", "bus_lines", "b" * 65])
def test_outside_name_refuses_a_part_that_would_not_stand_alone(part):
    with pytest.raises(ValueError, match="small letters"):
        topics.outside_name(code="712000", domain="enrollment", subscriber=part)
