"""Sending mail: one SMTP conversation at a time over a kept connection, chosen by URL.

`smtp://host:25`, `smtp+starttls://user:password@host:587`, `smtps://user:password@host:465`.
"""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from shared.clock import Clock

TIMEOUT_S = 20
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class MailUnavailable(Exception):
    """The server did not take the letter and will not have delivered it: it can be sent again later."""


class MailRefused(Exception):
    """The server refused this letter or its recipient for good (5xx)."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter in both forms. The subject and headers hold nothing personal."""

    to: str
    subject: str
    text: str
    html: str
    language: str = "fr"
    headers: dict[str, str] = field(default_factory=dict)


class Postman:
    """Sends letters from one address through one server."""

    def __init__(self, url: str, *, sender: str, sender_name: str, clock: Clock) -> None:
        """Raises ValueError when `url` is not one of the forms above."""
        self._parts = urlsplit(url)
        if self._parts.scheme not in _PORTS or not self._parts.hostname:
            raise ValueError("must look like smtp://host:25, smtp+starttls://… or smtps://…")
        self._sender = sender
        self._sender_name = sender_name
        self._clock = clock
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, letter: Letter, *, letter_id: str) -> None:
        """Send one letter; it is with the server when this returns.

        Raises:
            MailUnavailable: it was not taken, for a reason that may pass.
            MailRefused: it was refused for good.
        """
        message = self._message(letter, letter_id=letter_id)
        try:
            self._connected().send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            self._reset()
            raise (MailRefused if all(code >= 500 for code in codes) else MailUnavailable)(str(codes)) from None
        except smtplib.SMTPDataError as refused:
            self.close()
            raise (MailRefused if refused.smtp_code >= 500 else MailUnavailable)(str(refused.smtp_code)) from None
        except smtplib.SMTPResponseException as refused:
            # A refused login, sender or greeting is our configuration's fault: every letter waits until it is mended.
            self.close()
            raise MailUnavailable(f"{type(refused).__name__} {refused.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as fault:
            self.close()
            raise MailUnavailable(type(fault).__name__) from None

    def close(self) -> None:
        """End the conversation."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def _message(self, letter: Letter, *, letter_id: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = Address(self._sender_name, addr_spec=self._sender)
        message["To"] = _address(letter.to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._clock.now())
        # The same letter sent twice has the same id, so that a mailbox may show it once.
        message["Message-ID"] = f"<{letter_id}@{self._sender.rpartition('@')[2]}>" if letter_id else make_msgid()
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = letter.language
        for name, value in letter.headers.items():
            message[name] = value
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            try:
                if self._server.noop()[0] == 250:
                    return self._server
            except (OSError, smtplib.SMTPException):
                pass
            self._server.close()
        self._server = self._open()
        return self._server

    def _open(self) -> smtplib.SMTP:
        host = self._parts.hostname or ""
        port = self._parts.port or _PORTS[self._parts.scheme]
        if self._parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        try:
            if self._parts.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if self._parts.username:
                server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _reset(self) -> None:
        try:
            if self._server is not None:
                self._server.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


def _address(text: str) -> Address:
    """Return an address in the form that servers know: a domain beyond ASCII has one, a local part has not.

    Raises:
        MailRefused: it is no address, or it would be read as another one than was written (RFC 5322 comments).
    """
    local, _, domain = text.rpartition("@")
    try:
        known = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
        address = Address(addr_spec=known)
    except (ValueError, IndexError, HeaderParseError):
        raise MailRefused("address") from None
    if address.addr_spec != known:
        raise MailRefused("address")
    return address
