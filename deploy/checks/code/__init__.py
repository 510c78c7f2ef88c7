"""What the manifests say against what the code does: the drift that operators really meet, and that no public tool finds."""

from collections.abc import Iterator

from deploy.checks.code import alerts, commands, events, routes, settings
from deploy.checks.objects import Finding, Objects


def application(objects: Objects) -> Iterator[Finding]:
    """Yield where what runs in Vitrail's namespace and the code differ."""
    yield from settings.check(objects)
    yield from commands.check(objects)
    yield from routes.check(objects)
    yield from alerts.check(objects)
    yield from events.check_scaling(objects)


def platform(objects: Objects) -> Iterator[Finding]:
    """Yield where the platform and the code differ."""
    yield from events.check_topics(objects)
    yield from events.check_users(objects)
    yield from events.check_databases(objects)
