"""Identity as its tests hold it: a context on a test's own database, the letters it wrote, and people who use it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import select

from services.identity import operations
from services.identity.config import Settings
from services.identity.context import FOLDER, Context, open_context
from services.identity.operations.school_clients import GivenToken, Registered
from services.identity.operations.signing_in import SignedIn
from services.identity.rules import codes
from services.identity.rules.client_credentials import GRANT_TYPE, TokenRequest
from services.identity.rules.passwords import PasswordHashes
from shared import letters
from shared.clock import Clock
from shared.digests import Digester
from shared.problems import Problem
from tests.support import schemas

MIGRATIONS = FOLDER / "migrations"
HOME = "192.0.2.7"
GOOD = "Crayon-Vert7"
OTHER = "Crayon-Bleu8"
PHONE = "A phone"
CALLER = {"address": HOME, "device": PHONE}


def key(purpose: str) -> tuple[str, ...]:
    """Return a key ring of the tests for one purpose."""
    return (f"{purpose}-0123456789-abcdefghijklmnopqrstuvwxyz",)


def settings(database_url: str, **overrides: Any) -> Settings:
    """Return settings that hold, with the defaults that production has."""
    given: dict[str, Any] = {
        "database_url": database_url,
        "broker_url": "embedded:///nowhere",
        "public_url": "https://portail.example",
        "smtp_url": "smtp://127.0.0.1:1",
        "passport_keys": key("passport"),
        "code_keys": key("code"),
        "ticket_keys": key("ticket"),
        "pepper_keys": key("pepper"),
        "digest_keys": key("digest"),
        "session_keys": key("session"),
        "client_keys": key("client"),
        "seal_keys": key("seal"),
    }
    return Settings(**given | overrides)


def cheap_passwords(of: Settings, **options: Any) -> PasswordHashes:
    """Return password hashes that cost next to nothing; what they promise does not depend on the cost."""
    return PasswordHashes(Digester(of.pepper_keys), **{"memory_kib": 16, "passes": 1, "places": 2} | options)


def prepare(url: str) -> None:
    """Bring an empty database to identity's schema."""
    schemas.migrate(url, service="identity")


@dataclass(frozen=True)
class Identity:
    """A context with hands."""

    ctx: Context

    def ask(self, email: str = "parent@exemple.ca", purpose: str = codes.ACCOUNT_CREATION, **overrides: Any) -> str:
        """Ask for a code and return the challenge's id."""
        return self.challenge(email, purpose, **overrides).challenge_id

    def challenge(
        self, email: str = "parent@exemple.ca", purpose: str = codes.ACCOUNT_CREATION, **overrides: Any
    ) -> Any:
        """Ask for a code and return the whole answer."""
        given = {"email": email, "purpose": purpose, "language": "fr", "address": HOME}
        return operations.request_code(self.ctx, **given | overrides)

    def letters(self) -> list[dict[str, Any]]:
        """Return the letters that wait, oldest first, opened."""
        table = letters.letters
        with self.ctx.db.read() as session:
            rows = session.execute(select(table).where(table.c.sealed.is_not(None)).order_by(table.c.id)).all()
        return [orjson.loads(self.ctx.seal.open(row.sealed)) | {"kind": row.kind} for row in rows]

    def code(self) -> str:
        """Return the code of the letter written last."""
        return code_in(self.letters()[-1]["text"])

    def verify(self, challenge_id: str, code: str, *, address: str = HOME) -> Any:
        """Give a code back."""
        return operations.verify_code(self.ctx, challenge_id=challenge_id, code=code, address=address)

    def ticket(self, email: str = "parent@exemple.ca", purpose: str = codes.ACCOUNT_CREATION) -> str:
        """Prove a mailbox and return the ticket."""
        challenge_id = self.ask(email, purpose)
        ticket: str = self.verify(challenge_id, self.code()).ticket
        return ticket

    def make_account(self, email: str = "parent@exemple.ca", password: str = GOOD, language: str = "fr") -> SignedIn:
        """Create an account with all its steps."""
        return self.create(self.ticket(email), password, language=language)

    def create(
        self, ticket: str, password: str = GOOD, *, confirmation: str | None = None, language: str = "fr"
    ) -> Any:
        """Spend a ticket on a new account."""
        return operations.create_account(
            self.ctx,
            ticket=ticket,
            password=password,
            password_confirmation=password if confirmation is None else confirmation,
            language=language,
            **CALLER,
        )

    def reset(self, ticket: str, password: str = OTHER) -> str:
        """Spend a ticket on a new password."""
        both = {"password": password, "password_confirmation": password}
        return operations.reset_password(self.ctx, ticket=ticket, **both, **CALLER)

    def change_password(self, opened: SignedIn, password: str = OTHER, *, current: str = GOOD, **overrides: Any) -> Any:
        """Change the password of somebody who is signed in."""
        given = {"current_password": current, "password": password, "password_confirmation": password}
        return operations.change_password(self.ctx, **self.own(opened), **given | overrides, **CALLER)

    def reauthenticate(self, opened: SignedIn, *, password: str = GOOD, ticket: str = "") -> Any:
        """Prove again who one is."""
        return operations.reauthenticate(self.ctx, **self.own(opened), password=password, ticket=ticket, **CALLER)

    def change_email(self, opened: SignedIn, ticket: str) -> list[str]:
        """Give an account another e-mail."""
        return operations.change_email(self.ctx, **self.own(opened), ticket=ticket, **CALLER)

    def undo_email_change(self, ticket: str) -> str:
        """Take a change of e-mail back."""
        return operations.undo_email_change(self.ctx, ticket=ticket, **CALLER)

    def activity(self, opened: SignedIn) -> list[str]:
        """Return what happened to an account, the latest first."""
        page = operations.list_activity(self.ctx, account_id=opened.account.id, limit=100, offset=0)
        return [row.kind for row in page.rows]

    @staticmethod
    def own(opened: SignedIn) -> dict[str, str]:
        """Return somebody's session and account, as operations take them."""
        return {"session_id": opened.session.session_id, "account_id": opened.account.id}

    def sign_in(self, email: str = "parent@exemple.ca", password: str = GOOD, **overrides: Any) -> SignedIn:
        """Sign in."""
        given: dict[str, Any] = {
            "email": email,
            "password": password,
            "address": HOME,
            "device": PHONE,
            "device_token": None,
            "replaced_session_id": None,
        }
        return operations.sign_in(self.ctx, **given | overrides)

    def introspect(self, token: str) -> Any:
        """Ask whose session a token is, as the gateway does."""
        return operations.introspect(self.ctx, token=token)

    def add_client(self, **overrides: Any) -> Registered:
        """Register a system of an organisation."""
        given = {"organisation_code": "712000", "name": "GPI", "words": ["registry.write", "claims.read"]}
        return operations.add_client(self.ctx, **given | overrides)

    def give_token(self, client: Registered, *, address: str = HOME, **asked: str) -> GivenToken:
        """Ask for a token with the credentials of `client`."""
        given = {
            "grant_type": GRANT_TYPE,
            "scope": "",
            "client_id": client.client_id,
            "client_secret": client.secret,
        }
        return operations.give_token(self.ctx, request=TokenRequest(**given | asked), address=address)

    def refused(self, client: Registered, **asked: str) -> Any:
        """Ask for a token that is not given, and return the refusal."""
        try:
            self.give_token(client, **asked)
        except Problem as refusal:
            return refusal
        raise AssertionError("a token was given")

    def rows(self, table: Any) -> list[Any]:
        """Return every row of a table."""
        with self.ctx.db.read() as session:
            return list(session.execute(select(table)))


def open_identity(
    database_url: str, *, clock: Clock | None = None, passwords: PasswordHashes | None = None, **overrides: Any
) -> Identity:
    """Return identity on a prepared database."""
    chosen = settings(database_url, **overrides)
    return Identity(open_context(chosen, clock=clock, passwords=passwords or cheap_passwords(chosen)))


def code_in(text: str) -> str:
    """Return the one run of six digits in a text."""
    found = re.findall(r"(?<!\d)\d{6}(?!\d)", text)
    assert len(found) == 1, found
    code: str = found[0]
    return code


def wait_until(is_so: Callable[[], bool], *, timeout_s: float = 30.0) -> None:
    """Wait for another process to have done something.

    Raises:
        TimeoutError: it did not within `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


def wrong(code: str) -> str:
    """Return a code that is not `code`."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def other_address(number: int) -> str:
    """Return an address in a neighborhood of its own."""
    return f"10.{number // 250 % 250}.{number % 250}.9"


RESEND = timedelta(seconds=60)
REAUTHENTICATION = timedelta(minutes=5)
