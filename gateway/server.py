"""The HTTP server: aiohttp's, with refusals of our form for what never becomes a request, and with patience that ends.

aiohttp answers malformed requests with a page of its own, and waits for the end of a request's headers as long as a
connection may be idle; both are settled here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from gateway import headers, replies
from gateway.errors import HeadersTooLarge, MalformedHttp, RequestTooSlow
from shared import ids, logs
from shared.problem_documents import ProblemPrinter
from shared.problems import InternalError, Problem
from shared.texts import DEFAULT_LANGUAGE

log = logs.get(__name__)

LARGEST_HEADERS = 16 * 1024
MOST_HEADERS = 100
# Longer than a proxy in front keeps its idle connections (nginx 60 s): it must be the first to hang up.
IDLE_CONNECTION_S = 75.0
# How long the rest of a refused body is thrown away, so that the client gets to read the refusal.
LINGERING_S = 1.0

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Connection(web.RequestHandler):
    """One client's connection."""

    __slots__ = ("_head_size", "_head_timer", "_heads_taken", "_is_busy")

    def __init__(self, manager: "Server", **options: Any) -> None:
        super().__init__(manager, **options)
        self._head_size = 0
        self._head_timer: asyncio.TimerHandle | None = None
        # Heads that became requests, of those that the parser has found (`_request_count`).
        self._heads_taken = 0
        self._is_busy = False

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_busy or self._request_count > self._heads_taken:
            self._head_arrived()
            return
        # Bytes have come, and no request is complete: these are the beginnings of a head.
        self._head_size += len(data)
        if self._head_size > LARGEST_HEADERS:
            self._refuse(HeadersTooLarge())
        elif self._head_timer is None:
            patience = self._server().slow_client_timeout.total_seconds()
            self._head_timer = self._loop.call_later(patience, self._refuse, RequestTooSlow())

    def begin(self) -> None:
        """Take note that a request begins: what comes from now on is its body, or the next head behind it."""
        self._heads_taken += 1
        self._is_busy = True
        self._head_arrived()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        finished = await super().finish_response(request, resp, start_time)
        # While the rest of a refused body is thrown away, its bytes are no head.
        self._is_busy = not request.content.at_eof()
        return finished

    def connection_lost(self, exc: BaseException | None) -> None:
        self._head_arrived()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the refusal for what is no request (our own handler lets no exception out)."""
        if isinstance(exc, ConnectionError):
            # The client has left, or is made to: nobody to answer to, and no fault of ours.
            raise exc
        if request.writer.output_size > 0:
            raise ConnectionResetError("an answer was begun and cannot be finished")
        problem: Problem
        if status != 400:
            log.error("fault", kind=type(exc).__name__, exc_info=exc)
            problem = InternalError()
        else:
            problem = HeadersTooLarge() if isinstance(exc, LineTooLong) else MalformedHttp()
            log.info("request_refused", status=problem.status, code=problem.code())
        reply = self._server().refuse(problem)
        reply.force_close()
        return reply

    def _server(self) -> "Server":
        server = self._manager
        assert isinstance(server, Server)
        return server

    def _head_arrived(self) -> None:
        self._head_size = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, problem: Problem) -> None:
        """Answer and hang up, without a request to answer to."""
        self._head_arrived()
        if self.transport is None:
            return
        reply = self._server().refuse(problem)
        body = reply.body
        assert isinstance(body, bytes)
        lines = [f"HTTP/1.1 {problem.status} Refused", *(f"{name}: {value}" for name, value in reply.headers.items())]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        log.info("request_refused", status=problem.status, code=problem.code())
        self.transport.write("\r\n".join(lines).encode() + body)
        self.force_close()


class Server(web.Server):
    """Makes a connection of ours for each client."""

    def __init__(
        self,
        handler: Handler,
        *,
        printer: ProblemPrinter,
        slow_client_timeout: timedelta,
        is_over_tls: bool,
    ) -> None:
        super().__init__(handler, request_factory=self._begin_request, access_log=None)
        self.slow_client_timeout = slow_client_timeout
        # With each answer the client is asked to use its connection no more: what is idle is closed before long.
        self.is_draining = False
        self._printer = printer
        self._is_over_tls = is_over_tls

    def __call__(self) -> Connection:
        return Connection(
            self,
            loop=asyncio.get_running_loop(),
            access_log=None,
            keepalive_timeout=IDLE_CONNECTION_S,
            lingering_time=LINGERING_S,
            max_line_size=LARGEST_HEADERS // 2,
            max_field_size=LARGEST_HEADERS // 2,
            max_headers=MOST_HEADERS,
            # A compressed body could unfold to any size; none is accepted (see `bodies`).
            auto_decompress=False,
        )

    def _begin_request(
        self,
        message: Any,
        payload: Any,
        protocol: web.RequestHandler,
        writer: Any,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        assert isinstance(protocol, Connection)
        protocol.begin()
        if self.is_draining:
            message = message._replace(should_close=True)
        return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())

    def refuse(self, problem: Problem) -> replies.Reply:
        """Return the refusal of something that never became a request: in French, for nobody told a language."""
        request_id = ids.new()
        token = logs.request_id.set(request_id)
        try:
            reply = replies.refusal(self._printer, problem, language=DEFAULT_LANGUAGE)
        finally:
            logs.request_id.reset(token)
        headers.guard_answer(reply.headers, request_id=request_id, is_over_tls=self._is_over_tls, is_personal=False)
        return reply
