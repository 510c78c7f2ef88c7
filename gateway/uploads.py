"""Large bodies: taken in whole before a service hears of them, on disk, bounded in size, in time and in number.

Files that a service answers with go the other way: taken in at once, and handed on as slowly as their reader likes.

A service is called when all is there, at the speed of our own network: a slow client holds none of its threads, and what
is cut off half-way reaches nobody. Only a megabyte of each is in memory, and less of what goes out; the file has no name, and is gone with us.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import IO

from aiohttp import web

from gateway import bodies
from gateway.errors import RequestTooSlow, TooManyRequests
from gateway.routes import Route
from shared import logs
from shared.problems import BodyTooLarge, Unavailable

log = logs.get(__name__)

IN_MEMORY = 1024 * 1024
# Of a file on its way out, of which there are many more at a time.
OUTGOING_IN_MEMORY = 64 * 1024
_PART = 256 * 1024
# How soon to come back when as many are under way as may be.
_COME_BACK = timedelta(seconds=10)


def _nameless_file() -> IO[bytes]:
    # Unbuffered: what has been written can be read, and the upload has a buffer of its own.
    return tempfile.TemporaryFile(buffering=0)


class Upload:
    """A body that has arrived whole."""

    def __init__(self, open_file: Callable[[], IO[bytes]], *, in_memory: int = IN_MEMORY) -> None:
        """`open_file` makes the file that takes what memory should not: all but the last `in_memory` bytes."""
        self.size = 0
        self._open = open_file
        self._in_memory = in_memory
        self._waiting = bytearray()
        self._file: IO[bytes] | None = None

    async def add(self, part: bytes) -> None:
        """Take in the next part."""
        self.size += len(part)
        self._waiting += part
        if len(self._waiting) >= self._in_memory:
            await self._write_out()

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the body, from its beginning, as often as it is asked for."""
        if self._file is not None:
            position = 0
            most = min(_PART, self._in_memory)
            while part := await asyncio.to_thread(_read_at, self._file, position, most):
                position += len(part)
                yield part
        if self._waiting:
            yield bytes(self._waiting)

    def close(self) -> None:
        """Give the disk back."""
        self._waiting.clear()
        if self._file is not None:
            self._file.close()

    async def _write_out(self) -> None:
        if self._file is None:
            self._file = self._open()
        # In a thread: a disk that has to catch up would hold up everybody else's requests.
        await asyncio.to_thread(_write_all, self._file, bytes(self._waiting))
        self._waiting.clear()


class Uploads:
    """Takes large bodies in, so many at a time."""

    def __init__(
        self,
        *,
        places: int,
        places_each: int,
        timeout: timedelta,
        patience: timedelta,
        in_memory: int = IN_MEMORY,
        open_file: Callable[[], IO[bytes]] = _nameless_file,
    ) -> None:
        """`timeout` is for the whole of a body, `patience` for the next part of it; the others as for Upload."""
        self._in_memory = in_memory
        self._open_file = open_file
        self.timeout = timeout
        self._places = places
        self._places_each = places_each
        self._patience = patience
        self._under_way: Counter[str] = Counter()

    @asynccontextmanager
    async def receive(self, request: web.BaseRequest, route: Route, *, whose: str) -> AsyncIterator[Upload]:
        """Yield the body once all of it is there; it is gone at the end of the block.

        `whose` is counted by. Raises:
            TooManyRequests: as many of this one's are under way as may be.
            Unavailable: as many of everybody's are, or the disk takes no more.
            BodyTooLarge: it is over the route's limit; the rest is not read.
            RequestTooSlow: the next part, or the whole, did not arrive in time.
            MalformedHttp: it is cut wrongly.
        """
        with self.place(whose) as upload:
            await self._take_in(request, route, upload)
            yield upload

    @contextmanager
    def place(self, whose: str) -> Iterator[Upload]:
        """Yield an empty upload, to be filled with `keep`; it is gone at the end of the block.

        Raises:
            TooManyRequests, Unavailable: as for `receive`.
        """
        if self._under_way[whose] >= self._places_each:
            raise TooManyRequests(retry_after=_COME_BACK)
        if self._under_way.total() >= self._places:
            raise Unavailable(retry_after=_COME_BACK)
        self._under_way[whose] += 1
        upload = Upload(self._open_file, in_memory=self._in_memory)
        try:
            yield upload
        finally:
            upload.close()
            self._under_way[whose] -= 1
            if not self._under_way[whose]:
                del self._under_way[whose]

    async def _take_in(self, request: web.BaseRequest, route: Route, upload: Upload) -> None:
        if not request.body_exists:
            return
        bodies.tell_to_continue(request)
        patience = self._patience.total_seconds()
        loop = asyncio.get_running_loop()
        with bodies.readable():
            try:
                async with asyncio.timeout(self.timeout.total_seconds()), asyncio.timeout(patience) as next_part:
                    while part := await request.content.readany():
                        if upload.size + len(part) > route.largest_body:
                            raise BodyTooLarge
                        await keep(upload, part)
                        next_part.reschedule(loop.time() + patience)
            except TimeoutError:
                raise RequestTooSlow from None


async def keep(upload: Upload, part: bytes) -> None:
    """Take in the next part.

    Raises:
        Unavailable: the disk takes no more.
    """
    try:
        await upload.add(part)
    except OSError as fault:
        log.error("upload_not_kept", kind=type(fault).__name__, number=fault.errno)
        raise Unavailable(retry_after=_COME_BACK) from None


def _read_at(file: IO[bytes], position: int, most: int) -> bytes:
    file.seek(position)
    return file.read(most)


def _write_all(file: IO[bytes], content: bytes) -> None:
    file.seek(0, 2)
    view = memoryview(content)
    while view:
        # Unbuffered files may take less than they are given.
        view = view[file.write(view) :]
