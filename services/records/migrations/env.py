"""Alembic's entry: records' tables, on the connection that `migrate` opened."""

from services.records.models import METADATA
from shared import migrations

migrations.run_environment(METADATA)
