"""`python -m services.<name> events …`: what operators do with the event log and with what a service could not take."""

import click

from shared.command_line.service import Service


def group(service: Service) -> click.Group:
    """Return the group `events` of a service."""

    @click.group(help=f"Look at and mend what {service.name} says and hears.")
    def events() -> None:
        pass

    return events
