"""A portal to measure: identity, enrollment and gateway on databases filled by their own commands and operations."""

import datetime
import io
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
from sqlalchemy import insert, select

from one_machine import places
from one_machine.demonstration import BOARDS, SCHOOLS
from registry_generator import PlacedStudent, generate
from services.enrollment.config import Settings as EnrollmentSettings
from services.enrollment.context import Context as EnrollmentContext
from services.enrollment.operations import claims, organisations
from services.identity import operations
from services.identity.config import Settings as IdentitySettings
from services.identity.context import Context as IdentityContext, open_context
from services.identity.models import accounts, challenges, sessions
from services.identity.rules import codes
from shared import ids, logs
from shared.letters import letters
from shared.passports import GATEWAY, HEADER, PARENT, Passport, PassportOffice
from tests.benchmarks.support import servers
from tests.benchmarks.support.load import Request, json_request
from tests.benchmarks.support.servers import Server

PASSWORD = "Fenetre-7bleue"
ORGANISATION = "712000"
# One family of the longest list that a page shows (performance.md, "list of 20").
LARGE_FAMILY = 20
CHILDREN_EACH = 2
ALONE = "service alone"
THROUGH_GATEWAY = "through the gateway"
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_UNLIMITED = "1000000000"


@dataclass(frozen=True, kw_only=True)
class Parent:
    """Somebody with an account, a living session and linked children."""

    email: str
    account_id: str
    session_id: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is in the databases: `parents` can sign in and hold children, `others` only fill the tables."""

    students: int = 10_000
    parents: int = 50
    others: int = 10_000


@dataclass(frozen=True)
class Databases:
    """Where the two services keep their things."""

    kind: str
    identity: str
    enrollment: str


class Portal:
    """The three parts on prepared databases; a context manager, ready when it is entered."""

    def __init__(
        self,
        folder: Path,
        databases: Databases,
        *,
        size: Size | None = None,
        smtp_url: str = "smtp://127.0.0.1:9",
        environments: dict[str, dict[str, str]] | None = None,
    ) -> None:
        """`environments` are those of a portal that is prepared already."""
        self.folder = folder
        self.databases = databases
        self.size = size or Size()
        folder.mkdir(parents=True, exist_ok=True)
        self.environments = environments or _environments(folder, databases, smtp_url=smtp_url)
        self.urls = {
            name: f"http://127.0.0.1:{self.environments[name][f'{name.upper()}_PORT']}"
            for name in ("identity", "enrollment", "gateway")
        }
        self._offices = {
            name: PassportOffice(name, (self.environments[name][f"{name.upper()}_PASSPORT_KEYS"],))
            for name in ("identity", "enrollment")
        }
        self._stack = ExitStack()
        self.servers: dict[str, Server] = {}
        self.parents: list[Parent] = []
        self.large_family: Parent | None = None

    def save(self, file: Path) -> None:
        """Write what another process needs to `open` the prepared portal."""
        assert self.large_family is not None
        people = [asdict(parent) for parent in (self.large_family, *self.parents)]
        saved = {"databases": asdict(self.databases), "environments": self.environments, "people": people}
        file.write_bytes(orjson.dumps(saved))

    @classmethod
    def open(cls, file: Path) -> Self:
        """Return the portal that was saved in a file."""
        saved = orjson.loads(file.read_bytes())
        portal = cls(file.parent, Databases(**saved["databases"]), environments=saved["environments"])
        portal.large_family, *portal.parents = [Parent(**person) for person in saved["people"]]
        return portal

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            for name, module in (("identity", "services.identity"), ("enrollment", "services.enrollment")):
                self.servers[name] = opening.enter_context(self.server(module, "serve", part=name))
            self.servers["gateway"] = opening.enter_context(self.server("gateway", "serve", part="gateway"))
            self._stack = opening.pop_all()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._stack.close()

    def server(self, module: str, command: str, *, part: str) -> Server:
        """Return a process of one part, not waited for yet."""
        return Server(
            module,
            command,
            own=self.environments[part],
            log=self.folder / f"{part}-{command}.log",
            ready_url=f"{self.urls[part]}/readyz" if command == "serve" else None,
        )

    def prepare(self) -> None:
        """Fill the databases: commands for directory and registry, operations for accounts, sessions and children.

        Only `others` are inserted as they are: ten thousand passwords would take ten thousand hashes.
        """
        logs.configure(part="benchmark", as_json=True, stream=io.StringIO())
        for name in ("identity", "enrollment"):
            self._command(name, "migrate")
        families = self._families()
        registry = self.folder / "registry"
        generate(
            registry,
            organisation=ORGANISATION,
            students=self.size.students,
            directory=[BOARDS, SCHOOLS],
            placed=[child for children in families.values() for child in children],
        )
        self._command("enrollment", "import-directory", str(BOARDS), str(SCHOOLS))
        self._command("enrollment", "import-registry", str(registry), "--organisation", ORGANISATION)
        with self.identity() as ctx:
            parents = [_sign_up(ctx, email) for email in _with_codes(ctx, list(families))]
            _insert_others(ctx, self.size.others)
        with self.enrollment() as enrollment:
            _claim(enrollment, parents, families)
        self.large_family, *self.parents = parents

    @contextmanager
    def identity(self) -> Iterator[IdentityContext]:
        """Yield identity's context, on the same database as the server's."""
        ctx = open_context(IdentitySettings.from_env(self.environments["identity"]))
        yield ctx
        ctx.db.close()

    @contextmanager
    def enrollment(self) -> Iterator[EnrollmentContext]:
        """Yield enrollment's context, on the same database as the server's."""
        ctx = EnrollmentContext.open(EnrollmentSettings.from_env(self.environments["enrollment"]))
        yield ctx
        ctx.db.close()

    # What callers send. Passports are good for seconds: make the requests right before they are sent.

    def asks_for_codes(self, count: int, *, road: str, name: str) -> list[Request]:
        """Return requests for a code, each for a mailbox and from an address of its own; `name` keeps runs apart."""
        return [
            json_request(
                "/api/v1/verification-codes",
                {"email": f"{name}-{number}@exemple.ca", "purpose": codes.ACCOUNT_CREATION},
                self._anonymous(number, audience="identity", road=road),
            )
            for number in range(count)
        ]

    def verifications(self, *, road: str, name: str) -> list[Request]:
        """Return the right code for every living challenge of the run `name`, as their letters have it."""
        with self.identity() as ctx:
            challenge_of = _living_challenges(ctx, name)
            code_of = _codes_in_letters(ctx)
        return [
            json_request(
                f"/api/v1/verification-codes/{challenge_id}/verification",
                {"code": code_of[email]},
                self._anonymous(number, audience="identity", road=road),
            )
            for number, (email, challenge_id) in enumerate(challenge_of.items())
        ]

    def sign_ins(self, *, road: str) -> list[Request]:
        """Return a sign-in of every parent."""
        return [
            json_request(
                "/api/v1/session",
                {"email": parent.email, "password": PASSWORD},
                self._anonymous(number, audience="identity", road=road),
            )
            for number, parent in enumerate(self.parents)
        ]

    def introspections(self) -> list[Request]:
        """Return what the gateway asks of identity for every parent's session."""
        passport = self._offices["identity"].sign(Passport(roles=(GATEWAY,)))
        return [
            json_request("/internal/session-introspections", {"token": parent.token}, {HEADER: passport})
            for parent in self.parents
        ]

    def reads(self, path: str, *, audience: str, road: str, parents: Sequence[Parent] | None = None) -> list[Request]:
        """Return a GET of every parent."""
        return [
            Request("GET", path, self._signed_in(parent, number, audience=audience, road=road))
            for number, parent in enumerate(parents or self.parents)
        ]

    def lists_of_organisations(self, *, road: str) -> list[Request]:
        """Return a stranger's GET of twenty organisations, from many addresses."""
        return [
            Request(
                "GET", "/api/v1/organisations?page_size=20", self._anonymous(number, audience="enrollment", road=road)
            )
            for number in range(50)
        ]

    def _anonymous(self, number: int, *, audience: str, road: str) -> dict[str, str]:
        if road == THROUGH_GATEWAY:
            return {"X-Forwarded-For": _address(number)}
        return {HEADER: self._offices[audience].sign(Passport(address=_address(number)))}

    def _signed_in(self, parent: Parent, number: int, *, audience: str, road: str) -> dict[str, str]:
        if road == THROUGH_GATEWAY:
            return {"Authorization": f"Bearer {parent.token}", "X-Forwarded-For": _address(number)}
        passport = Passport(
            account_id=parent.account_id,
            email=parent.email,
            session_id=parent.session_id,
            roles=(PARENT,),
            address=_address(number),
        )
        return {HEADER: self._offices[audience].sign(passport)}

    def _command(self, part: str, *words: str) -> None:
        servers.run(f"services.{part}", *words, own=self.environments[part], home=self.folder)

    def _families(self) -> dict[str, list[PlacedStudent]]:
        numbers = iter(range(8_000_000, 9_000_000))
        sizes = {"famille-nombreuse@exemple.ca": LARGE_FAMILY}
        sizes |= {f"parent-{number}@exemple.ca": CHILDREN_EACH for number in range(self.size.parents)}
        return {
            email: [
                PlacedStudent(
                    given_name="Éloïse",
                    family_name="Tremblay-Côté",
                    birth_on=datetime.date(2014, 1, 1) + datetime.timedelta(days=child),
                    file_number=str(next(numbers)),
                    guardian_emails=(email,),
                    guardian_names=(("Camille", "Tremblay"),),
                )
                for child in range(count)
            ]
            for email, count in sizes.items()
        }


def _environments(folder: Path, databases: Databases, *, smtp_url: str) -> dict[str, dict[str, str]]:
    rings = {
        "identity": ("PASSPORT", "CODE", "TICKET", "PEPPER", "DIGEST", "SESSION", "CLIENT", "SEAL"),
        "enrollment": ("PASSPORT", "DIGEST", "SEAL", "PSEUDONYM"),
    }
    gateway_port = places.free_port()
    public_url = f"http://127.0.0.1:{gateway_port}"
    found: dict[str, dict[str, str]] = {}
    for name, names in rings.items():
        prefix = name.upper()
        found[name] = {
            f"{prefix}_PORT": str(places.free_port()),
            f"{prefix}_DATABASE_URL": getattr(databases, name),
            f"{prefix}_BROKER_URL": f"embedded://{folder / 'log.db'}",
            f"{prefix}_LOGS_AS_JSON": "1",
            "PUBLIC_URL": public_url,
            **{f"{prefix}_{ring}_KEYS": secrets.token_urlsafe(48) for ring in names},
        }
    # Limits stay in force and are counted as ever; they only never end the measurement.
    limits = ("MAILBOX_QUARTER", "MAILBOX_DAY", "ADDRESS_MINUTE", "ADDRESS_DAY", "ADDRESS_WRONG", "ADDRESS_SIGN_IN")
    found["identity"] |= {f"IDENTITY_{limit}_LIMIT": _UNLIMITED for limit in limits}
    found["identity"] |= {"IDENTITY_SMTP_URL": smtp_url, "IDENTITY_SESSION_LIMIT": _UNLIMITED}
    found["enrollment"] |= {"ENROLLMENT_SMTP_URL": smtp_url}
    found["gateway"] = {
        "GATEWAY_PORT": str(gateway_port),
        # Nothing here asks attendance or records; the gateway has a key for each all the same.
        "GATEWAY_PASSPORT_KEYS_ATTENDANCE": secrets.token_urlsafe(48),
        "GATEWAY_PASSPORT_KEYS_RECORDS": secrets.token_urlsafe(48),
        "GATEWAY_TRUSTED_HOPS": "1",
        "GATEWAY_LOGS_AS_JSON": "1",
        "GATEWAY_REQUESTS_PER_MINUTE": "1000000",
        "PUBLIC_URL": public_url,
        **{f"GATEWAY_{name.upper()}_URL": f"http://127.0.0.1:{found[name][f'{name.upper()}_PORT']}" for name in rings},
        **{f"GATEWAY_PASSPORT_KEYS_{name.upper()}": found[name][f"{name.upper()}_PASSPORT_KEYS"] for name in rings},
    }
    return found


def _address(number: int) -> str:
    """Return one of the addresses set aside for benchmarks (RFC 2544), so that callers do not share a counter."""
    return f"198.18.{number // 250 % 250}.{number % 250 + 1}"


def _with_codes(ctx: IdentityContext, emails: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Ask for a code for each e-mail and yield e-mail, challenge and code."""
    asked = {
        email: operations.request_code(
            ctx, email=email, purpose=codes.ACCOUNT_CREATION, language="fr", address=_address(number)
        ).challenge_id
        for number, email in enumerate(emails)
    }
    code_of = _codes_in_letters(ctx)
    for email, challenge_id in asked.items():
        yield email, challenge_id, code_of[email]


def _sign_up(ctx: IdentityContext, asked: tuple[str, str, str]) -> Parent:
    email, challenge_id, code = asked
    proof = operations.verify_code(ctx, challenge_id=challenge_id, code=code, address=_address(0))
    opened = operations.create_account(
        ctx,
        ticket=proof.ticket,
        password=PASSWORD,
        password_confirmation=PASSWORD,
        language="fr",
        address=_address(0),
        device="benchmark",
    )
    return Parent(
        email=email,
        account_id=opened.account.id,
        session_id=opened.session.session_id,
        token=opened.session.token,
    )


def _insert_others(ctx: IdentityContext, count: int) -> None:
    now = ctx.clock.now()
    kept = ctx.passwords.keep(PASSWORD)
    people, opened = [], []
    for number in range(count):
        account_id = ids.new()
        email = f"autre-{number}@exemple.ca"
        people.append(
            {
                "id": account_id,
                "email": email,
                "email_key": email,
                "password_hash": kept.hash,
                "password_pepper": kept.pepper,
                "language": "fr",
                "created_at": now,
                "password_changed_at": now,
            }
        )
        opened.append(
            {
                "id": ids.new(),
                "account_id": account_id,
                "token_digest": secrets.token_hex(32),
                "csrf_token": secrets.token_urlsafe(32),
                "created_at": now,
                "last_used_at": now,
                "expires_at": now + ctx.settings.session_lifetime,
            }
        )
    if people:
        with ctx.db.transaction() as session:
            session.execute(insert(accounts), people)
            session.execute(insert(sessions), opened)


def _claim(ctx: EnrollmentContext, parents: Sequence[Parent], families: dict[str, list[PlacedStudent]]) -> None:
    page = organisations.list_organisations(ctx, search="", kind="public", offset=0, limit=100)
    organisation_id = next(each["id"] for each in page.items if each["code"] == ORGANISATION)
    for number, parent in enumerate(parents):
        for child in families[parent.email]:
            claims.claim_child(
                ctx,
                account_id=parent.account_id,
                email=parent.email,
                address=_address(number),
                organisation_id=organisation_id,
                last_name=child.family_name,
                first_name=child.given_name,
                birth_on=child.birth_on,
                identifier=child.file_number,
            )


def _codes_in_letters(ctx: IdentityContext) -> dict[str, str]:
    with ctx.db.read() as session:
        sealed = session.execute(
            select(letters.c.sealed).where(letters.c.sealed.is_not(None)).order_by(letters.c.id)
        ).scalars()
        opened = [orjson.loads(ctx.seal.open(each)) for each in sealed]
    return {letter["to"]: found.group() for letter in opened if (found := _CODE.search(letter["text"]))}


def _living_challenges(ctx: IdentityContext, name: str) -> dict[str, str]:
    living = select(challenges.c.email, challenges.c.id).where(
        challenges.c.closed_as.is_(None), challenges.c.email_key.startswith(f"{name}-", autoescape=True)
    )
    with ctx.db.read() as session:
        return {row.email: row.id for row in session.execute(living)}
