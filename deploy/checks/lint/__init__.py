"""What no schema can say: joins between objects, and the rules of this house. Each rule is one function.

A rule takes the objects of one rendering and yields findings. `of_application` are those of what runs in Vitrail's namespace,
`of_platform` those of PostgreSQL, Kafka and the edge.
"""

from collections.abc import Iterable

from deploy.checks.lint import autoscaling, data, edge, network, pods, production, references, scheduled, secrets
from deploy.checks.objects import Finding, Objects

of_application = (
    *pods.RULES,
    *autoscaling.RULES,
    *scheduled.RULES,
    *references.RULES,
    *secrets.RULES,
    *network.RULES,
    *edge.RULES,
)
of_platform = (*references.EVERYWHERE, *secrets.EVERYWHERE, *data.RULES)


def application(objects: Objects, *, is_small: bool = False) -> list[Finding]:
    """Return what is wrong with what runs in Vitrail's namespace; a small set-up may have one pod of a kind."""
    found = [finding for rule in of_application for finding in rule(objects)]
    return [each for each in found if not (is_small and each.rule in autoscaling.OF_SIZE)]


def platform(objects: Objects) -> list[Finding]:
    """Return what is wrong with the platform."""
    return [finding for rule in of_platform for finding in rule(objects)]


def placeholders(objects: Objects) -> Iterable[Finding]:
    """Return what production has still to say."""
    return production.placeholders(objects)
