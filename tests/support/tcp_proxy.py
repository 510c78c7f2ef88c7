"""A proxy between a client and a server on this machine: it cuts what goes through it, delays it, or takes no calls.

with TcpProxy(port) as proxy:          # clients go to proxy.port; processes other than this one may too
    proxy.cut()                        # every connection breaks now; new ones are taken
    proxy.delay(0.5)                   # what is under way arrives half a second later, both ways
    proxy.delay(math.inf)              # connections are taken, and nothing goes through
    proxy.refuse()                     # every connection breaks, and new ones are refused
    proxy.restore()                    # as at the beginning; what was held back goes through at once
"""

import asyncio
import math
import threading
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from one_machine.kafka.node import free_ports

_PIECE = 64 * 1024
_PATIENCE_S = 10


class TcpProxy:
    """A running proxy to a port of this machine; a context manager. Its controls may be used by any thread."""

    def __init__(self, target: int, *, port: int | None = None) -> None:
        """Take calls at `port` (a free one without it) for the server at `target`, which need not be there yet."""
        self.port = port or free_ports(1)[0]
        self._target = target
        self._delay_s = 0.0
        self._released = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp-proxy", daemon=True)
        self._thread.start()
        self._do(self._listen())

    def cut(self) -> None:
        """Break every connection; new ones are taken as before."""
        self._do(self._cut())

    def delay(self, seconds: float) -> None:
        """Hold every piece of what goes through for so long; `math.inf`: for ever."""
        self._do(self._hold(seconds))

    def refuse(self) -> None:
        """Break every connection and refuse new ones."""
        self._do(self._refuse())

    def restore(self) -> None:
        """Take connections, and let everything through at once."""
        self._do(self._restore())

    def close(self) -> None:
        """Break everything and end; a second call does nothing."""
        if self._loop.is_closed():
            return
        self._do(self._refuse())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        calls = list(self._calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _hold(self, seconds: float) -> None:
        self._delay_s = seconds
        self._released.clear()

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _restore(self) -> None:
        self._delay_s = 0.0
        self._released.set()
        if self._server is None:
            await self._listen()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call is not None
        self._calls.add(call)
        # A broken connection is what this is for: it is nobody's error.
        with suppress(OSError, asyncio.CancelledError):
            await self._connect(reader, writer)
        writer.transport.abort()
        self._calls.discard(call)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opening = asyncio.ensure_future(asyncio.open_connection("127.0.0.1", self._target))
        try:
            far_reader, far_writer = await asyncio.shield(opening)
        except asyncio.CancelledError:
            # Cut while the other half was being made: nobody else would close it.
            _, far_writer = await opening
            far_writer.transport.abort()
            raise
        ways = [
            asyncio.ensure_future(self._carry(reader, far_writer)),
            asyncio.ensure_future(self._carry(far_reader, writer)),
        ]
        try:
            # Neither end of what speaks through here goes on alone when the other hangs up.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far_writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            if self._delay_s:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._released.wait(), None if math.isinf(self._delay_s) else self._delay_s)
            writer.write(piece)
            await writer.drain()
