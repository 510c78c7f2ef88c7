"""How the members of a group share partitions: a pure rule that each member applies to itself.

Nobody coordinates. A member gives back what exceeds its fair part, when it has finished with it, and takes of what
nobody holds until it has its fair part; the parts add up to the whole, so all partitions find a reader, and nobody ever
takes a partition that another still holds.
"""

import zlib
from collections.abc import Collection, Mapping

from shared.broker import Partition


def fair_parts(
    members: Collection[str], partitions: Collection[Partition], owners: Mapping[Partition, str]
) -> dict[str, int]:
    """Return how many of one topic's partitions each subscribed member should hold.

    What does not divide goes first to those who hold more already, so that as little as possible moves.
    """
    held = dict.fromkeys(members, 0)
    for partition in partitions:
        if (owner := owners.get(partition)) in held:
            held[owner] += 1
    whole, rest = divmod(len(partitions), len(members))
    topic = next(iter(partitions)).topic

    def claim_to_more(member: str) -> tuple[int, int, str]:
        # By lot among equals, another lot in each topic: otherwise the same members get the rest of every topic.
        return (-held[member], zlib.crc32(f"{topic}/{member}".encode()), member)

    ranked = sorted(members, key=claim_to_more)
    return {member: whole + (1 if rank < rest else 0) for rank, member in enumerate(ranked)}


def next_steps(
    me: str,
    *,
    subscribers: Mapping[str, Collection[str]],
    partitions: Mapping[str, Collection[Partition]],
    owners: Mapping[Partition, str],
) -> tuple[set[Partition], set[Partition]]:
    """Return the partitions that `me` should give back and those that it should take now.

    `subscribers` are the living members of each topic, `partitions` those of each topic, `owners` who holds what.
    """
    give: set[Partition] = set()
    take: set[Partition] = set()
    for topic, all_of_topic in partitions.items():
        mine = sorted(place for place in all_of_topic if owners.get(place) == me)
        members = subscribers.get(topic, ())
        part = fair_parts(members, all_of_topic, owners)[me] if me in members else 0
        give.update(mine[part:])
        free = sorted(place for place in all_of_topic if place not in owners)
        take.update(free[: max(part - len(mine), 0)])
    return give, take
