import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from one_machine.places import free_port
from services.identity import events
from services.identity.app import MIGRATIONS
from services.identity.models import accounts
from services.identity.operations.school_clients import Registered
from shared import broker, ids, messages, migrations, outbox
from shared.clock import SystemClock
from shared.database import Database
from shared.messages import Event
from tests.identity import world
from tests.identity.test_config import environment
from tests.identity.world import Identity, code_in
from tests.support.databases import Databases
from tests.support.smtp import SmtpServer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def variables(sqlite_databases: Databases) -> dict[str, str]:
    return os.environ | environment(IDENTITY_DATABASE_URL=sqlite_databases.create(), IDENTITY_LOGS_AS_JSON="1")


@pytest.fixture
def start(variables: dict[str, str]) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def start_one(*arguments: str, **changed: str) -> "subprocess.Popen[str]":
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "services.identity", *arguments],
                cwd=ROOT,
                env=variables | changed,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def run(start: Callable[..., Any], *arguments: str, **changed: str) -> tuple[int, str, str]:
    process = start(*arguments, **changed)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def open_world(variables: dict[str, str]) -> Identity:
    return world.open_identity(variables["IDENTITY_DATABASE_URL"], clock=SystemClock())


def test_migrate_makes_the_schema_and_sweep_runs_on_it(start: Callable[..., Any], variables: dict[str, str]) -> None:
    assert run(start, "migrate")[0] == 0
    database = Database(variables["IDENTITY_DATABASE_URL"])
    assert migrations.is_current(database, MIGRATIONS)
    database.close()
    status, out, _ = run(start, "sweep")
    assert (status, '"challenges":0' in out) == (0, True)


def test_a_command_without_its_settings_says_which(start: Callable[..., Any]) -> None:
    status, out, err = run(start, "migrate", IDENTITY_CODE_KEYS="short", IDENTITY_PASSWORD_POLICY="none")
    assert (status, out) == (2, "")
    assert "IDENTITY_CODE_KEYS" in err
    assert "short" not in err.replace("shorter", "")


@pytest.mark.requirement("ID-07", "COD-14")
def test_notify_mails_what_waits_and_stops_when_asked(
    start: Callable[..., Any], variables: dict[str, str], smtp_server: SmtpServer
) -> None:
    world.prepare(variables["IDENTITY_DATABASE_URL"])
    identity = open_world(variables)
    process = start("notify", IDENTITY_SMTP_URL=smtp_server.url)
    challenge_id = identity.ask()
    [letter] = smtp_server.wait_for(1)
    assert identity.verify(challenge_id, code_in(letter.text)).ticket
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "letter_sent" in out
    assert "exemple.ca" not in out + err
    assert code_in(letter.text) not in out + err
    identity.ctx.db.close()


def test_notify_says_what_is_wrong_with_the_address_of_the_mail_server(
    start: Callable[..., Any], variables: dict[str, str]
) -> None:
    status, out, err = run(start, "notify", IDENTITY_SMTP_URL="http://secret@mail.example")
    assert (status, "IDENTITY_SMTP_URL must look like" in err) == (2, True)
    assert "secret" not in out + err


def test_notify_tells_prometheus_what_became_of_the_letters(
    start: Callable[..., Any], variables: dict[str, str], smtp_server: SmtpServer
) -> None:
    world.prepare(variables["IDENTITY_DATABASE_URL"])
    identity = open_world(variables)
    port = free_port()
    identity.ask()
    start("--metrics-port", str(port), "notify", IDENTITY_SMTP_URL=smtp_server.url)
    smtp_server.wait_for(1)
    told = 'vitrail_letters_total{kind="account_creation",outcome="sent",service="identity"} 1.0'
    world.wait_until(lambda: told in httpx.get(f"http://127.0.0.1:{port}/metrics").text)
    identity.ctx.db.close()


@pytest.mark.slow
@pytest.mark.requirement("COD-14")
def test_a_killed_notifier_leaves_its_letter_to_the_next_one(
    start: Callable[..., Any], variables: dict[str, str], make_smtp_server: Callable[..., SmtpServer]
) -> None:
    world.prepare(variables["IDENTITY_DATABASE_URL"])
    identity = open_world(variables)
    slow = make_smtp_server(delay_s=30)
    challenge_id = identity.ask()
    process = start("notify", IDENTITY_SMTP_URL=slow.url)
    table = world.letters.letters
    world.wait_until(lambda: identity.rows(table)[0].leased_until is not None)
    process.kill()
    process.communicate()
    # Its lease has a minute to run; the test does not wait for it.
    with identity.ctx.db.transaction() as session:
        session.execute(table.update().values(leased_until=None))
    quick = make_smtp_server()
    start("notify", IDENTITY_SMTP_URL=quick.url)
    [letter] = quick.wait_for(1)
    assert identity.verify(challenge_id, code_in(letter.text)).ticket
    assert len(slow.letters) + len(quick.letters) <= 2
    identity.ctx.db.close()


@pytest.mark.requirement("ID-31", "ID-32")
def test_import_accounts_tells_what_became_of_the_file(
    start: Callable[..., Any], variables: dict[str, str], tmp_path: Path
) -> None:
    world.prepare(variables["IDENTITY_DATABASE_URL"])
    file = tmp_path / "accounts.csv"
    file.write_text("email,created_on\na@x.ca,2016-12-01\nb@x.ca,2017-08-01\nsecret,2017-08-01\n", "utf-8")
    status, out, err = run(start, "import-accounts", str(file))
    assert status == 1
    assert "2 accounts taken over, 0 known already, 1 lines rejected." in out
    assert "1 are to be created again; 1 have their children confirmed again." in out
    assert "line 4: email" in out
    assert "secret" not in out + err
    file.write_bytes(b"\xff\xfe")
    status, _, err = run(start, "import-accounts", str(file))
    assert (status, "not UTF-8" in err) == (1, True)
    file.write_text('email,created_on\n"' + "x" * 140_000, "utf-8")
    status, _, err = run(start, "import-accounts", str(file))
    assert (status, "Line 2 is no CSV" in err, "Traceback" in err) == (1, True, False)


@pytest.mark.requirement("ID-32")
def test_import_accounts_notes_the_ids_by_which_links_are_imported(
    start: Callable[..., Any], variables: dict[str, str], tmp_path: Path
) -> None:
    world.prepare(variables["IDENTITY_DATABASE_URL"])
    file, noted = tmp_path / "accounts.csv", tmp_path / "ids.csv"
    file.write_text("email,created_on\na@x.ca,2017-08-01\nb@x.ca,2017-08-01\nnobody,2017-08-01\n", "utf-8")
    assert run(start, "import-accounts", str(file), "--ids", str(noted))[0] == 1
    first = noted.read_text("utf-8").splitlines()
    assert [line.partition(",")[0] for line in first] == ["email", "a@x.ca", "b@x.ca"]
    assert all(ids.is_id(line.partition(",")[2]) for line in first[1:])
    assert noted.stat().st_mode & 0o077 == 0
    # Nobody's file is written over, and an account that is known already is noted as well.
    status, _, err = run(start, "import-accounts", str(file), "--ids", str(noted))
    assert (status, "there already" in err) == (1, True)
    run(start, "import-accounts", str(file), "--ids", str(tmp_path / "again.csv"))
    assert (tmp_path / "again.csv").read_text("utf-8").splitlines() == first
    assert run(start, "import-accounts", str(file), "--dry-run", "--ids", str(tmp_path / "x.csv"))[0] == 2


def test_an_operator_registers_rotates_and_revokes_a_school_s_system(
    start: Callable[..., Any], variables: dict[str, str]
) -> None:
    world.prepare(variables["IDENTITY_DATABASE_URL"])
    facts = ("--organisation", "712000", "--name", "GPI", "--scope", "claims.read", "--scope", "registry.write")
    status, out, err = run(start, "school-clients", "add", *facts)
    assert status == 0, err
    shown = dict(line.split("=", 1) for line in out.splitlines())
    client_id, secret = shown["client_id"], shown["client_secret"]
    assert secret.startswith("vitrail_secret_")
    assert secret not in err
    status, out, err = run(start, "school-clients", "rotate", client_id)
    second = dict(line.split("=", 1) for line in out.splitlines())["client_secret"]
    assert (status, second != secret) == (0, True)
    status, _, err = run(start, "school-clients", "rotate", client_id)
    assert (status, "too_many_secrets" in err) == (1, True)
    identity = open_world(variables)
    [listed] = world.operations.list_clients(identity.ctx)
    assert identity.give_token(listed_as(listed, second)).token
    status, out, _ = run(start, "school-clients", "list")
    assert "712000  live  GPI" in out
    assert [secret in out, second in out, out.count("secret  "), out.count("never")] == [False, False, 2, 1]
    status, out, _ = run(start, "school-clients", "revoke-secret", client_id, listed.secrets[0].id)
    assert status == 0
    assert run(start, "school-clients", "change", client_id, "--scope", "pins.write")[0] == 0
    assert identity.give_token(listed_as(listed, second)).scopes == ("pins.write",)
    assert run(start, "school-clients", "revoke", client_id, "--yes")[0] == 0
    assert identity.refused(listed_as(listed, second)).code() == "client_rejected"
    status, _, err = run(start, "school-clients", "add", *facts[:-1], "records.erase")
    assert (status, "registry.write" in err) == (2, True)
    identity.ctx.db.close()


def listed_as(listed: Any, secret: str) -> Registered:
    newest = listed.secrets[-1]
    return Registered(client_id=listed.client.id, secret_id=newest.id, secret=secret, expires_at=newest.expires_at)


@pytest.mark.requirement("SES-5")
def test_an_operator_ends_the_sessions_of_one_account_and_of_everybody(
    start: Callable[..., Any], variables: dict[str, str]
) -> None:
    world.prepare(variables["IDENTITY_DATABASE_URL"])
    identity = open_world(variables)
    identity.make_account("un@exemple.ca")
    identity.make_account("deux@exemple.ca")
    assert run(start, "end-sessions", "--email", "un@exemple.ca")[:2] == (0, "1 sessions ended.\n")
    assert run(start, "end-sessions", "--all")[:2] == (0, "1 sessions ended.\n")
    status, out, err = run(start, "end-sessions", "--email", "personne@exemple.ca")
    assert (status, "account_missing" in err, "personne" in out + err) == (1, True, False)
    assert [run(start, "end-sessions", *words)[0] for words in ((), ("--all", "--account", "x"))] == [2, 2]
    identity.ctx.db.close()


@pytest.mark.requirement("PRV-10")
def test_an_operator_deletes_again_whom_the_log_tells_of_since_the_backup(
    start: Callable[..., Any], variables: dict[str, str], tmp_path: Path
) -> None:
    log = {"IDENTITY_BROKER_URL": f"embedded://{tmp_path / 'log.db'}"}
    world.prepare(variables["IDENTITY_DATABASE_URL"])
    identity = open_world(variables)
    gone, stays = identity.make_account("un@exemple.ca"), identity.make_account("deux@exemple.ca")
    before = SystemClock().now().isoformat()
    assert run(start, "events", "topics", "--make", **log)[0] == 0
    tell(identity, log["IDENTITY_BROKER_URL"], events.account_deleted(gone.account.id, at=SystemClock().now()))
    assert run(start, "delete-again", "--since", before, **log)[:2] == (0, "1 accounts deleted again.\n")
    assert run(start, "delete-again", "--since", before, **log)[:2] == (0, "0 accounts deleted again.\n")
    assert [row.id for row in identity.rows(accounts)] == [stays.account.id]
    assert run(start, "delete-again", **log)[0] == 2
    identity.ctx.db.close()


def tell(identity: Identity, url: str, *told: Event) -> None:
    """Publish events as they stood in the log before the database was lost."""
    with identity.ctx.db.transaction() as session:
        written = outbox.add_all(session, told, at=SystemClock().now())
    with closing(broker.open_broker(url, clock=SystemClock())) as log, closing(log.producer()) as producer:
        producer.publish([messages.encode(each) for each in written])
