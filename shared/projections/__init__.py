"""A projection: what a service knows of others from a topic of states, kept by its consumer, and made anew while it serves.

Its table holds one row for each aggregate and generation, and readers see the live generation alone. A rebuild names a
second one; from then on each event that the consumer hears goes into both, and only then a reader of the topic is opened
and what it finds is written into the second. So what was heard before is in the topic, and what is heard later is written
twice. One transaction makes the second generation the live one; the first is deleted afterwards. A rebuild that is
killed leaves a generation that nobody sees, and that the next one deletes; of two at a time the later one goes on.

Of each aggregate the last version is kept, its end included, and an older one changes nothing: hearing twice, hearing
late, and the rebuild and the consumer overtaking each other all come to the same rows.
"""

from shared.projections.keeping import apply
from shared.projections.rebuilding import RebuildOvertaken, Rebuilt, TopicForgets, call_off, rebuild
from shared.projections.tables import Projection, copy_to, key_columns

__all__ = [
    "Projection",
    "RebuildOvertaken",
    "Rebuilt",
    "TopicForgets",
    "apply",
    "call_off",
    "copy_to",
    "key_columns",
    "rebuild",
]
