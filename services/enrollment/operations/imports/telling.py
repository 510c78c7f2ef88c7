"""What an import changes, counted for the operator and told to the other services; never a name, a number or an address."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy.orm import Session

from services.enrollment import events
from services.enrollment.operations.imports.stage import Stage
from shared import outbox

_PAGE: Final = 5000
_SAMPLES: Final = 5

# New students are not told: nobody refers to them yet, and a first import would be an event for every child of a board.
_TOLD = """
INSERT INTO stage_told (student_id, change)
SELECT student_id, 'returned' FROM stage_students WHERE is_returned
UNION ALL SELECT student_id, 'names' FROM stage_students WHERE names_changed AND NOT is_new
UNION ALL SELECT student_id, 'birth_date' FROM stage_students WHERE birth_date_changed AND NOT is_new
UNION ALL SELECT student_id, 'numbers' FROM stage_students WHERE numbers_changed AND NOT is_new
UNION ALL SELECT student_id, 'school' FROM stage_students WHERE school_changed AND NOT is_new
UNION ALL SELECT student_id, 'grade' FROM stage_students WHERE grade_changed AND NOT is_new
UNION ALL SELECT student_id, 'left' FROM stage_gone_students
UNION ALL SELECT student_id, 'guardians' FROM (
    SELECT student_id FROM stage_gone_pairs
    UNION SELECT student_id FROM stage_pairs WHERE is_new OR is_changed
    UNION SELECT e.student_id FROM stage_guardians g JOIN guardianships e ON e.guardian_id = g.guardian_id
        WHERE NOT g.is_new
) guarded
WHERE student_id NOT IN (SELECT student_id FROM stage_students WHERE is_new)
    AND student_id NOT IN (SELECT student_id FROM stage_gone_students)
"""
_ALL_ARE_NEW = "SELECT NOT EXISTS (SELECT 1 FROM students WHERE organisation_id = :organisation_id)"
_PAGE_OF_TOLD = """
SELECT student_id, change FROM stage_told WHERE student_id > :after ORDER BY student_id, change LIMIT :page
"""

COUNTS: Final = {
    "students_before": "SELECT COUNT(*) FROM students WHERE organisation_id = :organisation_id AND status = 'active'",
    "students_new": "SELECT COUNT(*) FROM stage_students WHERE is_new",
    "students_returned": "SELECT COUNT(*) FROM stage_students WHERE is_returned",
    "students_changed": """
        SELECT COUNT(DISTINCT t.student_id) FROM stage_told t
        LEFT JOIN stage_students s ON s.student_id = t.student_id AND s.is_returned
        WHERE t.change <> 'left' AND s.student_id IS NULL
    """,
    "students_gone": "SELECT COUNT(*) FROM stage_gone_students",
    "guardians_new": "SELECT COUNT(*) FROM stage_guardians WHERE is_new",
    "guardians_changed": "SELECT COUNT(*) FROM stage_guardians WHERE NOT is_new",
    "guardians_gone": "SELECT COUNT(*) FROM stage_gone_guardians",
    "guardianships_new": "SELECT COUNT(*) FROM stage_pairs WHERE is_new",
    "guardianships_changed": "SELECT COUNT(*) FROM stage_pairs WHERE is_changed",
    "guardianships_gone": "SELECT COUNT(*) FROM stage_gone_pairs",
    "schools_new": "SELECT COUNT(*) FROM stage_school_ids WHERE is_new",
    # What no parent can prove until the school completes the file.
    "students_unclaimable": """
        SELECT COUNT(*) FROM stage_students
        WHERE birth_on IS NULL OR (file_number IS NULL AND permanent_code_digest IS NULL)
    """,
    "lines_rejected": "SELECT COUNT(*) FROM stage_rejections",
    # Accounts that hold a child who leaves.
    "links_ended": """
        SELECT COUNT(*) FROM links l JOIN stage_gone_students g ON g.student_id = l.student_id WHERE l.ended_at IS NULL
    """,
    # Accounts that hold a child from whose file an address disappears: theirs, perhaps.
    "links_at_risk": """
        SELECT COUNT(DISTINCT l.id)
        FROM links l
        JOIN (
            SELECT p.student_id FROM stage_gone_pairs p JOIN guardians e ON e.id = p.guardian_id
            WHERE e.email_key IS NOT NULL
            UNION SELECT p.student_id
            FROM stage_guardians s
            JOIN guardians e ON e.id = s.guardian_id AND e.email_key IS NOT NULL
                AND e.email_key IS DISTINCT FROM s.email_key
            JOIN guardianships p ON p.guardian_id = s.guardian_id
        ) shaken ON shaken.student_id = l.student_id
        WHERE l.ended_at IS NULL AND l.student_id NOT IN (SELECT student_id FROM stage_gone_students)
    """,
    # Addresses on file today that nobody of the organisation will have any more.
    "emails_lost": """
        SELECT COUNT(DISTINCT e.email_key)
        FROM (
            SELECT g.email_key FROM stage_gone_guardians x JOIN guardians g ON g.id = x.guardian_id
            UNION SELECT g.email_key FROM stage_guardians s JOIN guardians g ON g.id = s.guardian_id
            WHERE g.email_key IS DISTINCT FROM s.email_key
        ) e
        WHERE e.email_key IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM stage_guardians s WHERE s.email_key = e.email_key)
            AND NOT EXISTS (
                SELECT 1 FROM guardians g
                LEFT JOIN stage_gone_guardians x ON x.guardian_id = g.id
                LEFT JOIN stage_guardians s ON s.guardian_id = g.id
                WHERE g.organisation_id = :organisation_id AND g.email_key = e.email_key
                    AND x.guardian_id IS NULL AND s.guardian_id IS NULL
            )
    """,
}
_SAMPLE_LINES: Final = """
SELECT s.line, t.change
FROM (
    SELECT student_id, line FROM stage_students WHERE NOT is_new AND line > 0 ORDER BY line LIMIT :samples
) s
JOIN stage_told t ON t.student_id = s.student_id
ORDER BY s.line, t.change
"""
_SAMPLE_NEW: Final = "SELECT line FROM stage_students WHERE is_new ORDER BY line LIMIT :samples"
# By the school system's own id: no line of the file names who is gone, and our ids say nothing to a school.
_SAMPLE_GONE: Final = """
SELECT s.source_id FROM stage_gone_students g JOIN students s ON s.id = g.student_id ORDER BY g.student_id LIMIT :samples
"""
_REJECTED: Final = """
SELECT file, line, code FROM stage_rejections
WHERE (file, line, code) > (:file, :line, :code)
ORDER BY file, line, code
LIMIT :page
"""


def resolve(stage: Stage) -> None:
    """Find out what is to be told of whom."""
    if stage.number(_ALL_ARE_NEW):
        return
    stage.run(_TOLD)
    stage.analyze("stage_told")


def count(stage: Stage) -> dict[str, int]:
    """Return how much of what the import changes."""
    return {name: stage.number(statement) for name, statement in COUNTS.items()}


def sample(stage: Stage) -> list[str]:
    """Return a few lines of each kind of change: where they stand in the file and what kind, never what they say."""
    new = [f"users.csv:{row.line} new" for row in stage.rows(_SAMPLE_NEW, samples=_SAMPLES)]
    rows = stage.rows(_SAMPLE_LINES, samples=_SAMPLES)
    changed = [
        f"users.csv:{line} changed: {', '.join(change for _, change in changes)}"
        for line, changes in groupby(rows, key=itemgetter(0))
    ]
    gone = [f"student {row.source_id} gone" for row in stage.rows(_SAMPLE_GONE, samples=_SAMPLES)]
    return [*new, *changed, *gone]


def rejected(stage: Stage) -> Iterator[tuple[str, int, str]]:
    """Yield file, line and reason's code of every rejected line, in order."""
    after: tuple[str, int, str] = ("", 0, "")
    while page := stage.rows(_REJECTED, **dict(zip(("file", "line", "code"), after, strict=True)), page=_PAGE):
        yield from (tuple(row) for row in page)
        after = tuple(page[-1])


def publish(stage: Stage, session: Session, *, organisation_id: str, at: Any) -> int:
    """Write an event for every student to be told of, beside the change; return how many."""
    told = 0
    for page in _students(stage):
        outbox.add_all(
            session,
            [
                events.student_changed(student_id=student_id, organisation_id=organisation_id, changes=changes)
                for student_id, changes in page
            ],
            at=at,
        )
        told += len(page)
    return told


def _students(stage: Stage) -> Iterator[list[tuple[str, list[str]]]]:
    """Yield students with their changes, by pages, in the order of their ids: the order in which all writers lock them."""
    after = ""
    while rows := stage.rows(_PAGE_OF_TOLD, after=after, page=_PAGE):
        students = [
            (student_id, [change for _, change in changes]) for student_id, changes in groupby(rows, key=itemgetter(0))
        ]
        if len(rows) == _PAGE:
            # The last one may go on in the next page, which begins with it.
            students.pop()
        after = students[-1][0]
        yield students
