"""From one request to one call of a service, and back: who asks, may they, and what of it crosses (architecture.md, Trust)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from multidict import CIMultiDict

from gateway import bodies, headers, origins, sessions
from gateway.errors import UpstreamFailed, UpstreamTimedOut
from gateway.passports import Passports
from gateway.paths import Target
from gateway.replies import Reply, StreamedReply
from gateway.routes import IDENTITY, Guard, Route
from gateway.sessions import Credential, Session, Sessions
from gateway.upstreams import Call, Upstream
from shared import cookies, logs, passports
from shared.passports import Passport
from shared.problems import NotSignedIn, Unavailable

log = logs.get(__name__)

INTROSPECTION = "/internal/session-introspections"
INTROSPECTION_PATIENCE = timedelta(seconds=5)


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


class Introspector:
    """Asks identity who is behind a token; the token goes nowhere else (S2S-2)."""

    def __init__(self, identity: Upstream, signer: Passports) -> None:
        self._identity = identity
        self._signer = signer

    async def ask(self, token: str) -> Session | None:
        """Return the session behind `token`, or None.

        Raises:
            Unavailable: identity does not answer as agreed.
        """
        passport = self._signer.sign(IDENTITY, Passport(roles=(passports.GATEWAY,)))
        try:
            status, document = await self._identity.fetch(
                "POST",
                INTROSPECTION,
                headers=_ours(passport),
                document={"token": token},
                timeout=INTROSPECTION_PATIENCE,
                may_repeat=True,
            )
        except (UpstreamFailed, UpstreamTimedOut):
            raise Unavailable(retry_after=timedelta(seconds=2)) from None
        if status == 401 and document.get("code") == "not_signed_in":
            return None
        try:
            if status == 200:
                return Session.read(document)
        except (KeyError, TypeError, ValueError):
            pass
        # A refused passport, a fault, another document than agreed: nothing that speaks for or against the caller.
        log.error("introspection_failed", status=status)
        raise Unavailable(retry_after=timedelta(seconds=2))


class Proxy:
    """Carries requests to the services."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        *,
        signer: Passports,
        sessions: Sessions,
        origins: origins.Origins,
        public_url: str,
        request_timeout: timedelta,
        slow_client_timeout: timedelta,
    ) -> None:
        self._upstreams = upstreams
        self._signer = signer
        self._sessions = sessions
        self._origins = origins
        self._request_timeout = request_timeout
        self._slow_client_timeout = slow_client_timeout
        self._session_cookie = cookies.name(cookies.SESSION, public_url)
        # What a browser holds for identity alone, handed over as headers that no client can send.
        self._identity_cookies = {
            cookies.name(cookies.DEVICE, public_url): headers.DEVICE_TOKEN,
            cookies.name(cookies.SOCIAL, public_url): headers.SOCIAL_TOKEN,
        }
        self._is_over_tls = public_url.startswith("https://")

    async def forward(self, visit: Visit, route: Route, guard: Guard, target: Target) -> web.StreamResponse:
        """Answer with what the route's service answers.

        Raises:
            Problem: refused at the door, or the service cannot be reached.
        """
        request = visit.request
        bodies.check_head(request, route)
        given = sessions.credential(request.headers, cookie_name=self._session_cookie)
        is_write = request.method not in origins.READS
        if is_write and not route.is_return and (given is None or given.is_cookie):
            self._origins.require_ours(request.headers)
        body = await bodies.read(request, route, patience=self._slow_client_timeout)
        session = await self._session(request, given, guard, is_write=is_write)
        visit.is_personal = session is not None
        async with self._upstreams[route.service].call(
            request.method,
            str(target),
            headers=self._headers(visit, route, session),
            body=body,
            timeout=route.timeout or self._request_timeout,
        ) as call:
            if route.service == IDENTITY and (ended := headers.sessions_ended(call.headers)):
                self._sessions.end(ended)
            if call.is_small:
                content = None if request.method == "HEAD" else await call.read()
                return self._reply(visit, call, content)
            return await self._stream(visit, call)

    async def _session(
        self, request: web.BaseRequest, given: Credential | None, guard: Guard, *, is_write: bool
    ) -> Session | None:
        """Return who asks; on a public path nobody is a good answer, and so is a session that has ended."""
        if guard is Guard.SCHOOL:
            raise NotSignedIn
        is_public = guard is Guard.ANYONE
        if given is None or (is_public and is_write and given.is_cookie and "X-CSRF-Token" not in request.headers):
            # The browser sent the cookie by itself: without our token the write on a public path counts as anybody's.
            session = None
        else:
            try:
                session = await self._sessions.find(given.token, is_write=is_write)
            except Unavailable:
                if is_write or not is_public:
                    raise
                session = None
        if session is None:
            if not is_public:
                raise NotSignedIn
            return None
        if is_write and given is not None and given.is_cookie:
            sessions.require_csrf_token(request.headers, session)
        return session

    def _headers(self, visit: Visit, route: Route, session: Session | None) -> CIMultiDict[str]:
        request = visit.request
        passport = Passport(address=visit.address)
        if session is not None:
            passport = Passport(
                account_id=session.account_id,
                email=session.email,
                session_id=session.session_id,
                roles=session.roles,
                address=visit.address,
            )
        passed = headers.inwards(request.headers)
        passed.update(_ours(self._signer.sign(route.service, passport)))
        if route.service == IDENTITY:
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

    def finish(self, visit: Visit, reply: web.StreamResponse) -> None:
        """Give an answer the headers that every answer has; once, before it begins."""
        if visit.has_begun:
            return
        if "Upgrade" in visit.request.headers or visit.request.method == "CONNECT":
            # Nothing is ever upgraded here; what the client sends next may be in the other protocol already.
            reply.force_close()
        for name, value in self._origins.granted(visit.request.headers).items():
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


def _ours(passport: str) -> dict[str, str]:
    return {passports.HEADER: passport, headers.REQUEST_ID: logs.request_id.get() or ""}
