"""Alembic's environment of identity: `shared.migrations` opened the connection."""

from services.identity.models import METADATA
from shared import migrations

migrations.run_environment(METADATA)
