"""The gateway put together: every part, and the way of a request through them."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic, perf_counter
from types import TracebackType

from aiohttp import web

from gateway import addresses, headers, pages, paths, replies
from gateway.callers import Callers
from gateway.config import Settings
from gateway.documents import Documents
from gateway.errors import PROBLEMS, HeadersTooLarge, MalformedHttp, UpstreamFailed, UpstreamTimedOut
from gateway.holders import Holders
from gateway.introspecting import SCHOOL_TOKENS, SESSIONS, Introspector
from gateway.limits import Limits
from gateway.networks import NetworkPolicy
from gateway.origins import Origins
from gateway.pages import Pages
from gateway.passports import Passports
from gateway.proxy import Proxy, Visit
from gateway.routes import (
    ATTENDANCE,
    ENROLLMENT,
    GATEWAY,
    IDENTITY,
    PAGES,
    PORTAL,
    RECORDS,
    SERVICES,
    TABLE,
    Route,
    Routes,
    is_page,
)
from gateway.school_clients import SchoolClient
from gateway.server import LARGEST_HEADERS, Server
from gateway.sessions import Session
from gateway.uploads import OUTGOING_IN_MEMORY, Uploads
from gateway.upstreams import Connections, Upstream
from shared import cookies, ids, logs, tracing
from shared.clock import Clock, SystemClock
from shared.metrics import RequestTally
from shared.problem_documents import ProblemPrinter
from shared.problems import InternalError, MethodNotAllowed, NotFound, Problem, Unavailable
from shared.texts import Texts, language_of

log = logs.get(__name__)

FOLDER = Path(__file__).parent
# Asked every few seconds by the platform: not worth a log line each, and never refused for being frequent.
QUIET = frozenset({"/livez", "/readyz"})
# The platform's own questions, and what explains to whoever is refused why.
_OPEN_TO_EVERY_NETWORK = (*sorted(QUIET), "/problems/", "/assets/")
# A tunnel, and an echo of headers that may hold secrets: nowhere, whatever the path (GWY-3).
_NEVER = frozenset({"CONNECT", "TRACE"})
# Where programs knock: what is told there is for whoever writes them, not for a parent at the wrong address.
_FOR_PROGRAMS = frozenset({"api", "school"})


class Gateway:
    """One gateway process. `async with` opens its connections; `server` is what listens."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        now: Callable[[], float] = monotonic,
        table: Iterable[Route] = TABLE,
        tally: RequestTally | None = None,
    ) -> None:
        """`clock` tells the date, `now` measures spans; tests move them instead of waiting."""
        self.settings = settings
        self.printer = ProblemPrinter(GATEWAY, Texts(FOLDER / "texts"))
        self.server: Server
        self._tally = tally or RequestTally()
        self._clock = clock or SystemClock()
        self._now = now
        self._table = tuple(table)
        self._routes = Routes(self._table)
        self._origins = Origins(public_url=settings.public_url, allowed=settings.allowed_origins)
        self._networks = NetworkPolicy(allowed=settings.allowed_networks, refused=settings.refused_networks)
        self._limits = Limits(
            requests_per_minute=settings.requests_per_minute,
            client_requests_per_minute=settings.client_requests_per_minute,
            wide_networks=settings.wide_networks,
            url=settings.limits_url,
            now=now,
        )

    async def __aenter__(self) -> "Gateway":
        settings = self.settings
        self._connections = Connections()
        urls = {
            IDENTITY: settings.identity_url,
            ENROLLMENT: settings.enrollment_url,
            ATTENDANCE: settings.attendance_url,
            RECORDS: settings.records_url,
        }
        if settings.portal_url:
            urls[PORTAL] = settings.portal_url
        upstreams = {
            name: Upstream(name, url, connections=self._connections, places=settings.concurrent_requests, now=self._now)
            for name, url in urls.items()
        }
        rings = {
            IDENTITY: settings.passport_keys_identity,
            ENROLLMENT: settings.passport_keys_enrollment,
            ATTENDANCE: settings.passport_keys_attendance,
            RECORDS: settings.passport_keys_records,
        }
        if settings.portal_url:
            rings[PORTAL] = settings.passport_keys_portal
        signer = self._signer = Passports(rings, now=self._now)
        identity = upstreams[IDENTITY]
        sessions = Holders(
            Introspector(identity, signer, path=SESSIONS, read=Session.read).ask, clock=self._clock, now=self._now
        )
        school_clients = Holders(
            Introspector(identity, signer, path=SCHOOL_TOKENS, read=SchoolClient.read).ask,
            clock=self._clock,
            now=self._now,
        )
        self._proxy = Proxy(
            upstreams,
            signer=signer,
            callers=Callers(
                sessions=sessions,
                school_clients=school_clients,
                limits=self._limits,
                origins=self._origins,
                session_cookie=cookies.name(cookies.SESSION, settings.public_url),
            ),
            sessions=sessions,
            uploads=Uploads(
                places=settings.concurrent_uploads,
                places_each=settings.uploads_each,
                timeout=settings.upload_timeout,
                patience=settings.slow_client_timeout,
            ),
            people_uploads=Uploads(
                places=settings.concurrent_people_uploads,
                places_each=settings.uploads_each,
                timeout=settings.people_upload_timeout,
                patience=settings.slow_client_timeout,
            ),
            downloads=Uploads(
                places=settings.concurrent_downloads,
                places_each=settings.downloads_each,
                timeout=settings.download_timeout,
                patience=settings.slow_client_timeout,
                in_memory=OUTGOING_IN_MEMORY,
            ),
            origins=self._origins,
            public_url=settings.public_url,
            request_timeout=settings.request_timeout,
            slow_client_timeout=settings.slow_client_timeout,
        )
        self.documents = Documents(
            {name: upstreams[name] for name in SERVICES},
            table=self._table,
            public_url=settings.public_url,
            now=self._now,
        )
        self._pages = Pages(self.documents, texts=self.printer.texts, problems=PROBLEMS)
        self.server = Server(
            self.handle,
            printer=self.printer,
            slow_client_timeout=settings.slow_client_timeout,
            is_over_tls=settings.public_url.startswith("https://"),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connections.close()
        await self._limits.close()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; every outcome is an answer, or a closed connection when one was begun."""
        began = perf_counter()
        request_id = ids.new()
        logs.request_id.set(request_id)
        visit = Visit(request, request_id, language_of(request.headers.get("Accept-Language")))
        # Whose trace a stranger's request says that it belongs to is not asked (GWY-1).
        work = tracing.begin(request.method, kind=tracing.Kind.SERVER, parent=None)
        status = 0
        try:
            reply = await self._reply(visit)
            status = reply.status
        finally:
            told = {
                "http.request.method": request.method,
                "http.route": visit.template,
                "vitrail.request_id": visit.request_id,
            }
            tracing.end(work, attributes=told | {"http.response.status_code": status}, has_failed=not 0 < status < 500)
        if visit.template not in QUIET:
            seconds, route = perf_counter() - began, visit.template or None
            log.info(
                "request",
                method=request.method,
                route=route,
                status=status,
                code=visit.code,
                ms=round(seconds * 1000, 1),
            )
            self._tally.count(method=request.method, route=route, status=status, code=visit.code, seconds=seconds)
        return reply

    async def _reply(self, visit: Visit) -> web.StreamResponse:
        reply: web.StreamResponse
        try:
            async with asyncio.timeout(self.settings.request_timeout.total_seconds()) as timer:
                reply = await self._answer(visit, timer)
        except Problem as problem:
            reply = self._refuse(visit, problem)
        except TimeoutError:
            reply = self._refuse(visit, UpstreamTimedOut())
        except ConnectionError:
            # The client has left.
            raise
        except Exception as fault:
            log.error("fault", kind=type(fault).__name__, exc_info=fault)
            reply = self._refuse(visit, InternalError())
        self._proxy.finish(visit, reply)
        return reply

    async def _answer(self, visit: Visit, timer: asyncio.Timeout) -> web.StreamResponse:
        request = visit.request
        began = asyncio.get_running_loop().time()
        _check_head(request)
        visit.address = addresses.client_address(
            request.remote or "",
            tuple(request.headers.getall("X-Forwarded-For", ())),
            trusted_hops=self.settings.trusted_hops,
        )
        self._see_whose_page(visit)
        if request.method in _NEVER:
            raise MethodNotAllowed(allow="GET, HEAD, POST, PUT, PATCH, DELETE")
        target = paths.read(request.raw_path)
        visit.route = self._routes.find_path(target.segments)
        if self.settings.portal_url and is_page(target.segments, visit.route):
            visit.route = PAGES
        if visit.route is None or visit.route.template not in QUIET:
            await self._limits.spend_address(visit.address)
        if visit.route is None or not visit.route.template.startswith(_OPEN_TO_EVERY_NETWORK):
            self._networks.require_allowed(visit.address)
        if visit.route is None and pages.is_for_a_person(request.method, request.headers):
            visit.code = NotFound.code()
            return self._pages.nowhere()
        if request.method == "OPTIONS" and visit.route is not None and visit.route is not PAGES:
            granted = self._origins.preflight(request.headers, methods=visit.route.methods)
            if granted is not None:
                return replies.Reply(status=204, headers=granted)
        if visit.route is PAGES:
            timer.reschedule(began + self._proxy.longest(PAGES).total_seconds())
            return await self._show(visit, target)
        if visit.route is None and target.segments[0] in _FOR_PROGRAMS:
            raise NotFound(occasion="api")
        route, guard = self._routes.find(request.method, target.segments)
        if route.service == GATEWAY:
            return await self._pages.answer(route.template, target.segments, request.headers)
        timer.reschedule(began + self._proxy.longest(route).total_seconds())
        return await self._proxy.forward(visit, route, guard, target)

    def _see_whose_page(self, visit: Visit) -> None:
        """Count what the portal asks for somebody's page as asked by that somebody; only our own word is taken for it.

        It keeps the id that the page has: one id leads through the logs of all that a page caused (AUD-4).
        """
        told = visit.request.headers.getall(headers.CLIENT, ())
        if len(told) != 1 or (address := self._signer.find_address(PORTAL, told[0])) is None:
            return
        visit.address = address
        given = visit.request.headers.getall(headers.REQUEST_ID, ())
        if len(given) == 1 and ids.is_id(given[0]):
            visit.request_id = given[0]
            logs.request_id.set(visit.request_id)

    async def _show(self, visit: Visit, target: paths.Target) -> web.StreamResponse:
        try:
            return await self._proxy.show(visit, target)
        except (Unavailable, UpstreamFailed, UpstreamTimedOut) as problem:
            if visit.has_begun or not pages.is_for_a_person(visit.request.method, visit.request.headers):
                raise
            visit.code = problem.code()
            return self._pages.tell(problem)

    def _refuse(self, visit: Visit, problem: Problem) -> replies.Reply:
        visit.code = problem.code()
        if visit.has_begun:
            # Half of an answer is out: only a broken connection can tell the client that the rest is missing.
            raise ConnectionResetError("the answer was cut off") from problem
        reply = replies.refusal(self.printer, problem, language=visit.language)
        if not visit.request.content.at_eof() or isinstance(problem, MalformedHttp | HeadersTooLarge):
            # What is left of the body would be read as the next request.
            reply.force_close()
        return reply


def _check_head(request: web.BaseRequest) -> None:
    """Refuse heads that are readable and yet not to be trusted.

    Raises:
        HeadersTooLarge: all headers together.
        MalformedHttp: no host, two hosts, or two of a header that only makes sense once.
    """
    if sum(len(name) + len(value) + 4 for name, value in request.raw_headers) > LARGEST_HEADERS:
        raise HeadersTooLarge
    for name in ("Host", "Authorization", "Content-Type", "Origin", "X-CSRF-Token"):
        if len(request.headers.getall(name, ())) > 1:
            raise MalformedHttp
    if request.version not in {(1, 0), (1, 1)} or (request.version == (1, 1) and "Host" not in request.headers):
        raise MalformedHttp
    if request.headers.get("Transfer-Encoding", "chunked").strip().lower() != "chunked":
        # `gzip, chunked` is legal, and a coding that we would hand on without having undone it.
        raise MalformedHttp


async def serve(
    settings: Settings, *, stop: asyncio.Event, drain_s: float = 0, tally: RequestTally | None = None
) -> None:
    """Listen until `stop`, go on for `drain_s` while clients leave, then finish what is under way.

    Raises:
        OSError: the port is taken.
    """
    async with Gateway(settings, tally=tally) as gateway:
        # The total time of a request, so that none is cut off by our own leaving.
        runner = web.ServerRunner(
            gateway.server, shutdown_timeout=settings.request_timeout.total_seconds(), handle_signals=False
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
            log.info("listening", port=settings.port)
            await stop.wait()
            gateway.server.is_draining = True
            await asyncio.sleep(drain_s)
        finally:
            await runner.cleanup()
    log.info("stopped")
