"""Who may import whom: the folder table, the ladder within a service, and what each of its files must leave alone."""

import sys
import tomllib
from collections.abc import Callable
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.source import GENERATED, PARTS, ROOT, SourceFile, source_files

Guard = Callable[[SourceFile], list[str]]

ANYTHING = frozenset(PARTS + GENERATED)
# The folder table. A service is allowed `services` for its own package only, which `crossings` looks at more closely.
MAY_IMPORT = {
    "shared": {"shared"},
    "services": {"shared", "services"},
    "gateway": {"shared", "gateway"},
    # What a stranger could copy and build upon: the client of the public API, and nothing that stands behind it.
    "portal": {"portal", "vitrail_client"},
    "registry_generator": {"shared", "registry_generator"},
    "one_machine": {"shared", "one_machine", "registry_generator"},
    # It asks each service by name what it declares, and knows none of them.
    "event_catalogue": {"shared", "event_catalogue"},
    # It asks each service by name how it describes itself, and the gateway how it joins that.
    "api_client_generator": {"shared", "gateway", "api_client_generator"},
    # The checks of the manifests ask every part by name, likewise.
    "deploy": {"shared", "one_machine", "deploy"},
    # It renders the manifests that it hands over, as their checks do.
    "release": {"deploy", "release"},
    "tests": ANYTHING,
}

# The generator writes the files that this reader reads, over the directory that comes with it: a tool, not a service.
CROSSINGS_WITH_REASON = {("registry_generator", "services.enrollment.directory_files")}

# The ladder: a file imports from lower rungs only, and from its own package.
RUNGS = {
    "__main__": 7,
    "app": 6,
    # What `__main__` offers, where one file would be too long.
    "commands": 6,
    "api": 5,
    "consumers": 5,
    "operations": 4,
    "queries": 3,
    "events": 3,
    "context": 3,
    "migrations": 3,
    "models": 2,
    # What is written to people: words, laid out.
    "letters": 2,
    # The pages that it makes for people: the same, typeset.
    "pdf": 2,
    # Those who may say who somebody is: asked over HTTP, with libraries of their own.
    "providers": 2,
    # Readers of the files that schools hand over: pure, like rules, but with libraries of their own.
    "directory_files": 2,
    "registry_files": 1,
    "errors": 1,
    "schemas": 1,
    "config": 1,
    # Below the others of the lowest rung: rules take values only and import nobody, so anybody may import them.
    "rules": 0,
}

WEB = {"flask", "flask_smorest", "marshmallow", "kafka"}
MUST_NOT_IMPORT = {
    "models": WEB,
    "queries": WEB,
    "operations": WEB,
    "events": WEB,
    "consumers": WEB,
    "schemas": {"flask", "sqlalchemy", "kafka"},
    "api": {"sqlalchemy", "kafka"},
}
OUT_OF_SIGHT = {"api": {"models", "queries"}}
# What a rule computes with: values in, values out, nothing asked of the outside.
RULES_MAY_IMPORT = {"pyotp", "itsdangerous", "argon2", "email_validator"}

# Halves of one library: whoever declares Flask has declared Werkzeug.
PART_OF = {
    "werkzeug": "flask",
    "markupsafe": "jinja2",
    "webargs": "flask-smorest",
    "multidict": "aiohttp",
    "yarl": "aiohttp",
}
STANDARD_LIBRARY = frozenset(sys.stdlib_module_names)


def crossings(file: SourceFile) -> list[str]:
    """Return the imports that the folder table forbids."""
    part = file.module.partition(".")[0]
    found = [name for name in file.imports if name.partition(".")[0] in ANYTHING - MAY_IMPORT[part]]
    found = [name for name in found if not any(_has_reason(part, name, target) for target in CROSSINGS_WITH_REASON)]
    if file.service is not None:
        own = ("services", file.service)
        found += [name for name in file.imports if name.startswith("services.") and tuple(name.split(".")[:2]) != own]
    return sorted(f"{file.module} imports {name}" for name in found)


def _has_reason(part: str, name: str, crossing: tuple[str, str]) -> bool:
    return part == crossing[0] and f"{name}.".startswith(f"{crossing[1]}.")


def climbs(file: SourceFile) -> list[str]:
    """Return the imports of a service's file from its own rung or a higher one."""
    own = file.file_in_service
    if own is None:
        return []
    prefix = f"services.{file.service}."
    targets = {name.removeprefix(prefix).partition(".")[0] for name in file.imports if name.startswith(prefix)} - {own}
    forbidden = OUT_OF_SIGHT.get(own, set())
    return sorted(
        f"{file.module} imports {target}"
        for target in targets
        if target in forbidden or RUNGS.get(target, 0) >= RUNGS[own]
    )


def strangers(file: SourceFile) -> list[str]:
    """Return the libraries that a service's file imports and must leave alone."""
    own = file.file_in_service
    found = file.imported_packages & MUST_NOT_IMPORT.get(own or "", set())
    if own == "rules":
        found |= file.imported_packages - STANDARD_LIBRARY - RULES_MAY_IMPORT - {"services"}
    return sorted(f"{file.module} imports {name}" for name in found)


def undeclared(file: SourceFile) -> list[str]:
    """Return the libraries that are imported without standing in pyproject.toml: somebody else's may go any day."""
    found = file.imported_packages - STANDARD_LIBRARY - ANYTHING
    return sorted(f"{file.module} imports {name}" for name in found if not DECLARED & _distributions(name))


def _distributions(package: str) -> set[str]:
    names = [PART_OF[package]] if package in PART_OF else OWNERS.get(package, [])
    return {canonicalize_name(name) for name in names}


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    # `packaging` comes with pytest, of which it is a part in all but name; only tests use it.
    return {canonicalize_name(Requirement(text).name) for text in [*project["dependencies"], *extras]} | {"packaging"}


DECLARED = _declared()
OWNERS = metadata.packages_distributions()

GUARDS = [crossings, climbs, strangers, undeclared]


@pytest.mark.parametrize("guard", GUARDS)
def test_imports_obey_the_tables(guard: Guard) -> None:
    assert [line for file in source_files() for line in guard(file)] == []


def test_there_are_files_to_look_at() -> None:
    assert {"shared.database", "tests.conftest"} <= {file.module for file in source_files()}


def test_every_file_of_a_service_has_its_rung() -> None:
    files = [file for file in source_files("services") if file.file_in_service]
    assert (
        sorted({f"{file.service}: {file.file_in_service}" for file in files if file.file_in_service not in RUNGS}) == []
    )


@pytest.mark.parametrize(
    ("guard", "module", "text"),
    [
        (crossings, "shared.outbox", "from services.identity import models"),
        (crossings, "shared.outbox", "import tests.support.clock"),
        (crossings, "services.identity.app", "from gateway import routes"),
        (crossings, "services.identity.operations", "from services.enrollment import queries"),
        (crossings, "services.identity.operations", "def late():\n    import services.enrollment.queries"),
        (crossings, "services.identity.operations", "from services import enrollment"),
        (crossings, "registry_generator.people", "from services.enrollment import queries"),
        (crossings, "gateway.proxy", "from services.identity import errors"),
        (crossings, "gateway.event_pages", "from event_catalogue import asyncapi"),
        (crossings, "event_catalogue.schemas", "from services.identity import events"),
        (crossings, "portal.pages", "from shared import texts"),
        (crossings, "portal.pages", "from services.identity.rules import emails"),
        (crossings, "gateway.proxy", "from vitrail_client import models"),
        (climbs, "services.identity.rules.codes", "from services.identity import models"),
        (climbs, "services.identity.models", "from services.identity.queries import find_account"),
        (climbs, "services.identity.queries", "from services.identity import events"),
        (climbs, "services.identity.operations.codes", "from services.identity import api"),
        (climbs, "services.identity.errors", "from services.identity import schemas"),
        (climbs, "services.identity.api", "from services.identity import queries"),
        (climbs, "services.identity.api", "from services.identity.models import Account"),
        (strangers, "services.identity.operations", "import flask"),
        (strangers, "services.identity.consumers", "from marshmallow import Schema"),
        (strangers, "services.identity.schemas", "import sqlalchemy as sa"),
        (strangers, "services.identity.api", "from sqlalchemy.orm import Session"),
        (strangers, "services.identity.rules.codes", "from shared import clock"),
        (undeclared, "shared.web", "import requests"),
    ],
)
def test_a_forbidden_import_is_found(guard: Guard, module: str, text: str) -> None:
    assert guard(SourceFile(module, text)) != []


@pytest.mark.parametrize(
    ("guard", "module", "text"),
    [
        (crossings, "services.identity.operations", "from services.identity import queries\nfrom shared import outbox"),
        (crossings, "tests.contracts.test_events", "from services.identity import events"),
        (crossings, "portal.pages", "from vitrail_client.api.session import sign_in\nfrom portal import config"),
        (climbs, "services.identity.operations.codes", "from services.identity.operations import accounts"),
        (climbs, "services.identity.operations", "from services.identity import errors, events, models, queries"),
        (strangers, "services.identity.rules.codes", "import pyotp\nfrom services.identity.rules import budgets"),
        (undeclared, "shared.database", "import sqlalchemy, tomllib"),
    ],
)
def test_an_allowed_import_is_let_through(guard: Guard, module: str, text: str) -> None:
    assert guard(SourceFile(module, text)) == []
