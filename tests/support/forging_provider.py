"""A provider that lies, dawdles and fails on demand: what a certified one cannot be made to do.

It speaks OpenID Connect below its own address, and Facebook's Graph below `/graph`.
"""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from shared.clock import Clock

CLIENT_ID = "app-1"
CLIENT_SECRET = "the-secret-of-app-1-0123456789"


class ForgingProvider:
    """One lying provider, listening while it is entered."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key = RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig"})
        self.published = [self.key]
        # What the next answers are made of; tests change them.
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.tokens: dict[str, Any] = {}
        self.make_id_token: Callable[[dict[str, Any]], str] = self.sign
        # path → (status, headers, body): an answer in place of the honest one.
        self.instead: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.hangs_at: set[str] = set()
        self.graph: dict[str, Any] = {}
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self._ended = threading.Event()

    @property
    def issuer(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                provider._answer(self, "")

            def do_POST(self) -> None:
                provider._answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def configuration(self, id_: str = "autre", **options: Any) -> str:
        """Return the operator's table for this provider."""
        given = {
            "name": "Autre",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            **options,
        }
        return f"[{id_}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items())

    def honest_claims(self, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token that is right in every respect."""
        now = int(self.clock.now().timestamp())
        return {
            "iss": self.issuer,
            "sub": "person-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "parent@exemple.ca",
            "email_verified": True,
        }

    def sign(self, claims: dict[str, Any], *, key: Any = None, **header: Any) -> str:
        """Return an ID token, signed with our own key unless another is given."""
        given = {"alg": "RS256", "kid": "key-1"} | header
        registry = JWSRegistry(algorithms=[given["alg"]], strict_check_header=False)
        # A head may carry a whole key along.
        registry.max_header_length = 8192
        head = {name: value for name, value in given.items() if value is not None}
        return jwt.encode(head, claims, key or self.key, registry=registry)

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return len([each for each in self.seen if each[0] == path])

    def _answer(self, request: BaseHTTPRequestHandler, body: str) -> None:
        target = urlsplit(request.path)
        self.seen.append((target.path, target.query or body, dict(request.headers.items())))
        if target.path in self.hangs_at:
            self._ended.wait(timedelta(seconds=30).total_seconds())
            request.close_connection = True
            return
        status, headers, content = self.instead.get(target.path) or self._honest(target.path, parse_qs(target.query))
        request.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _honest(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        documents: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": self._description,
            "/jwks": lambda: {"keys": [key.as_dict(private=False) for key in self.published]},
            "/token": self._tokens,
            "/graph/oauth/access_token": lambda: {"access_token": "graph-token", "token_type": "bearer"},
            "/graph/debug_token": lambda: {"data": self._owner() | self.graph.get("data", {})},
            "/graph/me": lambda: {"id": "person-1", "email": "parent@exemple.ca"} | self.graph.get("me", {}),
        }
        if path not in documents:
            return 404, {}, b"{}"
        return 200, {}, json.dumps(documents[path]()).encode()

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            # What it claims to sign with decides nothing.
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
        } | self.metadata

    def _tokens(self) -> dict[str, Any]:
        return {
            "access_token": "access",
            "token_type": "Bearer",
            "id_token": self.make_id_token(self.claims),
        } | self.tokens

    def _owner(self) -> dict[str, Any]:
        return {
            "app_id": CLIENT_ID,
            "type": "USER",
            "is_valid": True,
            "user_id": "person-1",
            "expires_at": int(self.clock.now().timestamp()) + 3600,
        }
