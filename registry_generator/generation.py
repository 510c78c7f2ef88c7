"""Write a whole registry, as a folder or a zip."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from registry_generator.families import families
from registry_generator.files import OWN_FILES, Format, open_writer
from registry_generator.people import PlacedStudent, Plan
from registry_generator.schools import find_organisation


@dataclass(frozen=True, kw_only=True)
class Generated:
    """Where a registry was written, and how much of it there is."""

    path: Path
    students: int
    guardians: int
    schools: int


class OutputTaken(ValueError):
    """There is already something where the registry should go."""


def generate(
    output: str | Path,
    *,
    organisation: str,
    students: int,
    format: Format = "oneroster-1.1",
    seed: int = 1,
    directory: Sequence[str | Path] = (),
    as_zip: bool = False,
    replace: bool = False,
    placed: Sequence[PlacedStudent] = (),
    shared_with: str | None = None,
    shared_families: int = 0,
    changed_percent: float = 0.0,
    change_seed: int = 1,
    school_year: int = 2026,
    on_progress: Callable[[int], object] | None = None,
) -> Generated:
    """Write the registry of an organisation to the folder (or, `as_zip`, the file) `output`.

    The same arguments give the same bytes. `on_progress` is told after each family how many students are written.

    Raises:
        OutputTaken: the output is there already (a folder with CSV files, a file) and is not to be replaced.
        OrganisationUnknown: the directory given holds no school of the organisation.
        MalformedFile: a file of the directory cannot be read.
        ValueError: the numbers do not fit together (`Plan`).
    """
    plan = Plan(
        organisation=find_organisation(organisation, directory),
        students=students,
        seed=seed,
        school_year=school_year,
        placed=tuple(placed),
        shared_with=shared_with,
        shared_families=shared_families,
        changed_percent=changed_percent,
        change_seed=change_seed,
    )
    path = Path(output)
    if not as_zip:
        _make_room(path, replace=replace)
        return _write(path, path, plan, format, on_progress)
    if path.is_dir() or (path.exists() and not replace):
        raise OutputTaken(f"{path} is there already")
    path.parent.mkdir(parents=True, exist_ok=True)
    # A zip takes one file at a time and these grow together, so they are written beside it first.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".registry-") as folder:
        generated = _write(Path(folder), path, plan, format, on_progress)
        _pack(Path(folder), path)
    return generated


def _make_room(folder: Path, *, replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputTaken(f"{folder} is a file")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob("*.csv")):
        if not replace:
            raise OutputTaken(f"{folder} holds CSV files already")
        # A roles.csv left from another format would make this registry look like that format.
        for name in OWN_FILES:
            (folder / name).unlink(missing_ok=True)


def _write(
    folder: Path, path: Path, plan: Plan, format: Format, on_progress: Callable[[int], object] | None
) -> Generated:
    made, guardians = 0, 0
    with ExitStack() as stack:
        writer = open_writer(folder, stack, plan=plan, format=format)
        for family in families(plan):
            writer.write(family)
            made += len(family.students)
            guardians += len(family.guardians)
            if on_progress:
                on_progress(made)
    return Generated(path=path, students=made, guardians=guardians, schools=len(plan.organisation.schools))


def _pack(folder: Path, path: Path) -> None:
    unfinished = folder / "registry.zip"
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.glob("*.csv")):
            # A fixed time, so that the same arguments give the same bytes.
            entry = zipfile.ZipInfo(file.name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = file.stat().st_size
            with file.open("rb") as source, packed.open(entry, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    unfinished.replace(path)
