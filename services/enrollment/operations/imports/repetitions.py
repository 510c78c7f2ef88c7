"""Lines that say a second time what another one said: the first counts, the others go into the report."""

from typing import Final

from services.enrollment.operations.imports.stage import Stage

# Of each staged file: find the later lines of one key …
_FIND: Final = {
    "users.csv": """
        INSERT INTO stage_rejections (line, file, code)
        SELECT u.line, 'users.csv', 'line_twice' FROM stage_users u
        JOIN (SELECT source_id, MIN(line) AS first FROM stage_users GROUP BY source_id HAVING COUNT(*) > 1) twice
            ON twice.source_id = u.source_id AND u.line > twice.first
    """,
    "orgs.csv": """
        INSERT INTO stage_rejections (line, file, code)
        SELECT u.line, 'orgs.csv', 'line_twice' FROM stage_schools u
        JOIN (SELECT source_id, MIN(line) AS first FROM stage_schools GROUP BY source_id HAVING COUNT(*) > 1) twice
            ON twice.source_id = u.source_id AND u.line > twice.first
    """,
    "demographics.csv": """
        INSERT INTO stage_rejections (line, file, code)
        SELECT u.line, 'demographics.csv', 'line_twice' FROM stage_births u
        JOIN (
            SELECT user_source_id, MIN(line) AS first FROM stage_births GROUP BY user_source_id HAVING COUNT(*) > 1
        ) twice ON twice.user_source_id = u.user_source_id AND u.line > twice.first
    """,
    "userflags.csv": """
        INSERT INTO stage_rejections (line, file, code)
        SELECT u.line, 'userflags.csv', 'line_twice' FROM stage_numbers u
        JOIN (
            SELECT user_source_id, file_number IS NULL AS is_code, MIN(line) AS first
            FROM stage_numbers GROUP BY user_source_id, file_number IS NULL HAVING COUNT(*) > 1
        ) twice ON twice.user_source_id = u.user_source_id AND twice.is_code = (u.file_number IS NULL)
            AND u.line > twice.first
    """,
}
# … and drop them.
_DROP: Final = {
    "users.csv": """
        DELETE FROM stage_users WHERE line IN (
            SELECT line FROM stage_rejections WHERE file = 'users.csv' AND code = 'line_twice'
        )
    """,
    "orgs.csv": """
        DELETE FROM stage_schools WHERE line IN (
            SELECT line FROM stage_rejections WHERE file = 'orgs.csv' AND code = 'line_twice'
        )
    """,
    "demographics.csv": """
        DELETE FROM stage_births WHERE line IN (
            SELECT line FROM stage_rejections WHERE file = 'demographics.csv' AND code = 'line_twice'
        )
    """,
    "userflags.csv": """
        DELETE FROM stage_numbers WHERE line IN (
            SELECT line FROM stage_rejections WHERE file = 'userflags.csv' AND code = 'line_twice'
        )
    """,
}


def reject(stage: Stage) -> None:
    """Leave one line for each person and school, and one number of each kind."""
    for file, statement in _FIND.items():
        if stage.run(statement):
            stage.run(_DROP[file])
