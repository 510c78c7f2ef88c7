"""`python -m services.<name> …`: the commands that every service has, and the way that all of them stop.

What a command needs is imported when it runs: a relay never loads Flask.
"""

from shared.command_line import named
from shared.command_line.commands import group
from shared.command_line.events.printing import Moment
from shared.command_line.metrics import process_served
from shared.command_line.service import Service, begin, load_settings, opened_broker, refusals, telling_refusals

__all__ = [
    "Moment",
    "Service",
    "begin",
    "group",
    "load_settings",
    "named",
    "opened_broker",
    "process_served",
    "refusals",
    "telling_refusals",
]
