"""docs/operate.md says nothing that is not so: its metrics, settings, commands and files are there."""

import importlib
import re

import click
import pytest

from one_machine.parts import SERVICES
from shared import env, tracing
from tests.support.source import ROOT, source_files

TEXT = (ROOT / "docs" / "operate.md").read_text("utf-8")


def commands(service: str) -> dict[str, click.Command]:
    found: dict[str, click.Command] = importlib.import_module(f"services.{service}.__main__").commands.commands
    return found


def settings() -> set[str]:
    parts = {"gateway": "gateway.config", **{name: f"services.{name}.config" for name in SERVICES}}
    loaded = (importlib.import_module(module) for module in parts.values())
    names = {each.name for config in loaded for each in env.variables(config.Settings, prefix=config.PREFIX)}
    return names | {each.name for each in env.variables(tracing.Settings, prefix=tracing.PREFIX)}


def test_its_metrics_are_exported() -> None:
    named = set(re.findall(r"`(vitrail_\w+)", TEXT))
    source = "".join(file.text for file in source_files("shared", "portal"))
    assert len(named) > 10
    assert [name for name in sorted(named) if f'"{name.removesuffix("_total")}"' not in source] == []


@pytest.mark.requirement("KEY-1")
def test_its_table_of_keys_names_every_ring() -> None:
    rings = {name for name in settings() if "_KEYS" in name}
    named = re.findall(r"`([A-Z…_]+_KEYS(?:_…)?)`", TEXT)
    forms = [name.replace("…", r"[A-Z_]+") for name in named]
    assert [ring for ring in sorted(rings) if not any(re.fullmatch(form, ring) for form in forms)] == []


def test_its_settings_are_read() -> None:
    named = set(re.findall(r"`((?:GATEWAY|IDENTITY|ENROLLMENT|ATTENDANCE|RECORDS|OTEL_EXPORTER)_[A-Z_]+)`", TEXT))
    assert [name for name in sorted(named) if name not in settings()] == []


def test_its_commands_are_there() -> None:
    typed = re.findall(rf"(?:command\.sh|services\.)[ ]?({'|'.join(SERVICES)}) ([a-z-]+)(?: ([a-z-]+))?", TEXT)
    assert len(typed) > 5
    missing = [words for words in typed if words[1] not in commands(words[0])]
    for service, command, below in typed:
        found = commands(service).get(command)
        missing += [(service, command, below)] if isinstance(found, click.Group) and below not in found.commands else []
    assert missing == []


def test_its_files_are_there() -> None:
    named = re.findall(r"`((?:deploy|docs|tests|services|examples|one_machine|platform)/[\w./-]+)`", TEXT)
    named += re.findall(r" (deploy/[\w./-]+)", TEXT)
    assert len(named) > 8
    folders = (ROOT, ROOT / "deploy" / "kubernetes")
    paths = {name.removesuffix("/") for name in named} - {"deploy/kubernetes/overlays/mine"}
    assert [name for name in sorted(paths) if not any((folder / name).exists() for folder in folders)] == []
