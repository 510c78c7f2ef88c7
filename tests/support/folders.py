"""Where tests keep their files: in memory, where the machine has room, for most of what they wait for is a disk.

Nothing that a test proves outlives the machine: whoever is killed in a test is a process, and what it has written stays
with the kernel, in memory as on a disk. `TMPDIR` chooses another folder.
"""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
# Of everything that all of the tests have at the same time, several times over.
ENOUGH = 6 * 1024**3


def pytest_configure() -> None:
    """Choose the folder before anybody makes one."""
    if "TMPDIR" not in os.environ and is_roomy(MEMORY):
        # For the programs that tests start as well.
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def is_roomy(folder: Path) -> bool:
    """Tell whether programs can be kept there and run, and files enough be written."""
    try:
        state = os.statvfs(folder)
    except OSError:
        return False
    is_closed = state.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
    return not is_closed and os.access(folder, os.W_OK) and state.f_bavail * state.f_frsize >= ENOUGH
