"""`python -m services.<name> events …`: what operators do with the event log and with what a service could not take.

Nothing personal is printed: of a message its envelope alone, unless its data is asked for by name.
"""

import click

from shared.command_line.events import dead_letters, looking, mending
from shared.command_line.service import Service


def group(service: Service) -> click.Group:
    """Return the group `events` of a service."""

    @click.group(help=f"Look at and mend what {service.name} says and hears.")
    def events() -> None:
        pass

    looking.add_commands(events, service)
    mending.add_commands(events, service)
    if service.handlers is not None or service.exports:
        dead_letters.add_commands(events, service)
    return events
