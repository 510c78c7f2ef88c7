"""The links of accounts to the students whom an import changed: judged again, and told, in the import's own transaction."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from services.enrollment.operations import standings
from services.enrollment.operations.imports.stage import Stage

_PAGE: Final = 2000

# Whatever changed of a student besides leaves the links as they are; another school or grade is told of them. The links
# are locked in the order of their ids, before the events of the students take theirs: whoever ends a link goes the same way.
_LOCK = """
INSERT INTO stage_shaken_links (link_id)
SELECT l.id FROM links l
WHERE l.ended_at IS NULL
    AND l.student_id IN (
        SELECT student_id FROM stage_told WHERE change IN ('left', 'returned', 'guardians', 'school', 'grade')
    )
ORDER BY l.id
"""
_FOR_UPDATE = "FOR UPDATE OF l"
_PAGE_OF_LINKS = """
SELECT k.link_id, EXISTS (
    SELECT 1 FROM links l JOIN stage_told t ON t.student_id = l.student_id AND t.change IN ('school', 'grade')
    WHERE l.id = k.link_id
) AS has_moved
FROM stage_shaken_links k WHERE k.link_id > :after ORDER BY k.link_id LIMIT :page
"""


def lock(stage: Stage) -> None:
    """Take the links of the students who left, came back, or have other guardians, another school or another grade than before."""
    # SQLite has one writer at a time, and no word for it.
    stage.run(_LOCK if stage.is_sqlite else _LOCK + _FOR_UPDATE)
    stage.analyze("stage_shaken_links")


def settle(stage: Stage, session: Session, *, at: datetime) -> int:
    """Suspend and restore what the registry, as it is written now, no longer grants or grants again; return how many."""
    settled, after = 0, ""
    while page := stage.rows(_PAGE_OF_LINKS, after=after, page=_PAGE):
        link_ids = [row.link_id for row in page]
        moved = {row.link_id for row in page if row.has_moved}
        settled += standings.settle(session, link_ids=link_ids, at=at, moved=moved)
        after = link_ids[-1]
    return settled
