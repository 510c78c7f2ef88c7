"""The whole system as `make run` starts it, for tests that come in by the front door."""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from one_machine import places
from one_machine.kafka.node import Node
from tests.support.registries import Pupil
from tests.support.smtp import Letter, SmtpServer

ROOT = Path(__file__).parent.parent.parent
# No measure of speed: a machine that does much else at the time may be this slow, and one that hangs is found.
READY_WITHIN_S = 300
# The name of the set-up that has production's own means; the other one has one machine's.
PRODUCTION = "postgresql-kafka"
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_pause = threading.Event()


class System:
    """`python -m one_machine` on a folder and a port of its own, with mail to a test's SMTP server.

    With `kafka` its event log is that node, which the test may kill; otherwise it is the embedded one.
    """

    def __init__(
        self,
        home: Path,
        *,
        mail: SmtpServer | None = None,
        kafka: Node | None = None,
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        """`port` is given by whoever must know it before the system starts."""
        self.home = home
        self.mail = mail
        self.kafka = kafka
        self.port = port or places.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[str] | None = None
        self.output = ""

    def start(self) -> None:
        """Start, and return when `make run` says that all is ready."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VITRAIL_")}
        environment |= {"VITRAIL_HOME": str(self.home), "VITRAIL_PORT": str(self.port)}
        if self.mail is not None:
            environment["VITRAIL_SMTP_URL"] = self.mail.url
        if self.kafka is not None:
            environment["VITRAIL_BROKER_URL"] = self.kafka.url
        environment |= self._settings
        # Twenty processes that each compile the whole program anew take a fifth longer, and no user has them do it.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        log = self.home.parent / f"{self.home.name}.out"
        with log.open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "one_machine"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                stdin=subprocess.DEVNULL,
            )
        addresses = self.home / "run" / "addresses.json"
        for _ in range(READY_WITHIN_S * 20):
            if addresses.exists() and "is ready" in log.read_text(encoding="utf-8"):
                self.output = log.read_text(encoding="utf-8")
                return
            if self._process.poll() is not None:
                break
            _pause.wait(0.05)
        told = log.read_text(encoding="utf-8")
        self.stop()
        raise AssertionError(f"the system did not start:\n{told}")

    def stop(self) -> int:
        """Stop as Ctrl-C does; return the exit status."""
        process, self._process = self._process, None
        assert process is not None
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        return process.wait(timeout=60)

    def command(self, service: str, *words: str) -> str:
        """Type an operator's command beside the running system; return what it said."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VITRAIL_")}
        command = [sys.executable, "-m", f"services.{service}", *words]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment | {"VITRAIL_HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def wait(self) -> int:
        """Wait for the run to end by itself; return its exit status."""
        process, self._process = self._process, None
        assert process is not None
        return process.wait(timeout=60)

    def wait_until_gone(self) -> bool:
        """Tell whether every process of this system ended within the time that a stop may take."""
        for _ in range(600):
            if not list(self._processes()):
                return True
            _pause.wait(0.05)
        return False

    def addresses(self) -> dict[str, Any]:
        """Return what the run says of itself to scripts."""
        found: dict[str, Any] = json.loads((self.home / "run" / "addresses.json").read_text(encoding="utf-8"))
        return found

    def database_url(self, service: str) -> str:
        """Return the address of a service's database."""
        own = f"sqlite:///{self.home / 'databases' / service}.db"
        return self._settings.get(f"{service.upper()}_DATABASE_URL", own)

    def kill(self, part: str) -> int:
        """Kill a part with SIGKILL, as a machine short of memory would; return the id it had."""
        pid = self.pid_of(part)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        return pid

    def pid_of(self, part: str) -> int | None:
        """Return the process id of a part, found by its command line below this system's supervisor."""
        service, _, command = part.partition("-")
        pids = [pid for pid, words in self._processes() if f"services.{service}" in words and command in words]
        # A server has workers of the same command line: the part is the one whose parent is none of them.
        return next((pid for pid in pids if _parent(pid) not in pids), None)

    def supervisor(self) -> int:
        """Return the process id of what starts parts again."""
        return next(pid for pid, words in self._processes() if "supervisor.supervisord" in words)

    def _processes(self) -> Iterator[tuple[int, list[str]]]:
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if f"VITRAIL_HOME={self.home}\0" in environment and "-m" in words:
                yield int(entry.name), words

    def wait_for_answer(self, path: str) -> int:
        """Return the status of the first answer that is not the gateway saying that a part is away."""
        for _ in range(600):
            answer = httpx.get(f"{self.url}/api/v1{path}")
            if answer.status_code not in {502, 503, 504}:
                return answer.status_code
            _pause.wait(0.05)
        raise AssertionError(f"nobody answered at {path}")

    def wait_for_part(self, part: str, *, other_than: int) -> int:
        """Return the id of a part's new process once the supervisor has started one."""
        for _ in range(600):
            if (pid := self.pid_of(part)) not in {None, other_than}:
                assert pid is not None
                return pid
            _pause.wait(0.05)
        raise AssertionError(f"{part} was not started again")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.stop()


def mail_about(system: System, address: str, subject: str, *, number: int = 1) -> Letter:
    """Return the first letter to a mailbox with this in its subject, or a later one by its number, once it has come."""
    assert system.mail is not None
    mail = system.mail
    each = (mail.wait_for(count, to=address, timeout_s=60)[count - 1] for count in itertools.count(1))
    found = (letter for letter in each if subject in letter.message["Subject"])
    return next(itertools.islice(found, number - 1, None))


def wait_until(ask: Callable[[], httpx.Response], is_so: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Ask again until what services tell each other has come so far; return that answer."""
    answer = ask()
    for _ in range(600):
        if is_so(answer):
            return answer
        _pause.wait(0.1)
        answer = ask()
    raise AssertionError(f"{answer.url} still answers {answer.status_code}: {answer.text}")


def _parent(pid: int) -> int:
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return 0


@dataclass(frozen=True)
class Challenge:
    """A code that was asked for."""

    id: str
    email: str
    document: dict[str, Any]


class Parent:
    """Somebody with a browser and a mailbox."""

    def __init__(self, system: System, email: str, *, language: str = "fr") -> None:
        self.system = system
        self.email = email
        self.http = httpx.Client(base_url=system.url, timeout=30, headers={"Accept-Language": language})
        self.csrf_token: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def get(self, path: str, **rest: Any) -> httpx.Response:
        """GET below /api/v1."""
        return self.http.get(f"/api/v1{path}", **rest)

    def post(self, path: str, body: object, **rest: Any) -> httpx.Response:
        """POST JSON below /api/v1, with the CSRF token once signed in."""
        return self.http.post(f"/api/v1{path}", json=body, headers=self._headers(rest.pop("headers", {})), **rest)

    def put(self, path: str, body: object) -> httpx.Response:
        """PUT JSON below /api/v1, with the CSRF token."""
        return self.http.put(f"/api/v1{path}", json=body, headers=self._headers({}))

    def patch(self, path: str, body: object) -> httpx.Response:
        """PATCH JSON below /api/v1, with the CSRF token."""
        return self.http.patch(f"/api/v1{path}", json=body, headers=self._headers({}))

    def send_form(self, path: str, said: Mapping[str, str], **files: bytes) -> httpx.Response:
        """POST a form with files below /api/v1, with the CSRF token."""
        return self.http.post(f"/api/v1{path}", data=said, files=files, headers=self._headers({}))

    def delete(self, path: str) -> httpx.Response:
        """DELETE below /api/v1, with the CSRF token."""
        return self.http.delete(f"/api/v1{path}", headers=self._headers({}))

    def ask_code(self, purpose: str = "account_creation") -> Challenge:
        """Ask for a code and wait until its letter is in the mailbox."""
        letters, codes = len(self.letters()), len(self._codes())
        answer = self.post("/verification-codes", {"email": self.email, "purpose": purpose})
        assert answer.status_code == 202, answer.text
        assert self.system.mail is not None
        # Other news may come to the same mailbox first.
        while len(self._codes()) == codes:
            letters += 1
            self.system.mail.wait_for(letters, to=self.email)
        return Challenge(answer.json()["challenge_id"], self.email, answer.json())

    def letters(self) -> list[Letter]:
        """Return the letters in this mailbox, oldest first."""
        assert self.system.mail is not None
        return self.system.mail.letters_to(self.email)

    def code(self) -> str:
        """Return the code in the newest letter that has one."""
        return self._codes()[-1]

    def _codes(self) -> list[str]:
        return [found.group() for letter in self.letters() if (found := _CODE.search(letter.text))]

    def verify(self, challenge: Challenge, code: str) -> httpx.Response:
        """Type a code."""
        return self.post(f"/verification-codes/{challenge.id}/verification", {"code": code})

    def ticket(self, purpose: str = "account_creation") -> str:
        """Prove the mailbox and return the ticket."""
        answer = self.verify(self.ask_code(purpose), self.code())
        assert answer.status_code == 200, answer.text
        ticket: str = answer.json()["ticket"]
        return ticket

    def sign_up(self, password: str = "Fenetre-7bleue") -> dict[str, Any]:
        """Create the account, all steps; the browser is signed in afterwards."""
        body = {"ticket": self.ticket(), "password": password, "password_confirmation": password}
        answer = self.post("/accounts", body)
        assert answer.status_code == 201, answer.text
        self.csrf_token = answer.json()["csrf_token"]
        document: dict[str, Any] = answer.json()
        return document

    def sign_in(self, password: str = "Fenetre-7bleue") -> httpx.Response:
        """Sign in; the browser keeps the cookie and the page keeps the CSRF token."""
        answer = self.post("/session", {"email": self.email, "password": password})
        if answer.status_code == 201:
            self.csrf_token = answer.json()["csrf_token"]
        return answer

    def organisation(self, search: str) -> str:
        """Return the id of the one organisation that `search` finds."""
        [found] = self.get("/organisations", params={"search": search}).json()
        organisation_id: str = found["id"]
        return organisation_id

    def claim(self, **typed: Any) -> httpx.Response:
        """Fill in « Associer un enfant à mon compte »."""
        return self.post("/claims", typed)

    def claim_pupil(self, pupil: Pupil, *, at: str) -> str:
        """Prove a child of a file at the one organisation that `at` finds; return its id."""
        assert pupil.birth_on is not None
        claimed = self.claim(
            organisation_id=self.organisation(at),
            last_name=pupil.family_name,
            first_name=pupil.given_name,
            birth_date=pupil.birth_on.isoformat(),
            identifier=pupil.file_number,
        )
        assert claimed.status_code == 201, claimed.text
        child_id: str = claimed.json()["child"]["id"]
        return child_id

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        return {**({"X-CSRF-Token": self.csrf_token} if self.csrf_token else {}), **given}


class SchoolSystem:
    """An organisation's own system: a client that the operator has registered, with a token of its own."""

    def __init__(self, system: System, organisation_code: str, *, scopes: Collection[str]) -> None:
        words = [word for scope in scopes for word in ("--scope", scope)]
        told = system.command(
            "identity", "school-clients", "add", "--organisation", organisation_code, "--name", "GPI", *words
        )
        said = dict(line.split("=", 1) for line in told.splitlines())
        self.client = (said["client_id"], said["client_secret"])
        self.http = httpx.Client(base_url=f"{system.url}/school/v1", timeout=120)
        self.http.headers["Authorization"] = f"Bearer {self.get_token()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def get_token(self) -> str:
        """Exchange the client's credentials for a token (RFC 6749 §4.4)."""
        answer = self.http.post("/token", data={"grant_type": "client_credentials"}, auth=self.client)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def hand_over(self, folder: Path) -> httpx.Response:
        """Zip a folder and hand it over as the organisation's registry."""
        archive = Path(shutil.make_archive(str(folder), "zip", folder))
        headers = {"Content-Type": "application/zip"}
        return self.http.post("/imports", content=archive.read_bytes(), headers=headers)
