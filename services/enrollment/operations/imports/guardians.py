"""Guardians, and whose guardians they are: who is in the registry, what differs from what we have, who is gone."""

from typing import Any

from services.enrollment.operations.imports.scope import Scope
from services.enrollment.operations.imports.stage import Stage

_SEEN = """
INSERT INTO stage_seen_guardians (source_id, guardian_id)
SELECT u.source_id, COALESCE(e.id, u.new_id)
FROM stage_users u
LEFT JOIN stage_best_roles r ON r.user_source_id = u.source_id AND r.role = 'guardian'
LEFT JOIN guardians e ON e.organisation_id = :organisation_id AND e.source_id = u.source_id
LEFT JOIN stage_held h ON h.source_id = u.source_id
WHERE u.status = 'active' AND u.line > 0
    AND (
        u.role = 'guardian' OR r.status = 'active'
        OR (u.role IS NULL AND r.user_source_id IS NULL AND e.id IS NOT NULL AND NOT :says_guardian_roles)
    )
    AND (h.source_id IS NULL OR e.id IS NULL)
"""
_DIFFERING = """
INSERT INTO stage_guardians (line, guardian_id, source_id, given_name, family_name, email, email_key, is_new)
SELECT u.line, s.guardian_id, u.source_id, u.given_name, u.family_name, u.email, u.email_key, e.id IS NULL
FROM stage_seen_guardians s
JOIN stage_users u ON u.source_id = s.source_id
LEFT JOIN guardians e ON e.id = s.guardian_id
WHERE e.id IS NULL OR e.given_name <> u.given_name OR e.family_name <> u.family_name
    OR e.email IS DISTINCT FROM u.email OR e.email_key IS DISTINCT FROM u.email_key
"""
_GONE_FROM_BULK = """
INSERT INTO stage_gone_guardians (guardian_id)
SELECT e.id
FROM guardians e
LEFT JOIN stage_seen_guardians s ON s.source_id = e.source_id
LEFT JOIN stage_held h ON h.source_id = e.source_id
WHERE e.organisation_id = :organisation_id AND s.source_id IS NULL AND h.source_id IS NULL
"""
_GONE_BY_DELTA = """
INSERT INTO stage_gone_guardians (guardian_id)
SELECT e.id
FROM guardians e
JOIN (
    SELECT source_id FROM stage_users WHERE status = 'gone' OR role <> 'guardian'
    UNION SELECT user_source_id FROM stage_best_roles WHERE role = 'guardian' AND status = 'gone'
) said ON said.source_id = e.source_id
LEFT JOIN stage_held h ON h.source_id = e.source_id
WHERE e.organisation_id = :organisation_id AND h.source_id IS NULL
"""
# Whom a student may refer to although the file does not repeat them, or their own line was rejected.
_UNMENTIONED = """
INSERT INTO stage_seen_guardians (source_id, guardian_id)
SELECT e.source_id, e.id
FROM guardians e
LEFT JOIN stage_seen_guardians s ON s.source_id = e.source_id
LEFT JOIN stage_gone_guardians g ON g.guardian_id = e.id
WHERE e.organisation_id = :organisation_id AND s.source_id IS NULL AND g.guardian_id IS NULL
    AND e.source_id IN (SELECT guardian_source_id FROM stage_guardianships)
"""
# The principal guardian is the first of those who are really there.
_PAIRS = """
INSERT INTO stage_pairs (
    student_id, guardian_id, is_principal, rights, restrictions, starts_on, ends_on, is_new, is_changed
)
SELECT said.student_id, said.guardian_id, said.place = 1, said.rights, said.restrictions, said.starts_on, said.ends_on,
    e.student_id IS NULL,
    e.student_id IS NOT NULL AND (
        e.is_principal <> (said.place = 1) OR e.rights IS DISTINCT FROM said.rights
        OR e.restrictions <> said.restrictions OR e.starts_on IS DISTINCT FROM said.starts_on
        OR e.ends_on IS DISTINCT FROM said.ends_on
    )
FROM (
    SELECT s.student_id, k.guardian_id, g.rights, g.restrictions, g.starts_on, g.ends_on, g.student_source_id,
        ROW_NUMBER() OVER (PARTITION BY g.student_source_id ORDER BY g.rank, g.line) AS place
    FROM stage_guardianships g
    JOIN stage_seen_students s ON s.source_id = g.student_source_id AND s.line > 0
    JOIN stage_seen_guardians k ON k.source_id = g.guardian_source_id
    WHERE g.status = 'active'
) said
LEFT JOIN guardianships e ON e.student_id = said.student_id AND e.guardian_id = said.guardian_id
WHERE :says_guardianships
ORDER BY said.student_source_id, said.place
ON CONFLICT (student_id, guardian_id) DO NOTHING
"""
_NOBODY = """
INSERT INTO stage_rejections (line, file, code)
SELECT g.line, g.file, CASE WHEN s.source_id IS NULL THEN 'student_unknown' ELSE 'guardian_unknown' END
FROM stage_guardianships g
LEFT JOIN stage_seen_students s ON s.source_id = g.student_source_id
LEFT JOIN stage_seen_guardians k ON k.source_id = g.guardian_source_id
LEFT JOIN stage_held h ON h.source_id = g.student_source_id
WHERE g.status = 'active' AND h.source_id IS NULL
    AND ((s.source_id IS NOT NULL AND k.source_id IS NULL) OR (s.source_id IS NULL AND g.file = 'relationships.csv'))
"""
_GONE_PAIRS = """
INSERT INTO stage_gone_pairs (student_id, guardian_id)
SELECT e.student_id, e.guardian_id
FROM stage_seen_students s
JOIN guardianships e ON e.student_id = s.student_id
LEFT JOIN stage_pairs p ON p.student_id = e.student_id AND p.guardian_id = e.guardian_id
WHERE s.line > 0 AND NOT s.is_new AND p.student_id IS NULL AND :says_guardianships
UNION
SELECT e.student_id, e.guardian_id
FROM stage_gone_students g
JOIN guardianships e ON e.student_id = g.student_id
UNION
SELECT e.student_id, e.guardian_id
FROM stage_gone_guardians g
JOIN guardianships e ON e.guardian_id = g.guardian_id
"""
# Whoever is nobody's guardian any more. Counted, not joined: PostgreSQL would hash every guardianship there is.
_ORPHANED = """
INSERT INTO stage_gone_guardians (guardian_id)
SELECT DISTINCT g.guardian_id
FROM stage_gone_pairs g
LEFT JOIN stage_gone_guardians x ON x.guardian_id = g.guardian_id
WHERE x.guardian_id IS NULL
    AND (SELECT COUNT(*) FROM guardianships e WHERE e.guardian_id = g.guardian_id)
        = (SELECT COUNT(*) FROM stage_gone_pairs p WHERE p.guardian_id = g.guardian_id)
    AND NOT EXISTS (SELECT 1 FROM stage_pairs p WHERE p.guardian_id = g.guardian_id AND p.is_new)
"""

_CHANGE = """
UPDATE guardians
SET given_name = p.given_name, family_name = p.family_name, email = p.email, email_key = p.email_key, changed_at = :at
FROM stage_guardians p
WHERE guardians.id = p.guardian_id AND NOT p.is_new
"""
_ADD = """
INSERT INTO guardians (id, organisation_id, source_id, given_name, family_name, email, email_key, changed_at)
SELECT p.guardian_id, :organisation_id, p.source_id, p.given_name, p.family_name, p.email, p.email_key, :at
FROM stage_guardians p
WHERE p.is_new
"""
_PART = """
DELETE FROM guardianships
WHERE (student_id, guardian_id) IN (SELECT student_id, guardian_id FROM stage_gone_pairs)
"""
# A student has one principal guardian: the old one steps back before the new one steps forward.
_CHANGE_PAIRS = """
UPDATE guardianships
SET is_principal = p.is_principal, rights = p.rights, restrictions = p.restrictions, starts_on = p.starts_on,
    ends_on = p.ends_on
FROM stage_pairs p
WHERE guardianships.student_id = p.student_id AND guardianships.guardian_id = p.guardian_id
    AND p.is_changed AND p.is_principal = :is_principal
"""
_ADD_PAIRS = """
INSERT INTO guardianships (
    student_id, guardian_id, organisation_id, is_principal, rights, restrictions, starts_on, ends_on
)
SELECT student_id, guardian_id, :organisation_id, is_principal, rights, restrictions, starts_on, ends_on
FROM stage_pairs
WHERE is_new
"""
_LEAVE = "DELETE FROM guardians WHERE id IN (SELECT guardian_id FROM stage_gone_guardians)"


def resolve(stage: Stage, scope: Scope) -> None:
    """Find out who is there, who differs, who is gone, and the same for whose guardians they are; after the students."""
    stage.run(_SEEN, says_guardian_roles=scope.says_guardian_roles)
    stage.analyze("stage_seen_guardians")
    stage.run(_DIFFERING)
    if scope.says_guardians:
        stage.run(_GONE_FROM_BULK)
    elif not scope.is_bulk:
        stage.run(_GONE_BY_DELTA)
    stage.run(_UNMENTIONED)
    stage.run(_PAIRS, says_guardianships=scope.says_guardianships)
    stage.analyze("stage_guardians", "stage_pairs")
    stage.run(_NOBODY)
    stage.run(_GONE_PAIRS, says_guardianships=scope.says_guardianships)
    stage.analyze("stage_gone_pairs")
    if scope.drops_orphans:
        stage.run(_ORPHANED)
    stage.analyze("stage_gone_guardians")


def write(stage: Stage, **parameters: Any) -> None:
    """Write who changed, who is new and who left; after the students."""
    stage.run(_CHANGE, **parameters)
    stage.run(_ADD, **parameters)
    stage.run(_PART)
    for is_principal in (False, True):
        stage.run(_CHANGE_PAIRS, is_principal=is_principal)
    stage.run(_ADD_PAIRS)
    stage.run(_LEAVE)
