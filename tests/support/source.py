"""The project's own source, read as text: which parts there are, and what each file imports."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Top-level packages of the project; anything else that is imported is the standard library's or a dependency's.
PARTS = (
    "shared",
    "services",
    "gateway",
    "portal",
    "one_machine",
    "registry_generator",
    "event_catalogue",
    "api_client_generator",
    "deploy",
    "release",
    "tests",
)
# Written by a program, and held to nothing but that: the generator's test makes it anew.
GENERATED = ("vitrail_client",)


@dataclass(frozen=True)
class SourceFile:
    """A Python file: its dotted name (`services.identity.rules.codes`) and its text."""

    module: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def service(self) -> str | None:
        """The service that it belongs to, if it does."""
        names = self.module.split(".")
        return names[1] if names[0] == "services" and len(names) > 1 else None

    @property
    def file_in_service(self) -> str | None:
        """The file, or package, of the service's file list that it is part of: `rules` for `rules.codes`."""
        names = self.module.split(".")
        return names[2] if self.service and len(names) > 2 else None

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module that it names in an import, wherever in the file: `from a import b` gives `a` and `a.b`."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        return frozenset(found)

    @property
    def imported_packages(self) -> frozenset[str]:
        """The top-level packages of its imports."""
        return frozenset(name.partition(".")[0] for name in self.imports)


@cache
def source_files(*parts: str, root: Path = ROOT) -> list[SourceFile]:
    """Return the Python files of these parts (all of them without any), in order of their names; read once a run."""
    return sorted(_read(root, parts or PARTS), key=lambda file: file.module)


def _read(root: Path, parts: Iterable[str]) -> Iterator[SourceFile]:
    for part in parts:
        for path in (root / part).rglob("*.py"):
            names = list(path.relative_to(root).with_suffix("").parts)
            yield SourceFile(".".join(names[:-1] if names[-1] == "__init__" else names), path.read_text("utf-8"))


def services(root: Path = ROOT) -> list[str]:
    """Return the names of the services that can be started: the folders with an `app.py`."""
    return sorted(app.parent.name for app in (root / "services").glob("*/app.py"))
