"""Which release this is. It stands in one place, `pyproject.toml`, which the image carries beside this folder."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parent.parent / "pyproject.toml"


@cache
def version() -> str:
    """Return the version of this code, as PEP 440 writes it: `1.2.3`."""
    found: str = tomllib.loads(FILE.read_text("utf-8"))["project"]["version"]
    return found
