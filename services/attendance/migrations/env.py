"""Alembic's entry: attendance's tables, on the connection that `migrate` opened."""

from services.attendance.models import METADATA
from shared import migrations

migrations.run_environment(METADATA)
