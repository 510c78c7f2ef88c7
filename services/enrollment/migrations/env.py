"""Alembic's entry: enrollment's tables, on the connection that `migrate` opened."""

from services.enrollment.models import METADATA
from shared import migrations

migrations.run_environment(METADATA)
