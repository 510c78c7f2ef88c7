"""From a stage to the registry: finding out what differs, and writing it with all that must be told of it.

One way for a whole registry and for one student by call, so that the two cannot differ.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from services.enrollment.errors import ImportOvertaken
from services.enrollment.models import Organisation
from services.enrollment.operations.imports import guardians, links, repetitions, schools, students, telling
from services.enrollment.operations.imports.keys import StudentKeys
from services.enrollment.operations.imports.scope import Scope
from services.enrollment.operations.imports.stage import Stage
from shared.database import rows_changed

# How many steps of how many are done.
Telling = Callable[[int, int], None]

_COUNT_UP: Final = (
    update(Organisation)
    .where(Organisation.id == bindparam("organisation"), Organisation.registry_version == bindparam("seen"))
    .values(registry_version=Organisation.registry_version + 1)
)


def compare(stage: Stage, *, scope: Scope, keys: StudentKeys, tell: Telling) -> None:
    """Find out what differs between what is staged and what we have; writes to the stage alone."""
    steps: tuple[Callable[[], Any], ...] = (
        lambda: repetitions.reject(stage),
        lambda: schools.resolve(stage, scope),
        lambda: students.resolve(stage, scope, keys),
        lambda: students.make_identities(stage, keys),
        lambda: guardians.resolve(stage, scope),
        lambda: telling.resolve(stage),
    )
    for done, step in enumerate(steps, start=1):
        step()
        tell(done, len(steps))


def count_up(session: Session, *, organisation_id: str, seen: int) -> None:
    """Count one change of an organisation's registry, where nobody has changed it since `seen` was read.

    Raises:
        ImportOvertaken: somebody has.
    """
    if not rows_changed(session.execute(_COUNT_UP, {"organisation": organisation_id, "seen": seen})):
        raise ImportOvertaken


def write(stage: Stage, session: Session, *, scope: Scope, organisation_id: str, at: datetime, tell: Telling) -> None:
    """Write what differs, tell it, and judge again what rests on it, in the caller's transaction.

    The caller has counted up the registry, so that nobody else of the organisation writes here meanwhile.
    """
    steps: tuple[Callable[[], Any], ...] = (
        lambda: schools.write(stage, scope),
        lambda: students.write(stage, at=at),
        lambda: guardians.write(stage, at=at),
    )
    for done, step in enumerate(steps, start=1):
        step()
        tell(done, len(steps) + 1)
    links.lock(stage)
    telling.publish(stage, session, organisation_id=organisation_id, at=at)
    links.settle(stage, session, at=at)
