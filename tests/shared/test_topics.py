from datetime import timedelta

import pytest

from shared import topics
from shared.topics import UnknownTopic

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
    ],
)
def test_load_refuses_a_catalogue_that_contradicts_itself(tmp_path, text):
    file = tmp_path / "topics.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"topics\.toml"):
        topics.load(file)


def test_get_topic_refuses_an_undeclared_name():
    with pytest.raises(UnknownTopic):
        topics.load().get_topic("vitrail.nowhere.v1")
