"""The files of `deploy/events/`: written, and compared with what the declarations say now."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from event_catalogue import asyncapi, schemas, snapshots
from event_catalogue.declarations import Declarations
from event_catalogue.snapshots import Release
from shared import topics

FOLDER: Final = topics.CATALOGUE_FILE.parent / "events"
ASYNCAPI_FILE: Final = Path("asyncapi.json")
_SCHEMAS: Final = Path("schemas")


def make(declarations: Declarations, released: list[Release]) -> dict[Path, bytes]:
    """Return every generated file, by its path below the folder."""
    made = {ASYNCAPI_FILE: snapshots.dumped(asyncapi.document(declarations, released))}
    for each in declarations.events:
        made[_SCHEMAS / f"{each.type}.json"] = snapshots.dumped(schemas.document(each))
    return made


def write(made: Mapping[Path, bytes], folder: Path) -> list[Path]:
    """Bring `folder` up to date and return what changed; schemas of types that are declared no more are deleted."""
    changed = stale(made, folder)
    for path in changed:
        if path in made:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(made[path])
        else:
            (folder / path).unlink()
    return changed


def stale(made: Mapping[Path, bytes], folder: Path) -> list[Path]:
    """Return the files that are not as they would be made: missing, different, or of no declared type."""
    held = {file.relative_to(folder) for file in (folder / _SCHEMAS).glob("*.json")}
    different = {path for path, text in made.items() if not _holds(folder / path, text)}
    return sorted(different | (held - set(made)))


def _holds(file: Path, text: bytes) -> bool:
    return file.is_file() and file.read_bytes() == text
