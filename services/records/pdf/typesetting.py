"""Setting a page: sheets by Typst, as tagged PDF (PDF/UA-1, ISO 14289-1), a bounded number of them at once.

What a sheet says goes in as JSON and is shown as strings: nothing in it is markup, a path or a program. The folder of the
templates is all that the compiler may read, the fonts are ours alone, and the same sheet gives the same bytes.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.records.pdf import coverage

if TYPE_CHECKING:
    import typst

_FOLDER: Final = Path(__file__).parent
_TEMPLATES: Final = _FOLDER / "templates"
FONTS: Final = _FOLDER / "fonts"
_STANDARD: Final = "ua-1"
# Thrice a report card of ten subjects.
_LARGE: Final = 256 * 1024
# After so many documents Typst has forgotten the first (comemo's age is ten).
_KEPT_FOR: Final = 12


class Busy(Exception):
    """As many pages are being set as may be, and none was finished in time."""


class Typesetter:
    """Bounds how many pages the threads of a process set at once."""

    def __init__(self, *, places: int, patience: timedelta) -> None:
        """`places` are set at once; whoever finds none waits for at most `patience`."""
        self._places = threading.BoundedSemaphore(places)
        self._patience_s = patience.total_seconds()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places.

        Raises:
            Busy: there was none in time.
        """
        if not self._places.acquire(timeout=self._patience_s):
            raise Busy
        try:
            yield
        finally:
            self._places.release()


def set_pdf(template: str, sheet: dict[str, Any]) -> bytes:
    """Return the PDF of a sheet; it keeps a core busy for some tens of milliseconds, and no other thread waiting."""
    made = _compiler(template).compile(format="pdf", pdf_standards=_STANDARD, sys_inputs=_inputs(sheet))
    assert isinstance(made, bytes)
    if len(made) > _LARGE:
        _forget()
    return made


def _forget() -> None:
    """Give back what Typst has kept of the documents before: of ten large ones it is half a gigabyte."""
    for _ in range(_KEPT_FOR):
        _compiler("nothing.typ").compile(format="pdf")
    # glibc keeps what was freed in small pieces, unless it is asked for; other C libraries have no such call.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _inputs(sheet: dict[str, Any]) -> dict[str, str]:
    return {"sheet": orjson.dumps(_shown(sheet)).decode()}


def _shown(value: Any) -> Any:
    # A character that no font has would fail the whole page (ISO 14289-1, 7.21.8).
    if isinstance(value, str):
        return coverage.shown(value)
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list | tuple) else value


@cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _compiler(template: str) -> "typst.Compiler":
    # Here, so that whoever sets no page does not load it: it is the largest library that we have.
    import typst

    return typst.Compiler(_TEMPLATES / template, root=_TEMPLATES, font_paths=_fonts())
