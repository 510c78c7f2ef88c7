"""From one request to one call of a service, and back: who asks, may they, and what of it crosses (architecture.md, Trust)."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from multidict import CIMultiDict

from gateway import bodies, headers, origins, sessions
from gateway.callers import Callers, Knock
from gateway.errors import UpstreamFailed
from gateway.holders import Holders
from gateway.passports import Passports
from gateway.paths import Target
from gateway.replies import Reply, StreamedReply
from gateway.routes import IDENTITY, MULTIPART, PAGES, PLAIN_FORMS, PORTAL, Guard, Route
from gateway.sessions import Session
from gateway.uploads import Upload, Uploads, keep
from gateway.upstreams import Call, Upstream
from shared import cookies, logs
from shared.passports import Passport
from shared.problems import MethodNotAllowed

log = logs.get(__name__)

# Of one service: what is on its way to our disk is in memory, what waits there for its reader is not.
FILES_FETCHED_AT_ONCE = 8


@dataclass(slots=True)
class Visit:
    """One request on its way through: what is known of it so far."""

    request: web.BaseRequest
    request_id: str
    language: str
    address: str = ""
    route: Route | None = None
    is_personal: bool = False
    has_begun: bool = False
    code: str | None = None

    @property
    def template(self) -> str:
        """Return which route was asked for, empty when it is none of ours."""
        return self.route.template if self.route is not None else ""


class Proxy:
    """Carries requests to the services."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        *,
        signer: Passports,
        callers: Callers,
        sessions: Holders[Session],
        uploads: Uploads,
        people_uploads: Uploads,
        downloads: Uploads,
        origins: origins.Origins,
        public_url: str,
        request_timeout: timedelta,
        slow_client_timeout: timedelta,
    ) -> None:
        self._upstreams = upstreams
        self._signer = signer
        self._callers = callers
        self._sessions = sessions
        # Whoever may send without a token of a school's must not be able to keep the schools out.
        self._uploads = uploads
        self._people_uploads = people_uploads
        self._downloads = downloads
        self._fetching = {name: asyncio.Semaphore(FILES_FETCHED_AT_ONCE) for name in upstreams}
        self._origins = origins
        self._request_timeout = request_timeout
        self._slow_client_timeout = slow_client_timeout
        # What a browser holds for identity alone, handed over as headers that no client can send.
        self._identity_cookies = {
            cookies.name(cookies.DEVICE, public_url): headers.DEVICE_TOKEN,
            cookies.name(cookies.SOCIAL, public_url): headers.SOCIAL_TOKEN,
        }
        portal_cookies = (cookies.PORTAL, cookies.PORTAL_STEP, cookies.PORTAL_KEPT)
        self._portal_cookies = [cookies.name(each, public_url) for each in portal_cookies]
        self._is_over_tls = public_url.startswith("https://")

    def longest(self, route: Route) -> timedelta:
        """Return how long a request may take from its first line to its answer."""
        longest = route.timeout or self._request_timeout
        if route.is_streamed:
            longest += max(self._uploads_of(guard).timeout for guard in route.guards.values())
        if route.gives_file:
            longest += self._downloads.timeout
        return longest

    async def forward(self, visit: Visit, route: Route, guard: Guard, target: Target) -> web.StreamResponse:
        """Answer with what the route's service answers.

        Raises:
            Problem: refused at the door, or the service cannot be reached.
        """
        request = visit.request
        bodies.check_head(request, route)
        is_write = request.method not in origins.READS
        knock = Knock(address=visit.address, headers=request.headers, is_write=is_write)
        if not route.is_return:
            self._callers.require_our_page(knock, guard)
        if not (route.is_streamed and request.body_exists):
            body = await bodies.read(request, route, patience=self._slow_client_timeout)
            caller = await self._callers.identify(knock, guard)
            await self._callers.spend(caller)
            return await self._call(visit, route, guard, target, caller=caller, body=body)
        # Nobody sends a quarter of a gigabyte to be told then that it was for nothing.
        caller = await self._callers.identify(knock, guard)
        await self._callers.spend(caller)
        whose = caller.client_id or caller.account_id or visit.address
        async with self._uploads_of(guard).receive(request, route, whose=whose) as upload:
            # Once more: what was revoked in the meantime opens nothing any more.
            caller = await self._callers.identify(knock, guard)
            return await self._call(visit, route, guard, target, caller=caller, body=upload)

    async def show(self, visit: Visit, target: Target) -> web.StreamResponse:
        """Answer with a page of the portal's, which is told nothing of who asks but its own cookies, and, signed, the address.

        Its forms come from its own pages; who may do what, the API says when the portal asks it.

        Raises:
            Problem: refused at the door, or the portal cannot be reached.
        """
        request = visit.request
        if request.method not in PAGES.guards:
            raise MethodNotAllowed(allow=", ".join(PAGES.methods))
        has_file = request.body_exists and request.content_type in MULTIPART
        bodies.check_head(request, PAGES if has_file else PLAIN_FORMS)
        if request.method not in origins.READS:
            self._origins.require_ours(request.headers)
        if not has_file:
            body = await bodies.read(request, PLAIN_FORMS, patience=self._slow_client_timeout)
            return await self._show(visit, target, body)
        # Who asks is known by the portal alone, which is not asked yet; cookies could be made up, one for each place.
        async with self._people_uploads.receive(request, PAGES, whose=visit.address) as upload:
            return await self._show(visit, target, upload)

    async def _show(self, visit: Visit, target: Target, body: bytes | Upload | None) -> web.StreamResponse:
        request = visit.request
        passed = headers.inwards(request.headers)
        passed.update(headers.ours())
        if (packed := request.headers.get("Accept-Encoding")) is not None:
            # The services pack nothing; the portal packs its style sheets and scripts, which hold no secret.
            passed["Accept-Encoding"] = packed
        passed[headers.CLIENT] = self._signer.sign(PORTAL, Passport(address=visit.address))
        if own := self._kept_for_portal(request):
            passed["Cookie"] = own
        asked = self._upstreams[PORTAL].call(
            request.method, str(target), headers=passed, body=body, timeout=self._request_timeout
        )
        with ExitStack() as taken:
            async with asked as call:
                if call.is_small:
                    return self._reply(visit, call, None if request.method == "HEAD" else await call.read())
                # A document: who asks for it is known by the portal alone, and a browser's cookies are what it likes.
                file = taken.enter_context(self._downloads.place(call.headers.get(headers.VISITOR) or visit.address))
                while part := await call.read_part():
                    # No larger than the answer that the portal hands on, which came through here before.
                    await keep(file, part)
            return await self._hand_over(visit, call, file)

    def _kept_for_portal(self, request: web.BaseRequest) -> str:
        held = {name: sessions.cookie(request.headers, name) for name in self._portal_cookies}
        return "; ".join(f"{name}={value}" for name, value in held.items() if value)

    def _uploads_of(self, guard: Guard) -> Uploads:
        return self._uploads if guard is Guard.SCHOOL else self._people_uploads

    async def _call(
        self, visit: Visit, route: Route, guard: Guard, target: Target, *, caller: Passport, body: bytes | Upload | None
    ) -> web.StreamResponse:
        request = visit.request
        visit.is_personal = bool(caller.roles)
        asked = self._upstreams[route.service].call(
            request.method,
            str(target),
            headers=self._headers(request, route, guard, caller),
            body=body,
            timeout=route.timeout or self._request_timeout,
        )
        with ExitStack() as held:
            async with self._fetching[route.service] if route.gives_file else nullcontext(), asked as call:
                if route.service == IDENTITY and (ended := headers.sessions_ended(call.headers)):
                    self._sessions.end(ended)
                if call.is_small:
                    content = None if request.method == "HEAD" else await call.read()
                    return self._reply(visit, call, content)
                if not route.gives_file:
                    return await self._stream(visit, call)
                # Many people may share an address: all of a school, at noon.
                whose = caller.client_id or caller.account_id or visit.address
                places = self._uploads if route.gives_list else self._downloads
                file = held.enter_context(places.place(whose))
                await self._fetch(call, file, route)
            return await self._hand_over(visit, call, file)

    async def _fetch(self, call: Call, file: Upload, route: Route) -> None:
        """Take an answer in.

        Raises:
            UpstreamFailed: it goes on for longer than any of this route may.
        """
        while part := await call.read_part():
            if file.size + len(part) > route.largest_answer:
                log.error("answer_too_large", route=route.template)
                raise UpstreamFailed
            await keep(file, part)

    def _headers(self, request: web.BaseRequest, route: Route, guard: Guard, caller: Passport) -> CIMultiDict[str]:
        passed = headers.inwards(request.headers)
        passed.update(headers.ours(self._signer.sign(route.service, caller)))
        if guard is Guard.CREDENTIALS:
            # The one path where the service itself looks at who somebody says they are.
            if (authorization := request.headers.get("Authorization")) is not None:
                passed["Authorization"] = authorization
        elif route.service == IDENTITY:
            for name, header in self._identity_cookies.items():
                if held := sessions.cookie(request.headers, name):
                    passed[header] = held
        return passed

    def _reply(self, visit: Visit, call: Call, content: bytes | None) -> Reply:
        passed = headers.outwards(call.headers)
        if content is None and (length := call.headers.get("Content-Length")) is not None:
            # The answer to HEAD: as long as the one to GET would be.
            passed["Content-Length"] = length
        return Reply(status=call.status, reason=call.response.reason, body=content, headers=passed)

    async def _stream(self, visit: Visit, call: Call) -> StreamedReply:
        reply = StreamedReply(status=call.status, reason=call.response.reason, headers=headers.outwards(call.headers))
        reply.content_length = call.response.content_length
        self.finish(visit, reply)
        part = await call.read_part()
        visit.has_begun = True
        await reply.prepare(visit.request)
        while part:
            await reply.write(part)
            part = await call.read_part()
        await reply.write_eof()
        return reply

    async def _hand_over(self, visit: Visit, call: Call, file: Upload) -> StreamedReply:
        """Answer with a file that has arrived whole; its service has nothing to do with it any more."""
        reply = StreamedReply(status=call.status, reason=call.response.reason, headers=headers.outwards(call.headers))
        reply.content_length = file.size
        self.finish(visit, reply)
        visit.has_begun = True
        await reply.prepare(visit.request)
        async for part in file.parts():
            await reply.write(part)
        await reply.write_eof()
        return reply

    def finish(self, visit: Visit, reply: web.StreamResponse) -> None:
        """Give an answer the headers that every answer has; once, before it begins."""
        if visit.has_begun:
            return
        if "Upgrade" in visit.request.headers or visit.request.method == "CONNECT":
            # Nothing is ever upgraded here; what the client sends next may be in the other protocol already.
            reply.force_close()
        # A page is for whoever looks at it: the origins that are allowed are allowed to call the API.
        granted = {} if visit.route is PAGES else self._origins.granted(visit.request.headers)
        for name, value in granted.items():
            if name == "Vary" and name in reply.headers:
                reply.headers[name] += f", {value}"
            else:
                reply.headers[name] = value
        headers.guard_answer(
            reply.headers,
            request_id=visit.request_id,
            is_over_tls=self._is_over_tls,
            is_personal=visit.is_personal,
        )
