"""Who asks, by the guard of the route: whom the passport will name, and what a browser has to show for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway import origins, sessions
from gateway.errors import TokenRejected
from gateway.holders import Holders
from gateway.limits import Limits
from gateway.routes import Guard
from gateway.school_clients import SchoolClient
from gateway.sessions import Credential, Session
from shared.passports import SCHOOL, Passport
from shared.problems import NotSignedIn, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """A request as its caller is found by: where it comes from, its headers, and whether it writes."""

    address: str
    headers: Mapping[str, str]
    is_write: bool


class Callers:
    """Finds out who asks."""

    def __init__(
        self,
        *,
        sessions: Holders[Session],
        school_clients: Holders[SchoolClient],
        limits: Limits,
        origins: origins.Origins,
        session_cookie: str,
    ) -> None:
        self._sessions = sessions
        self._school_clients = school_clients
        self._limits = limits
        self._origins = origins
        self._session_cookie = session_cookie

    def require_our_page(self, knock: Knock, guard: Guard) -> None:
        """Check that a write which a browser may have sent by itself comes from a page of ours.

        A path for schools takes no cookie, and one for credentials proves nothing by where it comes from: a foreign page
        gains nothing there.

        Raises:
            CsrfRejected: it does not.
        """
        if knock.is_write and guard in {Guard.ANYONE, Guard.SESSION}:
            given = self._credential(knock)
            if given is None or given.is_cookie:
                self._origins.require_ours(knock.headers)

    async def identify(self, knock: Knock, guard: Guard) -> Passport:
        """Return whom the passport names: nobody but an address, a person, or a school's client.

        Raises:
            NotSignedIn: the path is for people, and nobody has a session.
            TokenRejected: the path is for schools' systems, and this is none.
            CsrfRejected: a write with the cookie, without the token of our own pages.
            Unavailable: identity does not answer.
        """
        if guard is Guard.SCHOOL:
            return await self._school_client(knock)
        session = None if guard is Guard.CREDENTIALS else await self._session(knock, guard)
        if session is None:
            return Passport(address=knock.address)
        return Passport(
            account_id=session.account_id,
            email=session.email,
            session_id=session.session_id,
            roles=session.roles,
            address=knock.address,
        )

    async def spend(self, caller: Passport) -> None:
        """Count a request of a school's client; a person's is counted by address alone.

        Raises:
            TooManyRequests: the client's minute is spent.
        """
        if caller.client_id is not None:
            await self._limits.spend_client(caller.client_id)

    def _credential(self, knock: Knock) -> Credential | None:
        return sessions.credential(knock.headers, cookie_name=self._session_cookie)

    async def _school_client(self, knock: Knock) -> Passport:
        """Return the client behind the bearer token; a cookie is nothing here, and neither is a person's token."""
        token = sessions.bearer(knock.headers)
        if token is None:
            raise TokenRejected
        client = await self._school_clients.find(token, is_write=knock.is_write)
        if client is None:
            # RFC 6750 §3.1: named only to those who have sent a token.
            raise TokenRejected(headers={"WWW-Authenticate": 'Bearer realm="vitrail", error="invalid_token"'})
        return Passport(
            client_id=client.client_id,
            organisation_code=client.organisation_code,
            scopes=client.scopes,
            roles=(SCHOOL,),
            address=knock.address,
        )

    async def _session(self, knock: Knock, guard: Guard) -> Session | None:
        """Return who asks; on a public path nobody is a good answer, and so is a session that has ended."""
        is_public = guard is Guard.ANYONE
        given = self._credential(knock)
        if given is None or (is_public and knock.is_write and given.is_cookie and "X-CSRF-Token" not in knock.headers):
            # The browser sent the cookie by itself: without our token the write on a public path counts as anybody's.
            session = None
        else:
            try:
                session = await self._sessions.find(given.token, is_write=knock.is_write)
            except Unavailable:
                if knock.is_write or not is_public:
                    raise
                session = None
        if session is None:
            if not is_public:
                raise NotSignedIn
            return None
        if knock.is_write and given is not None and given.is_cookie:
            sessions.require_csrf_token(knock.headers, session)
        return session
