"""What leaves: a service's own events, for each subscriber on a topic of its own (`events.md`, Outside).

`python -m services.<name> export` reads the service's topic in the group `<name>.export` and publishes, for each live
subscription of an event's organisation that lists its type, a record with the subscribed fields, ids as pseudonyms.
"""

from shared.exporting.exporter import Exporter, group, run, run_command

__all__ = ["Exporter", "group", "run", "run_command"]
