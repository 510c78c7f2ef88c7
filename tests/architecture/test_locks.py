import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ("postgres", "kafka", "telemetry")
LOCKS = {"requirements.lock": RUNTIME, "requirements-dev.lock": (*RUNTIME, "dev")}


class Pin(NamedTuple):
    requirement: Requirement
    hashes: list[str]


def pins(lock: str) -> list[Pin]:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", (ROOT / lock).read_text("utf-8")))
    return [
        Pin(Requirement(entry.split("\\")[0].strip()), re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))
        for entry in entries
        if entry.strip()
    ]


def versions(lock: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pin in pins(lock):
        found.setdefault(canonicalize_name(pin.requirement.name), []).append(str(pin.requirement.specifier))
    return found


def installed_version(lock: str, name: str) -> Version:
    """The version that the lock gives this machine; the two of a fork of markers differ by machine."""
    (pin,) = (
        pin
        for pin in pins(lock)
        if canonicalize_name(pin.requirement.name) == name
        and (pin.requirement.marker is None or pin.requirement.marker.evaluate())
    )
    return Version(str(pin.requirement.specifier).removeprefix("=="))


def declared(extras: tuple[str, ...]) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    texts = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [Requirement(text) for text in texts]


def needed(requirement: Requirement, seen: set[str]) -> Iterator[Requirement]:
    """Yield a requirement and all that it needs on this machine, by what the installed packages say of themselves."""
    yield requirement
    key = f"{canonicalize_name(requirement.name)}[{','.join(sorted(requirement.extras))}]"
    if key in seen:
        return
    seen.add(key)
    for text in metadata.requires(requirement.name) or []:
        inner = Requirement(text)
        extras = requirement.extras or {""}
        if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
            yield from needed(inner, seen)


@pytest.mark.requirement("DEP-1")
@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_has_hashes(lock: str) -> None:
    assert [
        str(pin.requirement)
        for pin in pins(lock)
        if not re.fullmatch(r"==[0-9][^*,]*", str(pin.requirement.specifier)) or not pin.hashes
    ] == []


@pytest.mark.requirement("DEP-1")
@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_satisfies_the_manifest_and_all_that_it_needs(lock: str) -> None:
    seen: set[str] = set()
    everything = [inner for outer in declared(LOCKS[lock]) for inner in needed(outer, seen)]
    assert len(everything) > len(declared(LOCKS[lock]))
    unsatisfied = [
        str(requirement)
        for requirement in everything
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if installed_version(lock, canonicalize_name(requirement.name)) not in requirement.specifier
    ]
    assert unsatisfied == []


@pytest.mark.requirement("DEP-1")
def test_the_tests_run_on_the_versions_that_run() -> None:
    runtime, development = versions("requirements.lock"), versions("requirements-dev.lock")
    assert runtime == {name: development.get(name) for name in runtime}


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_package_index(lock: str) -> None:
    assert re.findall(r"\w+://\S+|--index-url.*|--find-links.*", (ROOT / lock).read_text("utf-8")) == []
