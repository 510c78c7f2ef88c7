import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shared import letters
from shared.database import Database, new_metadata
from shared.digests import Seal
from shared.letters import sending
from shared.mail import Letter, MailRefused, MailUnavailable, Postman
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.smtp import SmtpServer

SEAL = Seal(["abcdefghijklmnopqrstuvwxyz0123456789"])
CODE = Letter(to="parent@example.com", subject="Votre code", text="Code : 392131 — déjà vu", html="<p>392131 é</p>")


def prepare(url: str) -> None:
    database = Database(url)
    metadata = new_metadata()
    letters.copy_to(metadata)
    metadata.create_all(database.engine)
    database.close()


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    opened = Database(databases.create(prepare))
    yield opened
    opened.close()


@pytest.fixture
def post(database: Database, clock: FakeClock) -> Callable[..., str]:
    def post_one(letter: Letter = CODE, lifetime: timedelta = timedelta(hours=1)) -> str:
        with database.transaction() as session:
            expires_at = clock.now() + lifetime
            return letters.post(session, letter, kind="code", seal=SEAL, at=clock.now(), expires_at=expires_at)

    return post_one


@pytest.fixture
def send(database: Database, clock: FakeClock) -> Callable[[SmtpServer], bool]:
    def send_next(server: SmtpServer) -> bool:
        with Postman(server.url, sender="portail@example.org", sender_name="Portail", clock=clock) as postman:
            return letters.send_next(database=database, postman=postman, seal=SEAL, clock=clock)

    return send_next


def test_send_next_sends_both_forms_and_empties_the_row(
    post: Callable[..., str], send: Callable[[SmtpServer], bool], smtp_server: SmtpServer, database: Database
) -> None:
    letter_id = post()
    assert send(smtp_server)
    [received] = smtp_server.wait_for(1)
    assert received.text.strip() == CODE.text
    assert "392131 é" in received.html
    assert received.message["Auto-Submitted"] == "auto-generated"
    assert received.message["Message-ID"] == f"<{letter_id}@example.org>"
    with database.read() as session:
        row = session.execute(select(letters.letters)).one()
    assert (row.outcome, row.sealed, row.due_at) == ("sent", None, None)
    assert not send(smtp_server)


@pytest.mark.requirement("COD-2")
def test_post_leaves_no_readable_code_in_the_row(post: Callable[..., str], database: Database) -> None:
    post()
    with database.read() as session:
        row = session.execute(select(letters.letters)).one()
    assert "392131" not in repr(tuple(row))
    assert "parent@example.com" not in repr(tuple(row))


@pytest.mark.requirement("COD-13")
def test_send_next_tries_again_later_when_the_server_is_busy(
    post: Callable[..., str],
    send: Callable[[SmtpServer], bool],
    make_smtp_server: Callable[..., SmtpServer],
    clock: FakeClock,
) -> None:
    server = make_smtp_server(refuse_first=2)
    post()
    assert send(server)
    assert not send(server)
    clock.advance(timedelta(seconds=1))
    assert send(server)
    clock.advance(timedelta(seconds=2))
    assert send(server)
    assert len(server.wait_for(1)) == 1


def test_send_next_keeps_the_letter_while_the_server_is_away(
    post: Callable[..., str],
    send: Callable[[SmtpServer], bool],
    make_smtp_server: Callable[..., SmtpServer],
    clock: FakeClock,
) -> None:
    gone = make_smtp_server()
    gone.close()
    post()
    assert send(gone)
    back = make_smtp_server(port=gone.port)
    clock.advance(timedelta(seconds=1))
    assert send(back)
    assert len(back.wait_for(1)) == 1


@pytest.mark.requirement("COD-14")
def test_send_next_sends_a_letter_of_unknown_fate_once_more_and_no_third_time(
    post: Callable[..., str],
    send: Callable[[SmtpServer], bool],
    smtp_server: SmtpServer,
    database: Database,
    clock: FakeClock,
) -> None:
    letter_id = post()
    assert sending._take(database, at=clock.now())[0] == letter_id  # a sender took it and was killed
    assert not send(smtp_server)
    clock.advance(letters.LEASE + timedelta(seconds=1))
    assert send(smtp_server)
    assert len(smtp_server.wait_for(1)) == 1
    with database.transaction() as session:  # as if this sender, too, had been killed before it could mark
        session.execute(
            update(letters.letters).values(due_at=clock.now(), outcome=None, sealed=SEAL.close("{}"), leased_until=None)
        )
    assert send(smtp_server)
    with database.read() as session:
        assert session.execute(select(letters.letters.c.outcome)).scalar() == "given-up"


def test_send_next_gives_up_a_letter_that_has_expired(
    post: Callable[..., str],
    send: Callable[[SmtpServer], bool],
    smtp_server: SmtpServer,
    database: Database,
    clock: FakeClock,
) -> None:
    post(lifetime=timedelta(minutes=5))
    clock.advance(timedelta(minutes=6))
    assert send(smtp_server)
    with database.read() as session:
        assert session.execute(select(letters.letters.c.outcome)).scalar() == "expired"


def test_send_next_gives_each_letter_to_one_of_several_senders(
    post: Callable[..., str], smtp_server: SmtpServer, database: Database, clock: FakeClock
) -> None:
    for _ in range(12):
        post()
    stop = threading.Event()

    def run() -> None:
        with Postman(smtp_server.url, sender="portail@example.org", sender_name="Portail", clock=clock) as postman:
            letters.run(database=database, postman=postman, seal=SEAL, clock=clock, stop=stop)

    senders = [threading.Thread(target=run) for _ in range(3)]
    for sender in senders:
        sender.start()
    received = smtp_server.wait_for(12)
    stop.set()
    for sender in senders:
        sender.join()
    assert len({letter.message["Message-ID"] for letter in received}) == 12
    assert len(smtp_server.letters) == 12


def test_sweep_deletes_what_was_sent_long_ago(
    post: Callable[..., str],
    send: Callable[[SmtpServer], bool],
    smtp_server: SmtpServer,
    database: Database,
    clock: FakeClock,
) -> None:
    post()
    send(smtp_server)
    clock.advance(timedelta(hours=47))
    post()
    clock.advance(timedelta(hours=2))
    with database.transaction() as session:
        assert letters.waiting(session, at=clock.now()) == letters.Waiting(
            count=1, oldest=timedelta(hours=2), recent=0, recent_put_off=0
        )
        assert letters.sweep(session, at=clock.now()) == 1


@pytest.mark.parametrize("url", ["http://x", "smtp://", "localhost:25", ""])
def test_postman_refuses_an_address_it_does_not_understand(url: str, clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="must look like"):
        Postman(url, sender="a@example.org", sender_name="A", clock=clock)


def test_postman_sends_over_tls_with_a_login(
    make_smtp_server: Callable[..., SmtpServer], tmp_path: object, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_smtp_server(certificate=tmp_path, login=("portail", "s3cret/with@signs"))
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate_file))
    url = f"smtp+starttls://portail:s3cret%2Fwith%40signs@127.0.0.1:{server.port}"
    with Postman(url, sender="portail@example.org", sender_name="Portail", clock=clock) as postman:
        postman.send(CODE, letter_id="x1")
    [received] = server.wait_for(1)
    assert received.was_encrypted
    assert received.login == "portail"


def test_postman_lets_letters_wait_when_the_login_is_refused(
    make_smtp_server: Callable[..., SmtpServer], clock: FakeClock
) -> None:
    server = make_smtp_server(login=("portail", "right"))
    url = f"smtp://portail:wrong@127.0.0.1:{server.port}"
    with Postman(url, sender="a@example.org", sender_name="A", clock=clock) as postman, pytest.raises(MailUnavailable):
        postman.send(CODE, letter_id="x1")


@pytest.mark.parametrize(
    "to", ["é@exemple.ca", "a b@exemple.ca", "a@b@exemple.ca", "a@", "", "a..b@exemple.ca", "a@x\r\nBcc: c@d.ca"]
)
def test_send_next_gives_up_what_no_server_could_deliver_and_goes_on(
    post: Callable[..., str], send: Callable[[SmtpServer], bool], smtp_server: SmtpServer, to: str
) -> None:
    post(Letter(to=to, subject=CODE.subject, text=CODE.text, html=CODE.html))
    post()
    assert (send(smtp_server), send(smtp_server), send(smtp_server)) == (True, True, False)
    assert [letter.recipients for letter in smtp_server.letters] == [(CODE.to,)]


def test_postman_writes_to_nobody_else_than_was_said(smtp_server: SmtpServer, clock: FakeClock) -> None:
    with (
        Postman(smtp_server.url, sender="portail@example.org", sender_name="Portail", clock=clock) as postman,
        pytest.raises(MailRefused),
    ):
        # By RFC 5322, a comment: a@example.com.
        postman.send(Letter(to="a(b)@example.com", subject="x", text="x", html="x"), letter_id="x1")
    assert smtp_server.letters == []


def test_postman_writes_a_domain_in_the_form_that_servers_know(smtp_server: SmtpServer, clock: FakeClock) -> None:
    with Postman(smtp_server.url, sender="portail@example.org", sender_name="Portail", clock=clock) as postman:
        postman.send(Letter(to="parent@école.ca", subject="x", text="x", html="x"), letter_id="x1")
    assert smtp_server.letters[0].recipients == ("parent@xn--cole-9oa.ca",)
