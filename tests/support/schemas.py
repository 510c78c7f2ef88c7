"""A service's schema for the tests: by this tree's migrations, or by those of a newer tree."""

import os
import subprocess
import sys
from pathlib import Path

from shared import migrations
from shared.database import Database
from tests.support.source import ROOT

# A newer release's tree: its schema is what the release before must go on working with (`make compatibility`).
NEWER_TREE = "VITRAIL_TEST_MIGRATIONS"
# In a process of its own and from that tree: its migrations run with its own code, and the tests with theirs.
_MIGRATE = """
import sys
from pathlib import Path
from shared import migrations
from shared.database import Database
database = Database(sys.argv[1])
migrations.migrate(database, Path("services") / sys.argv[2] / "migrations")
database.close()
"""


def migrate(url: str, *, service: str) -> None:
    """Bring an empty database to a service's schema, and leave no connection behind."""
    if newer := os.environ.get(NEWER_TREE):
        _migrate_by(Path(newer), url, service)
        return
    database = Database(url)
    migrations.migrate(database, ROOT / "services" / service / "migrations")
    database.close()


def _migrate_by(tree: Path, url: str, service: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", _MIGRATE, url, service], cwd=tree, env=environment, check=True)
