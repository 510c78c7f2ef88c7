"""Where the files of a registry lie: a folder, or a zip that is read in place and never unpacked.

A zip comes from outside. Its paths are never used to write; a path that leaves the folder, an encrypted or doubly present file, an
unusual compression and one that expands beyond any registry are refused before a byte of it is read.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Protocol

from services.enrollment.registry_files.rejections import MalformedRegistry

_BUFFER = 1 << 20
# A province's registry is about half a gigabyte; CSV of synthetic students shrinks about ten times.
_LARGEST_EXPANDED = 8 << 30
_STEEPEST_COMPRESSION = 200
_SMALL = 16 << 20
# The list of contents is read into memory whole, a kilobyte for each file that it names; a registry has a dozen.
_LARGEST_LIST = 64 << 10
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


# The end of a zip: a record and a comment of at most 64 KiB. Of the records only the size of the list is wanted.
_END = struct.Struct("<12xL6x")
_LOCATOR_SIZE = 20
_END_64 = struct.Struct("<40xQ8x")
_LONGEST_END = (1 << 16) + _END.size + _LOCATOR_SIZE


class Source(Protocol):
    """A set of files by lower-case name."""

    def names(self) -> Collection[str]:
        """Return the names of the CSV files that are there, in lower case."""

    def size(self, name: str) -> int:
        """Return a file's size in bytes, expanded."""

    def open(self, name: str) -> BinaryIO:
        """Open a file for buffered reading."""

    def close(self) -> None:
        """Let go of what is held open."""


class Folder:
    """The files of a folder (not of the folders in it)."""

    def __init__(self, path: Path) -> None:
        """Look at what is there.

        Raises:
            MalformedRegistry: the folder cannot be read, or holds the same name twice but for its case.
        """
        self._files: dict[str, Path] = {}
        try:
            entries = sorted(path.iterdir())
        except OSError:
            raise MalformedRegistry(path.name, 0, "file_unreadable") from None
        for entry in entries:
            if entry.suffix.lower() == ".csv" and entry.is_file():
                if entry.name.lower() in self._files:
                    raise MalformedRegistry(entry.name, 0, "file_twice")
                self._files[entry.name.lower()] = entry

    def names(self) -> Collection[str]:
        return self._files.keys()

    def size(self, name: str) -> int:
        return self._files[name].stat().st_size

    def open(self, name: str) -> BinaryIO:
        try:
            return self._files[name].open("rb", buffering=_BUFFER)
        except OSError:
            raise MalformedRegistry(name, 0, "file_unreadable") from None

    def close(self) -> None:
        """Nothing is held open."""


class Zip:
    """The CSV files of a zip, at its top or together in one folder of it."""

    def __init__(self, path: Path) -> None:
        """Read the list of contents.

        Raises:
            MalformedRegistry: no zip, an unsafe path, a file twice, or more than a registry could be.
        """
        self._name = path.name
        self._members: dict[str, zipfile.ZipInfo] = {}
        try:
            with path.open("rb") as file:
                listed = _size_of_list(file)
            if listed <= _LARGEST_LIST:
                self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
            raise MalformedRegistry(self._name, 0, "zip_malformed") from None
        if listed > _LARGEST_LIST:
            raise MalformedRegistry(self._name, 0, "zip_too_large")
        try:
            self._look()
        except MalformedRegistry:
            self._zip.close()
            raise

    def _look(self) -> None:
        expanded = 0
        for member in self._zip.infolist():
            inside = PurePosixPath(member.filename.replace("\\", "/"))
            # Without a name: a NUL ends it for `zipfile`, which then falls over it itself.
            if not member.filename or inside.is_absolute() or ".." in inside.parts or ":" in member.filename:
                raise MalformedRegistry(self._name, 0, "zip_path_unsafe")
            if member.is_dir() or inside.suffix.lower() != ".csv" or inside.parts[0] == "__MACOSX":
                continue
            if member.flag_bits & 0x1 or member.compress_type not in _COMPRESSIONS:
                raise MalformedRegistry(self._name, 0, "zip_malformed")
            expanded += member.file_size
            is_steep = member.file_size > max(_SMALL, member.compress_size * _STEEPEST_COMPRESSION)
            if is_steep or expanded > _LARGEST_EXPANDED:
                raise MalformedRegistry(self._name, 0, "zip_too_large")
            if inside.name.lower() in self._members:
                raise MalformedRegistry(inside.name, 0, "file_twice")
            self._members[inside.name.lower()] = member

    def names(self) -> Collection[str]:
        return self._members.keys()

    def size(self, name: str) -> int:
        return self._members[name].file_size

    def open(self, name: str) -> BinaryIO:
        # ZipExtFile gives at most the size that the list of contents declares, so the limits above hold while reading too.
        try:
            return io.BufferedReader(_Checked(self._zip.open(self._members[name]), name), _BUFFER)
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
            raise MalformedRegistry(self._name, 0, "zip_malformed") from None

    def close(self) -> None:
        self._zip.close()


def _size_of_list(file: BinaryIO) -> int:
    """Return how many bytes a zip's list of contents takes, as `zipfile` will believe it (APPNOTE.TXT 4.3.14 to 4.3.16).

    Raises:
        BadZipFile: it does not end as a zip does.
    """
    size = file.seek(0, io.SEEK_END)
    start = file.seek(max(0, size - _LONGEST_END))
    tail = file.read(_LONGEST_END)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + _END.size:
        raise zipfile.BadZipFile
    (listed,) = _END.unpack_from(tail, place)
    locator = place - _LOCATOR_SIZE
    if locator >= 0 and tail.startswith(b"PK\x06\x07", locator):
        # Zip64: the sizes stand in a record of their own, right before its locator.
        file.seek(max(0, start + locator - _END_64.size))
        record = file.read(_END_64.size)
        if len(record) == _END_64.size and record.startswith(b"PK\x06\x06"):
            (listed,) = _END_64.unpack(record)
    return int(listed)


class _Checked(io.RawIOBase):
    """Turn the many ways in which a damaged zip fails while it is read into the one that callers know."""

    def __init__(self, opened: IO[bytes], name: str) -> None:
        super().__init__()
        self._opened = opened
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            read = self._opened.read(len(buffer))
        except (zipfile.BadZipFile, EOFError, OSError, zlib.error):
            raise MalformedRegistry(self._name, 0, "zip_malformed") from None
        buffer[: len(read)] = read
        return len(read)

    def close(self) -> None:
        if not self.closed:
            self._opened.close()
        super().close()


def open_source(path: Path) -> Source:
    """Open a folder or a zip.

    Raises:
        MalformedRegistry: there is neither, or it cannot be read.
    """
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise MalformedRegistry(path.name, 0, "file_missing")
    return Zip(path)
