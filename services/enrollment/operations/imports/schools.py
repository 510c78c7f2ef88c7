"""Schools: an organisation's own, as its registry names them, joined to those that the directory knows by their code."""

from services.enrollment.operations.imports.scope import Scope
from services.enrollment.operations.imports.stage import Stage

_KNOWN = """
INSERT INTO stage_school_ids (source_id, school_id, is_new)
SELECT s.source_id, e.id, false
FROM stage_schools s
JOIN schools e ON e.organisation_id = :organisation_id AND e.source_id = s.source_id
"""
# A school that the directory brought has a code and no source id yet; the first that claims it gets it.
_FROM_DIRECTORY = """
INSERT INTO stage_school_ids (source_id, school_id, is_new)
SELECT source_id, id, false
FROM (
    SELECT s.source_id, e.id, ROW_NUMBER() OVER (PARTITION BY e.id ORDER BY s.line) AS place
    FROM stage_schools s
    JOIN schools e ON e.organisation_id = :organisation_id AND e.code = s.code AND e.source_id IS NULL
    LEFT JOIN stage_school_ids k ON k.source_id = s.source_id
    WHERE s.status = 'active' AND k.source_id IS NULL
) claimed
WHERE place = 1
"""
_NEW = """
INSERT INTO stage_school_ids (source_id, school_id, is_new)
SELECT s.source_id, s.new_id, true
FROM stage_schools s
LEFT JOIN stage_school_ids k ON k.source_id = s.source_id
WHERE s.status = 'active' AND k.source_id IS NULL
"""
# In a delta, students may refer to schools that the file does not repeat; and a school whose line is broken is still there.
_UNMENTIONED = """
INSERT INTO stage_school_ids (source_id, school_id, is_new)
SELECT e.source_id, e.id, false
FROM schools e
LEFT JOIN stage_school_ids k ON k.source_id = e.source_id
WHERE e.organisation_id = :organisation_id AND e.source_id IS NOT NULL AND e.status = 'active'
    AND k.source_id IS NULL
    AND (
        NOT :says_schools
        OR e.source_id IN (SELECT source_id FROM stage_rejections WHERE file = 'orgs.csv' AND source_id IS NOT NULL)
    )
"""

_CHANGE = """
UPDATE schools
SET source_id = s.source_id, name = COALESCE(NULLIF(s.name, ''), schools.name), code = s.code, status = s.status
FROM stage_school_ids k
JOIN stage_schools s ON s.source_id = k.source_id
WHERE schools.id = k.school_id AND NOT k.is_new
    AND (
        schools.source_id IS DISTINCT FROM s.source_id OR schools.code IS DISTINCT FROM s.code
        OR schools.status <> s.status OR (s.name <> '' AND schools.name <> s.name)
    )
"""
_ADD = """
INSERT INTO schools (id, organisation_id, source_id, code, name, status)
SELECT s.new_id, :organisation_id, s.source_id, s.code, s.name, s.status
FROM stage_schools s
JOIN stage_school_ids k ON k.source_id = s.source_id
WHERE k.is_new
"""
_CLOSE = """
UPDATE schools SET status = 'gone'
WHERE organisation_id = :organisation_id AND status = 'active' AND source_id IS NOT NULL AND :says_schools
    AND source_id NOT IN (SELECT source_id FROM stage_school_ids)
"""


def resolve(stage: Stage, scope: Scope) -> None:
    """Give every school that students may refer to its id."""
    stage.run(_KNOWN)
    stage.run(_FROM_DIRECTORY)
    stage.run(_NEW)
    stage.run(_UNMENTIONED, says_schools=scope.says_schools)
    stage.analyze("stage_school_ids")


def write(stage: Stage, scope: Scope) -> int:
    """Write what differs and return how many schools that were."""
    return stage.run(_CHANGE) + stage.run(_ADD) + stage.run(_CLOSE, says_schools=scope.says_schools)
