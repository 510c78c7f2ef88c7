"""How far a group is behind, topic by topic."""

from collections.abc import Collection, Mapping

from shared.broker import Broker, Lag


def by_topic(broker: Broker, *, group: str, topics: Collection[str]) -> Mapping[str, Lag]:
    """Return what a group has still to commit of each topic.

    Raises:
        UnknownTopic, BrokerUnavailable: see `shared.broker.Broker.lag`.
    """
    found = dict.fromkeys(sorted(topics), Lag(records=0))
    for place, lag in broker.lag(group=group, topics=topics).items():
        so_far = found[place.topic]
        moments = [moment for moment in (so_far.oldest_at, lag.oldest_at) if moment is not None]
        found[place.topic] = Lag(records=so_far.records + lag.records, oldest_at=min(moments, default=None))
    return found
