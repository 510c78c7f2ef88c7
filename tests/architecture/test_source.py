"""What no source file may hold: dangerous calls, weak randomness, waiting tests, names that say nothing."""

import ast
from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.support.source import SourceFile, source_files

Guard = Callable[[SourceFile], Iterable[int]]

# What runs in production; the generator of synthetic registries is seeded on purpose.
PRODUCT = ("shared", "services", "gateway", "portal", "one_machine", "event_catalogue")
SERVING = ("shared", "services", "gateway", "portal")

BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "base"}
SECRET_WORDS = {"password", "token", "secret", "digest", "signature", "mac", "hmac", "ticket", "proof"}


def calls(file: SourceFile, *names: str) -> Iterator[ast.Call]:
    """Yield the calls of these dotted names, wherever in the file."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield node


def imports(file: SourceFile, *modules: str) -> Iterator[int]:
    for node in ast.walk(file.tree):
        named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if {name.partition(".")[0] for name in named} & set(modules):
            yield node.lineno  # type: ignore[attr-defined]


def reads_the_environment(file: SourceFile) -> Iterator[int]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.environb", "os.getenv"}:
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for alias in node.names if alias.name in {"environ", "getenv"})


def uses_weak_randomness(file: SourceFile) -> Iterator[int]:
    yield from imports(file, "random")
    yield from (call.lineno for call in calls(file, "uuid.uuid1", "uuid1"))


def loads_objects(file: SourceFile) -> Iterator[int]:
    yield from imports(file, "pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle")


def loads_yaml_unsafely(file: SourceFile) -> Iterator[int]:
    yield from (call.lineno for call in calls(file, "yaml.load", "yaml.unsafe_load", "yaml.full_load"))


def evaluates_text(file: SourceFile) -> Iterator[int]:
    yield from (call.lineno for call in calls(file, "eval", "exec", "os.system", "os.popen"))


def starts_a_shell(file: SourceFile) -> Iterator[int]:
    yield from _keyword(file, "shell", True)


def skips_certificates(file: SourceFile) -> Iterator[int]:
    for name in ("verify", "verify_ssl", "check_hostname", "ssl"):
        yield from _keyword(file, name, False)
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"CERT_NONE", "_create_unverified_context"}:
            yield node.lineno


def _keyword(file: SourceFile, name: str, value: object) -> Iterator[int]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            yield from [node.value.lineno] if (node.arg, node.value.value) == (name, value) else []


def compares_secrets_plainly(file: SourceFile) -> Iterator[int]:
    """Find `==` on what is named like a secret: it takes longer the more of it is right (`hmac.compare_digest` does not)."""
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = [node.left, *node.comparators]
        if any(_is_column(side) or isinstance(side, ast.Constant) for side in sides):
            continue
        words = {_last_word(side) for side in sides}
        # What the same person typed twice is no secret from them.
        if words & SECRET_WORDS and "confirmation" not in words:
            yield node.lineno


def _is_column(node: ast.expr) -> bool:
    """Tell whether this is a column (`LoginCode.digest`, `codes.c.digest`): the database compares those by index."""
    if not isinstance(node, ast.Attribute):
        return False
    owner = node.value
    return (isinstance(owner, ast.Name) and owner.id[:1].isupper()) or (
        isinstance(owner, ast.Attribute) and (owner.attr == "c" or owner.attr[:1].isupper())
    )


def _last_word(node: ast.expr) -> str:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        name = str(node.slice.value)
    return name.lower().rpartition("_")[2]


def sleeps(file: SourceFile) -> Iterator[int]:
    yield from (call.lineno for call in calls(file, "time.sleep", "sleep", "eventlet.sleep", "gevent.sleep"))


def tells_time_itself(file: SourceFile) -> Iterator[int]:
    named = ("time.time", "time.time_ns", "datetime.now", "datetime.datetime.now", "datetime.utcnow", "date.today")
    yield from (call.lineno for call in calls(file, *named))


def branches(file: SourceFile) -> Iterator[int]:
    """Find tests that decide while they run what they assert: one of their ways may never have been gone."""
    for function in ast.walk(file.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name.startswith("test_"):
            yield from (node.lineno for node in ast.walk(function) if isinstance(node, ast.If) and _decides(node))


def _decides(branch: ast.If) -> bool:
    return bool(branch.orelse) or any(isinstance(node, ast.Assert | ast.Return | ast.With) for node in ast.walk(branch))


def replaces_our_code(file: SourceFile) -> Iterator[int]:
    """Find `patch("services.…")`: what needs replacing is a parameter of `create_app`."""
    yield from imports(file, "unittest", "mock") if "unittest.mock" in file.imports or "mock" in file.imports else ()


# Each with an example that it must find, so that none of them passes by finding nothing.
EVERYWHERE = [
    (reads_the_environment, "import os\nhome = os.environ['HOME']"),
    (uses_weak_randomness, "def code():\n    from random import randint\n    return randint(0, 999999)"),
    (uses_weak_randomness, "import uuid\ntoken = uuid.uuid1()"),
    (loads_objects, "import pickle"),
    (loads_yaml_unsafely, "import yaml\nyaml.load(text)"),
    (evaluates_text, "eval(text)"),
    (starts_a_shell, "subprocess.run(line, shell=True)"),
    (skips_certificates, "client.get(url, verify=False)"),
    (skips_certificates, "context.verify_mode = ssl.CERT_NONE"),
    (compares_secrets_plainly, "if given_token == session.token: pass"),
    (compares_secrets_plainly, "ok = row.code_digest != digest"),
    (compares_secrets_plainly, "ok = body['password'] == row['password']"),
]
IN_SERVING = [
    (sleeps, "import time\ntime.sleep(1)"),
    (tells_time_itself, "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
]
IN_TESTS = [
    (sleeps, "def test_it():\n    time.sleep(1)"),
    (branches, "def test_it(kind):\n    if kind == 'sqlite':\n        assert True"),
    (branches, "def test_it(kind):\n    if kind:\n        expected = 1\n    else:\n        expected = 2"),
    (replaces_our_code, "from unittest.mock import patch"),
]

EXAMPLES = EVERYWHERE + IN_SERVING + IN_TESTS

# What a guard must not find, though it looks like it, and why.
REASONS = {
    (reads_the_environment, "shared.env"): "the door to the environment, which the settings of each part open",
    (tells_time_itself, "shared.passports"): "compares with the moment that the signing library wrote into it",
    (tells_time_itself, "gateway.limits"): "adds to a library that counts by the machine's clock",
    (uses_weak_randomness, "shared.retrying"): "spreads the load of many that try again; nothing is kept secret by it",
    (uses_weak_randomness, "shared.embedded_log.producer"): "chooses a partition for what has no key",
    (sleeps, "services.identity.operations.judging"): "waits, for a bounded time, for a place among those judged",
    (
        sleeps,
        "shared.database",
    ): "lets other processes of SQLite write, in the middle of a long work; nobody waits for it",
    (
        sleeps,
        "portal.gateway_calls",
    ): "waits, five seconds at most, for the answer to the button's first press",
    (sleeps, "shared.waking"): "watches a file of SQLite, which cannot call; its bounds are measured",
}


def found(guard: Guard, files: list[SourceFile]) -> list[str]:
    return [f"{file.module}:{line}" for file in files if (guard, file.module) not in REASONS for line in guard(file)]


def test_every_reason_is_still_needed() -> None:
    files = {file.module: file for file in source_files()}
    assert [f"{guard.__name__} {module}" for guard, module in REASONS if not list(guard(files[module]))] == []


def is_settings_door(file: SourceFile) -> bool:
    """Tell whether the file is where a part reads its environment."""
    return file.module.endswith(".config") or file.module.startswith("one_machine")


@pytest.mark.requirement("DEP-5")
@pytest.mark.parametrize(("guard", "example"), EXAMPLES, ids=[guard.__name__ for guard, _ in EXAMPLES])
def test_a_guard_finds_what_it_is_for(guard: Guard, example: str) -> None:
    assert found(guard, [SourceFile("services.identity.operations", example)]) != []


@pytest.mark.parametrize(
    ("guard", "text"),
    [
        (compares_secrets_plainly, "select(Session).where(Session.token_digest == digest)"),
        (compares_secrets_plainly, "select(codes).where(codes.c.digest == digest)"),
        (compares_secrets_plainly, "ok = hmac.compare_digest(row.digest, digest)"),
        (compares_secrets_plainly, "ok = kind == 'password'"),
        (compares_secrets_plainly, "ok = password == confirmation"),
        (uses_weak_randomness, "import secrets\nsecrets.randbelow(10)"),
        (starts_a_shell, "subprocess.run(line, shell=False)"),
        (skips_certificates, "client.get(url, verify=True)"),
        (
            branches,
            "def test_it():\n    for n in numbers:\n        if n > 2:\n            large.append(n)",
        ),
    ],
)
def test_a_guard_lets_the_rest_through(guard: Guard, text: str) -> None:
    assert found(guard, [SourceFile("services.identity.operations", text)]) == []


@pytest.mark.requirement("DEP-5")
@pytest.mark.parametrize("guard", dict.fromkeys(guard for guard, _ in EVERYWHERE[1:]))
def test_no_part_does_what_is_dangerous(guard: Guard) -> None:
    assert found(guard, source_files(*PRODUCT)) == []


@pytest.mark.requirement("COD-1")
def test_no_part_makes_secrets_from_the_time_or_weak_randomness() -> None:
    rules = [file for file in source_files("services") if file.file_in_service == "rules"]
    assert [f"{file.module}:{line}" for file in rules for line in imports(file, "random", "time")] == []
    assert found(uses_weak_randomness, source_files(*PRODUCT)) == []


def test_only_the_settings_read_the_environment() -> None:
    files = [file for file in source_files(*PRODUCT) if not is_settings_door(file)]
    assert found(reads_the_environment, files) == []


def test_no_service_sleeps() -> None:
    assert found(sleeps, source_files(*SERVING)) == []


def test_services_ask_the_clock_for_the_time() -> None:
    files = [file for file in source_files(*SERVING) if file.module not in {"shared.clock", "portal.clock"}]
    assert found(tells_time_itself, files) == []


@pytest.mark.parametrize("guard", [guard for guard, _ in IN_TESTS])
def test_no_test_sleeps_branches_or_replaces_our_code(guard: Guard) -> None:
    files = [file for file in source_files("tests") if file.module.rpartition(".")[2].startswith("test_")]
    assert found(guard, files) == []


def test_every_module_has_a_name_that_says_something() -> None:
    # The blocklist of common passwords: there the word is the field's own.
    named = [file.module for file in source_files() if set(file.module.split(".")) & BANNED_NAMES]
    assert set(named) <= {"services.identity.rules.passwords.common"}
