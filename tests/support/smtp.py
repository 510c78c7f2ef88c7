"""A real SMTP server on the loopback that keeps what it is given, and can be as unhelpful as servers are."""

import asyncio
import datetime
import email
import email.policy
import ipaddress
import ssl
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TRY_LATER = "451 4.7.1 Try again later"
TAKEN = "250 2.0.0 Taken"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter as it was handed over: the envelope's addresses, and the message parsed and as bytes."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    content: bytes = field(repr=False)
    was_encrypted: bool
    login: str | None

    @property
    def text(self) -> str:
        """The plain-text part, or nothing."""
        part = self.message.get_body(("plain",))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")

    @property
    def html(self) -> str:
        """The HTML part, or nothing."""
        part = self.message.get_body(("html",))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


class SmtpServer:
    """An SMTP server in a thread of its own; a context manager, or `close()` it.

    In:
        refuse_first: so many letters are answered 451 before the first one is taken.
        delay_s: how long it thinks before it answers to a letter.
        certificate: a folder to write `certificate.pem` to; with it STARTTLS is offered, and required.
        login: the one user name and password it lets in; with it AUTH is required (over STARTTLS when there is a
            certificate).
        port: 0 for a free one; a number to come back where an earlier server was.
    """

    def __init__(
        self,
        *,
        refuse_first: int = 0,
        delay_s: float = 0.0,
        certificate: Path | None = None,
        login: tuple[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.host = "127.0.0.1"
        self.refused = 0
        self.certificate_file = None if certificate is None else certificate / "certificate.pem"
        self._refuse_first = refuse_first
        self._delay_s = delay_s
        self._login = login
        self._tls = None if certificate is None else _tls_context(certificate)
        self._letters: list[Letter] = []
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)
        self._thread.start()
        # On its own thread from the first: whoever starts it may have a loop of their own, such as that of a browser.
        opening = self._loop.create_server(self._protocol, self.host, port)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(timeout=10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The server's address: `smtp://127.0.0.1:<port>`."""
        return f"smtp://{self.host}:{self.port}"

    @property
    def letters(self) -> list[Letter]:
        """The letters taken so far, oldest first."""
        with self._changed:
            return list(self._letters)

    def letters_to(self, address: str) -> list[Letter]:
        """Return the letters taken so far for this recipient, oldest first."""
        return [letter for letter in self.letters if address in letter.recipients]

    def wait_for(self, count: int, *, to: str | None = None, timeout_s: float = 30.0) -> list[Letter]:
        """Return the letters (to one recipient) once there are `count` of them.

        Raises:
            TimeoutError: fewer have come within `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                found = [letter for letter in self._letters if to is None or to in letter.recipients]
                if len(found) >= count:
                    return found
                if not self._changed.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    raise TimeoutError(f"{len(found)} letters of {count} came within {timeout_s:g} s")

    def clear(self) -> None:
        """Forget the letters taken so far."""
        with self._changed:
            self._letters.clear()

    def close(self) -> None:
        """Stop listening and end every conversation; a second call does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        await asyncio.sleep(self._delay_s)
        if self.refused < self._refuse_first:
            self.refused += 1
            return TRY_LATER
        content = envelope.original_content or b""
        letter = Letter(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            message=email.message_from_bytes(content, policy=email.policy.default),
            content=content,
            was_encrypted=session.ssl is not None,
            login=session.auth_data if session.authenticated else None,
        )
        with self._changed:
            self._letters.append(letter)
            self._changed.notify_all()
        return TAKEN

    def _protocol(self) -> SMTP:
        options: dict[str, Any] = {}
        if self._tls is not None:
            options |= {"tls_context": self._tls, "require_starttls": True}
        if self._login is not None:
            options |= {"authenticator": self._authenticate, "auth_required": True}
            options |= {"auth_require_tls": self._tls is not None}
        return SMTP(self, hostname="localhost", loop=self._loop, enable_SMTPUTF8=True, **options)

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        assert self._login is not None
        name, password = (part.encode() for part in self._login)
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (name, password)
        # `handled=False` makes aiosmtpd send the refusal; with True the client would wait for an answer until it gives up.
        return AuthResult(success=is_right, handled=False, auth_data=self._login[0] if is_right else None)

    async def _shut(self) -> None:
        self._server.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        # One turn of the loop for the cancelled conversations to close their transports.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def _tls_context(folder: Path) -> ssl.SSLContext:
    """Make a certificate for `localhost` and the loopback address, valid for a day, and the context that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(key_bytes)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
