"""Archives that are the same bytes whoever makes them: names in order, one moment, one owner, no name in gzip's head."""

import gzip
import io
import tarfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

_PROGRAM: Final = 0o755
_FILE: Final = 0o644


def pack(archive: Path, *, folder: Path, files: Iterable[Path], at: datetime) -> None:
    """Write `files` of `folder` into a .tar.gz, below a folder of the archive's own name."""
    top = PurePosixPath(archive.name.removesuffix(".tar.gz"))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in sorted(files):
            entry = tarfile.TarInfo(str(top / file.relative_to(folder).as_posix()))
            content = file.read_bytes()
            entry.size, entry.mtime = len(content), int(at.timestamp())
            entry.mode = _PROGRAM if file.stat().st_mode & 0o100 else _FILE
            tar.addfile(entry, io.BytesIO(content))
    archive.write_bytes(gzip.compress(packed.getvalue(), mtime=0))
