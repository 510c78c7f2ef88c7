"""What every service must be: the same files, a program of its own, guarded doors, settings that are written down."""

import importlib
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import flask
import pytest
from flask.views import MethodView

from shared import auth, env, web
from shared.command_line import named
from shared.passports import SCHOOL
from tests.support.source import ROOT, services, source_files

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What a service may hold, and what it must. A file that it does not need is absent, never renamed.
REQUIRED = {"README.md", "__main__", "app", "config", "context", "errors", "texts"}
ALLOWED = REQUIRED | {
    *("__init__", "api", "schemas", "operations", "queries", "models", "events", "consumers", "rules", "migrations"),
    # Readers of the files that schools hand over, and the directory of organisations that comes with the program.
    *("directory", "directory_files", "registry_files"),
    # What an operator types, where `__main__` alone would be too long.
    "commands",
    # The letters that it writes to people, and the pages that it makes for them.
    "letters",
    "pdf",
    # Those whom it asks who somebody is.
    "providers",
}

# `python -m …` and tests run with the project on the path, and an editable install puts a finder in front that lends
# the missing services to a copy: with either, this test would be green for the wrong reason.
START_THE_COPY = """
import sys
project, copy, service = sys.argv[1:]
sys.path[:] = [copy] + [path for path in sys.path if path not in ("", project)]
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in getattr(finder, "__name__", repr(finder))]
app = __import__(f"services.{service}.app", fromlist=["create_app"])
assert callable(app.create_app)
ours = [module for name, module in sys.modules.items() if name.partition(".")[0] in ("services", "shared")]
elsewhere = [str(module) for module in ours if not str(getattr(module, "__file__", None) or copy).startswith(copy)]
print(len(ours), elsewhere)
"""
WITHOUT_THE_WEB = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(sorted({name.partition(".")[0] for name in sys.modules} & {"flask", "flask_smorest", "marshmallow", "kafka"}))
"""
# A relay is a process for itself, of each service: all that it loads, a machine holds that many times.
WHAT_A_RELAY_LOADS = """
import importlib, sys
from shared import relaying
service = importlib.import_module(sys.argv[1] + ".__main__").SERVICE
ours = [name.split(".")[2] for name in sys.modules if name.startswith(sys.argv[1] + ".")]
theirs = [name.partition(".")[0] for name in sys.modules]
print(callable(service.context), sorted({*ours, *theirs} & set(sys.argv[2:])))
"""
WHAT_A_WORKER_LOADS = """
import importlib, sys
app = importlib.import_module(sys.argv[1] + ".app")
theirs = {name.partition(".")[0] for name in sys.modules}
print(callable(app.create_app), sorted(theirs & set(sys.argv[2:])))
"""


def run(script: str, *arguments: str, folder: Path = ROOT) -> str:
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def parts_with_settings() -> list[str]:
    """The packages that read settings of their own from the environment."""
    found = [f"services.{name}" for name in services()]
    return found + [part for part in ("gateway",) if (ROOT / part / "config.py").exists()]


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{package.__name__}."):
        yield importlib.import_module(found.name)


@pytest.mark.parametrize("service", services())
def test_what_a_service_names_for_its_commands_is_there(service: str) -> None:
    found = vars(importlib.import_module(f"services.{service}.__main__").SERVICE).values()
    names = [each.name for each in found if isinstance(each, (named.Function, named.Items))]
    assert len(names) > 0
    assert [name for name in names if pkgutil.resolve_name(name) is None] == []


@pytest.mark.parametrize("service", services())
def test_a_relay_loads_nothing_that_only_others_need(service: str) -> None:
    needless = ["api", "app", "consumers", "events", "migrations", "models", "operations", "queries", "schemas"]
    needless += ["alembic", "flask", "flask_smorest", "granian", "jinja2", "kafka", "marshmallow", "prometheus_client"]
    assert run(WHAT_A_RELAY_LOADS, f"services.{service}", *needless) == "True []"


@pytest.mark.parametrize("service", services())
def test_a_worker_loads_nothing_that_few_requests_need(service: str) -> None:
    # Each of them is megabytes of every worker: migrations, tracebacks for terminals, pages, codes, stores, brokers.
    needless = ["alembic", "mako", "rich", "pygments", "typst", "segno", "obstore", "kafka", "hypothesis", "pytest"]
    assert run(WHAT_A_WORKER_LOADS, f"services.{service}", *needless) == "True []"


@pytest.mark.parametrize("service", services())
def test_a_service_has_the_files_of_a_service(service: str) -> None:
    found = [path.name for path in (ROOT / "services" / service).iterdir() if path.name != "__pycache__"]
    # A file, or a package of the same name once it has grown.
    held = {name.removesuffix(".py") for name in found}
    assert held - ALLOWED == set()
    assert len(held) == len(found)
    assert REQUIRED - held == set()


@pytest.mark.parametrize("service", services())
def test_a_service_starts_from_a_closed_copy(service: str, tmp_path: Path) -> None:
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=leave_out)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "services" / service, tmp_path / "services" / service, ignore=leave_out)
    shutil.copy(ROOT / "services" / "__init__.py", tmp_path / "services")
    loaded, elsewhere = run(START_THE_COPY, str(ROOT), str(tmp_path), service, folder=tmp_path).split(" ", 1)
    assert int(loaded) > 5
    assert elsewhere == "[]"


@pytest.mark.parametrize("service", services())
def test_operations_and_consumers_load_no_web_framework(service: str) -> None:
    files = ("operations", "consumers", "events", "queries", "models", "context")
    names = sorted({file.module for file in source_files("services") if file.service == service})
    wanted = [f"services.{service}.{file}" for file in files if f"services.{service}.{file}" in names]
    assert f"services.{service}.operations" in wanted
    assert run(WITHOUT_THE_WEB, *wanted) == "[]"


@pytest.mark.requirement("S2S-3")
@pytest.mark.parametrize("service", services())
def test_every_blueprint_has_a_guard(service: str) -> None:
    api = importlib.import_module(f"services.{service}.api")
    blueprints = {
        value for module in modules_of(api) for value in vars(module).values() if isinstance(value, flask.Blueprint)
    }
    assert blueprints
    assert [blueprint.name for blueprint in blueprints if not is_guarded(blueprint)] == []


def is_guarded(blueprint: flask.Blueprint) -> bool:
    guards = blueprint.before_request_funcs.get(None, [])
    return any(guard is auth.public or hasattr(guard, "roles") for guard in guards)


def test_is_guarded_finds_a_blueprint_without_a_guard() -> None:
    open_to_all = flask.Blueprint("open", __name__)
    open_to_all.before_request(lambda: None)
    assert not is_guarded(open_to_all)
    guarded = flask.Blueprint("guarded", __name__)
    guarded.before_request(auth.require("parent"))
    assert is_guarded(guarded)


@pytest.mark.requirement("S2S-4")
@pytest.mark.parametrize("service", services())
def test_every_method_for_schools_asks_for_a_scope(service: str) -> None:
    api = importlib.import_module(f"services.{service}.api")
    blueprints = [each for each in api.BLUEPRINTS if is_for_schools(each)]
    assert [name for each in blueprints for name in without_scope(each)] == []


def is_for_schools(blueprint: flask.Blueprint) -> bool:
    return any(SCHOOL in getattr(guard, "roles", ()) for guard in blueprint.before_request_funcs.get(None, []))


def without_scope(blueprint: flask.Blueprint) -> list[str]:
    """The methods of a blueprint that whoever has any token at all may call."""
    app = flask.Flask("alone", static_folder=None)
    app.register_blueprint(blueprint)
    found = []
    for rule in app.url_map.iter_rules():
        view = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in sorted((rule.methods or set()) & set(METHODS)):
            if not hasattr(getattr(view, method.lower(), None), "scope"):
                found.append(f"{method} {rule.rule}")
    return found


def test_without_scope_finds_a_method_that_asks_for_none() -> None:
    door = web.Blueprint("door", __name__, url_prefix="/school/v1")
    door.before_request(auth.require(SCHOOL))

    @door.route("/marks")
    class Marks(MethodView):
        @auth.scope("marks.read")
        def get(self) -> str:
            return ""

        def post(self) -> str:
            return ""

    assert is_for_schools(door)
    assert without_scope(door) == ["POST /school/v1/marks"]


@pytest.mark.parametrize("part", parts_with_settings())
def test_every_setting_stands_in_the_example_of_the_environment(part: str) -> None:
    config = importlib.import_module(f"{part}.config")
    file = ROOT / "deploy" / "env" / f"{part.rpartition('.')[2]}.env.example"
    # When this differs: python -m <part> settings --example > deploy/env/<part>.env.example
    assert file.read_text("utf-8") == env.example(config.Settings, prefix=config.PREFIX)


@pytest.mark.parametrize("part", parts_with_settings())
def test_every_setting_stands_in_the_readme(part: str) -> None:
    config = importlib.import_module(f"{part}.config")
    readme = ROOT.joinpath(*part.split("."), "README.md").read_text("utf-8")
    names = [variable.name for variable in env.variables(config.Settings, prefix=config.PREFIX)]
    assert names
    assert [name for name in names if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("part", parts_with_settings())
def test_every_setting_is_explained(part: str) -> None:
    config = importlib.import_module(f"{part}.config")
    variables = env.variables(config.Settings, prefix=config.PREFIX)
    assert [variable.name for variable in variables if not variable.help.endswith((".", "…"))] == []
