"""Migrations: they build exactly what the models describe, in numbered steps, forward only."""

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from shared import migrations
from shared.database import Database
from tests.support.source import ROOT, services

with_migrations = [name for name in services() if (ROOT / "services" / name / "migrations").exists()]


def folder(service: str) -> Path:
    return ROOT / "services" / service / "migrations"


def versions(service: str) -> list[Path]:
    return sorted((folder(service) / "versions").glob("[!_]*.py"))


def described(service: str) -> sa.MetaData:
    models = importlib.import_module(f"services.{service}.models")
    (metadata,) = {id(value): value for value in vars(models).values() if isinstance(value, sa.MetaData)}.values()
    return metadata


def checks(connection: sa.Connection, table: str) -> set[Any]:
    return {check["name"] for check in sa.inspect(connection).get_check_constraints(table)}


@pytest.mark.parametrize("service", with_migrations)
def test_migrations_build_what_the_models_describe(service: str, database: Database) -> None:
    migrations.migrate(database, folder(service))
    metadata = described(service)
    assert metadata.tables
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        # Alembic does not look at the conditions that rows must meet.
        for table in metadata.sorted_tables:
            declared = {each.name for each in table.constraints if isinstance(each, sa.CheckConstraint)}
            assert (table.name, checks(connection, table.name)) == (table.name, declared)


@pytest.mark.parametrize("service", with_migrations)
def test_a_second_migration_changes_nothing(service: str, database: Database) -> None:
    assert not migrations.is_current(database, folder(service))
    first = migrations.migrate(database, folder(service))
    assert migrations.migrate(database, folder(service)) == first
    assert migrations.is_current(database, folder(service))


@pytest.mark.parametrize("service", with_migrations)
def test_the_checked_in_head_is_the_newest_version(service: str) -> None:
    newest = migrations.head(folder(service))
    assert (folder(service) / "HEAD").read_text("utf-8").strip() == newest
    assert versions(service)[-1].stem == newest


@pytest.mark.parametrize("service", with_migrations)
def test_versions_are_numbered_without_a_gap(service: str) -> None:
    numbers = [re.fullmatch(r"(\d{4})_[a-z0-9_]+", path.stem) for path in versions(service)]
    assert [match and int(match[1]) for match in numbers] == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("service", with_migrations)
def test_versions_go_forward_only(service: str) -> None:
    functions = [
        f"{path.stem}.{node.name}"
        for path in versions(service)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade"
    ]
    assert functions == []
