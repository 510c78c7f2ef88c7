"""Students: who is in the registry, what differs from what we have, who is gone, and whose number clashes."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from services.enrollment.operations.imports.keys import StudentKeys
from services.enrollment.operations.imports.scope import Scope
from services.enrollment.operations.imports.stage import IDENTITIES, Stage

_PAGE = 5000

# A person may have several roles of a kind: an active one before a former one, one at a school before one at the board,
# the primary one first.
_BEST_ROLES = """
INSERT INTO stage_best_roles (user_source_id, role, school_source_id, grade, level, status)
SELECT user_source_id, role, school_source_id, grade, level, status
FROM (
    SELECT r.*, ROW_NUMBER() OVER (
        PARTITION BY r.user_source_id, r.role
        ORDER BY CASE r.status WHEN 'active' THEN 0 ELSE 1 END, CASE WHEN k.source_id IS NULL THEN 1 ELSE 0 END,
            CASE WHEN r.is_primary THEN 0 ELSE 1 END, r.line
    ) AS place
    FROM stage_roles r
    LEFT JOIN stage_school_ids k ON k.source_id = r.school_source_id
) ranked
WHERE place = 1
"""
# A delta may bring a role, a birth date or a number of somebody whose own line did not change: the line is taken from what
# we have. Its number is negative, because no file has it, and nothing is said of the student's guardians.
_UNMENTIONED = """
INSERT INTO stage_users (
    line, source_id, new_id, given_name, family_name, middle_names, file_number, permanent_code_digest,
    permanent_code_sealed, grade, level, status, school_source_id
)
SELECT -ROW_NUMBER() OVER (ORDER BY e.source_id), e.source_id, e.id, e.given_name, e.family_name, e.middle_names,
    e.file_number, e.permanent_code_digest, e.permanent_code_sealed, e.grade, e.level, 'active', s.source_id
FROM (
    SELECT user_source_id FROM stage_births
    UNION SELECT user_source_id FROM stage_numbers
    UNION SELECT user_source_id FROM stage_best_roles WHERE role = 'student'
) said
-- In this order, here and below: SQLite would rather look at every student of the organisation first.
CROSS JOIN students e
LEFT JOIN schools s ON s.id = e.school_id
LEFT JOIN stage_users u ON u.source_id = e.source_id
WHERE e.organisation_id = :organisation_id AND e.source_id = said.user_source_id AND e.status = 'active'
    AND u.source_id IS NULL
"""
# Where the role stands in another file, the reader of a person's line could not know that a name is asked for.
_NAMELESS = """
INSERT INTO stage_rejections (line, file, code, source_id)
SELECT u.line, 'users.csv', 'name_missing', u.source_id
FROM stage_users u
LEFT JOIN stage_best_roles r ON r.user_source_id = u.source_id AND r.role = 'student'
WHERE u.status = 'active' AND (u.role = 'student' OR r.status = 'active')
    AND (u.given_name = '' OR u.family_name = '')
"""
# Somebody of whom a line was rejected stays as they were: half of what the file says could be worse than nothing new.
_HELD = """
INSERT INTO stage_held (source_id)
SELECT DISTINCT source_id FROM stage_rejections WHERE source_id IS NOT NULL AND file <> 'orgs.csv'
"""
_SEEN = """
INSERT INTO stage_seen_students (source_id, line, student_id, is_new)
SELECT u.source_id, u.line, COALESCE(e.id, u.new_id), e.id IS NULL
FROM stage_users u
LEFT JOIN stage_best_roles r ON r.user_source_id = u.source_id AND r.role = 'student'
LEFT JOIN students e ON e.organisation_id = :organisation_id AND e.source_id = u.source_id
LEFT JOIN stage_held h ON h.source_id = u.source_id
WHERE u.status = 'active' AND u.given_name <> '' AND u.family_name <> ''
    AND (
        u.role = 'student' OR r.status = 'active'
        OR (u.role IS NULL AND r.user_source_id IS NULL AND e.status = 'active' AND NOT :says_student_roles)
    )
    AND (h.source_id IS NULL OR e.id IS NULL)
"""
_GONE_FROM_BULK = """
INSERT INTO stage_gone_students (student_id)
SELECT e.id
FROM students e
LEFT JOIN stage_seen_students s ON s.source_id = e.source_id
LEFT JOIN stage_held h ON h.source_id = e.source_id
WHERE e.organisation_id = :organisation_id AND e.status = 'active' AND s.source_id IS NULL AND h.source_id IS NULL
"""
_GONE_BY_DELTA = """
INSERT INTO stage_gone_students (student_id)
SELECT e.id
FROM stage_users u
CROSS JOIN students e
LEFT JOIN stage_best_roles r ON r.user_source_id = u.source_id AND r.role = 'student'
LEFT JOIN stage_held h ON h.source_id = u.source_id
WHERE e.organisation_id = :organisation_id AND e.source_id = u.source_id AND e.status = 'active'
    AND h.source_id IS NULL AND (u.status = 'gone' OR r.status = 'gone' OR u.role <> 'student')
"""
# New students, and those of whom anything differs. A digest under an older key differs without anything having happened:
# it is written anew, and nobody is told.
_DIFFERING = """
INSERT INTO stage_students (
    line, student_id, source_id, given_name, family_name, middle_names, birth_on, file_number, permanent_code_digest,
    permanent_code_sealed, grade, level, school_id, is_new, is_returned, names_changed, birth_date_changed,
    numbers_changed, school_changed, grade_changed
)
SELECT line, student_id, source_id, given_name, family_name, middle_names, birth_on, file_number, permanent_code_digest,
    permanent_code_sealed, grade, level, school_id, is_new, is_returned, names_changed, birth_date_changed,
    numbers_changed, school_changed, grade_changed
FROM (
    SELECT said.*,
        e.status IS NOT DISTINCT FROM 'gone' AS is_returned,
        e.given_name IS DISTINCT FROM said.given_name OR e.family_name IS DISTINCT FROM said.family_name
            OR e.middle_names IS DISTINCT FROM said.middle_names AS names_changed,
        e.birth_on IS DISTINCT FROM said.birth_on AS birth_date_changed,
        e.file_number IS DISTINCT FROM said.file_number
            OR (
                e.permanent_code_digest IS DISTINCT FROM said.permanent_code_digest
                AND COALESCE(SUBSTR(e.permanent_code_digest, 1, 9), :prefix) = :prefix
            ) AS numbers_changed,
        e.school_id IS DISTINCT FROM said.school_id AS school_changed,
        e.grade IS DISTINCT FROM said.grade OR e.level IS DISTINCT FROM said.level AS grade_changed,
        COALESCE(SUBSTR(e.permanent_code_digest, 1, 9), :prefix) <> :prefix
            OR COALESCE(SUBSTR(e.identity_digest, 1, 9), :prefix) <> :prefix AS has_older_key
    FROM (
        SELECT s.line, s.student_id, s.source_id, s.is_new, u.given_name, u.family_name, u.middle_names,
            CASE
                WHEN b.user_source_id IS NULL THEN CASE WHEN :says_births THEN NULL ELSE e.birth_on END
                WHEN b.status = 'active' THEN b.birth_on
            END AS birth_on,
            COALESCE(u.file_number, f.file_number) AS file_number,
            CASE WHEN u.permanent_code_digest IS NULL THEN c.permanent_code_digest ELSE u.permanent_code_digest END
                AS permanent_code_digest,
            CASE WHEN u.permanent_code_digest IS NULL THEN c.permanent_code_sealed ELSE u.permanent_code_sealed END
                AS permanent_code_sealed,
            COALESCE(r.grade, u.grade) AS grade,
            CASE WHEN r.grade IS NULL THEN u.level ELSE r.level END AS level,
            CASE WHEN r.user_source_id IS NULL AND u.role IS NULL THEN e.school_id ELSE k.school_id END AS school_id
        FROM stage_seen_students s
        JOIN stage_users u ON u.source_id = s.source_id
        LEFT JOIN students e ON e.id = s.student_id
        LEFT JOIN stage_best_roles r ON r.user_source_id = s.source_id AND r.role = 'student'
        LEFT JOIN stage_births b ON b.user_source_id = s.source_id
        LEFT JOIN stage_numbers f ON f.user_source_id = s.source_id AND f.file_number IS NOT NULL
        LEFT JOIN stage_numbers c ON c.user_source_id = s.source_id AND c.permanent_code_digest IS NOT NULL
        LEFT JOIN stage_school_ids k ON k.source_id =
            CASE WHEN r.user_source_id IS NULL THEN u.school_source_id ELSE r.school_source_id END
    ) said
    LEFT JOIN students e ON e.id = said.student_id
) compared
WHERE is_new OR is_returned OR names_changed OR birth_date_changed OR numbers_changed OR school_changed OR grade_changed
    OR has_older_key
"""
# A file number is one student's (C2). Who has it already keeps it, else the first line; nobody takes the number of a
# student of whom this import says nothing.
_CLASHES = """
INSERT INTO stage_clashes (student_id)
SELECT student_id
FROM (
    SELECT p.student_id, ROW_NUMBER() OVER (
        PARTITION BY p.file_number ORDER BY CASE WHEN e.id IS NULL THEN 1 ELSE 0 END, p.line
    ) AS place
    FROM stage_students p
    LEFT JOIN students e ON e.id = p.student_id AND e.file_number = p.file_number AND e.status = 'active'
    WHERE p.file_number IS NOT NULL
) ranked
WHERE place > 1
UNION
SELECT p.student_id
FROM stage_students p
CROSS JOIN students e
LEFT JOIN stage_students q ON q.student_id = e.id
LEFT JOIN stage_gone_students g ON g.student_id = e.id
WHERE e.organisation_id = :organisation_id AND e.file_number = p.file_number AND e.status = 'active'
    AND e.file_number IS NOT NULL AND e.id <> p.student_id
    AND q.student_id IS NULL AND g.student_id IS NULL
"""
_REJECT_CLASHES = """
INSERT INTO stage_rejections (line, file, code)
SELECT p.line, 'users.csv', 'file_number_twice'
FROM stage_students p
JOIN stage_clashes c ON c.student_id = p.student_id
"""
_DROP_CLASHES = (
    "DELETE FROM stage_students WHERE student_id IN (SELECT student_id FROM stage_clashes)",
    "DELETE FROM stage_seen_students WHERE student_id IN (SELECT student_id FROM stage_clashes)",
    "DELETE FROM stage_clashes",
)
_PAGE_TO_KEY = """
SELECT student_id, given_name, family_name, birth_on
FROM stage_students
WHERE student_id > :after
ORDER BY student_id
LIMIT :page
"""

_LEAVE = """
UPDATE students SET status = 'gone', changed_at = :at
WHERE id IN (SELECT student_id FROM stage_gone_students)
"""
# Two students may have changed numbers with each other: both are free before either is taken.
_FREE_NUMBERS = """
UPDATE students SET file_number = NULL
FROM stage_students p
WHERE students.id = p.student_id AND NOT p.is_new AND students.file_number IS DISTINCT FROM p.file_number
    AND students.file_number IS NOT NULL
"""
_CHANGE = """
UPDATE students
SET given_name = p.given_name, family_name = p.family_name, middle_names = p.middle_names, birth_on = p.birth_on,
    file_number = p.file_number, permanent_code_digest = p.permanent_code_digest,
    permanent_code_sealed = p.permanent_code_sealed, grade = p.grade, level = p.level, school_id = p.school_id,
    status = 'active', identity_digest = i.identity_digest, changed_at = :at
FROM stage_students p
LEFT JOIN stage_identities i ON i.student_id = p.student_id
WHERE students.id = p.student_id AND NOT p.is_new
"""
_ADD = """
INSERT INTO students (
    id, organisation_id, source_id, given_name, family_name, middle_names, birth_on, file_number, permanent_code_digest,
    permanent_code_sealed, grade, level, school_id, status, identity_digest, changed_at
)
SELECT p.student_id, :organisation_id, p.source_id, p.given_name, p.family_name, p.middle_names, p.birth_on,
    p.file_number, p.permanent_code_digest, p.permanent_code_sealed, p.grade, p.level, p.school_id, 'active',
    i.identity_digest, :at
FROM stage_students p
LEFT JOIN stage_identities i ON i.student_id = p.student_id
WHERE p.is_new
"""


def resolve(stage: Stage, scope: Scope, keys: StudentKeys) -> None:
    """Find out who is there, who differs and who is gone."""
    stage.run(_BEST_ROLES)
    stage.analyze("stage_best_roles")
    if not scope.is_bulk:
        stage.run(_UNMENTIONED)
    stage.run(_NAMELESS)
    stage.run(_HELD)
    stage.run(_SEEN, says_student_roles=scope.says_student_roles)
    stage.analyze("stage_seen_students")
    stage.run(_GONE_FROM_BULK if scope.is_bulk else _GONE_BY_DELTA)
    stage.analyze("stage_gone_students")
    stage.run(_DIFFERING, says_births=scope.says_births, prefix=keys.prefix)
    stage.analyze("stage_students")
    # Whoever is turned away keeps an older number, which may be another's new one: again, until nobody is.
    while stage.run(_CLASHES):
        stage.run(_REJECT_CLASHES)
        for statement in _DROP_CLASHES:
            stage.run(statement)


def make_identities(stage: Stage, keys: StudentKeys) -> None:
    """Compute what needs a name and a birth date at once, which stand in two files, for those who differ."""
    for page in _pages(stage):
        digests = [
            (student_id, keys.identity(family_name=family, given_name=given, birth_on=_day(birth_on)))
            for student_id, given, family, birth_on in page
            if birth_on is not None
        ]
        if digests:
            stage.load(IDENTITIES, digests)
    stage.analyze(IDENTITIES)


def write(stage: Stage, **parameters: Any) -> None:
    """Write who left, who changed and who is new."""
    stage.run(_LEAVE, **parameters)
    stage.run(_FREE_NUMBERS)
    stage.run(_CHANGE, **parameters)
    stage.run(_ADD, **parameters)


def _pages(stage: Stage) -> Iterator[list[Any]]:
    after = ""
    while page := stage.rows(_PAGE_TO_KEY, after=after, page=_PAGE):
        yield page
        after = page[-1].student_id


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
