from collections.abc import Callable
from datetime import timedelta

import pytest

from services.identity import letters
from services.identity.rules import codes
from shared import letters as waiting_letters
from shared.mail import Letter, Postman
from tests.identity.world import Identity, code_in
from tests.support.clock import FakeClock
from tests.support.smtp import SmtpServer


def written(kind: str) -> Letter:
    return letters.write(
        kind,
        to="parent@exemple.ca",
        language="fr",
        portal_name="Portail",
        public_url="https://portail.example",
        code="039213",
        lifetime=timedelta(hours=2),
    )


@pytest.mark.requirement("ID-24")
def test_a_letter_to_an_account_holder_says_so() -> None:
    assert "vous avez déjà un compte" in written(letters.EXISTING_ACCOUNT).text.replace("\n", " ")


@pytest.mark.requirement("ID-09")
def test_a_letter_tells_how_long_its_code_lives() -> None:
    text = written(letters.ACCOUNT_CREATION).text.replace("\n", " ")
    assert "pendant 2\u00a0heures " in text
    assert "for 2\u00a0hours " in text


@pytest.mark.requirement("ACC-10")
def test_a_letter_about_a_new_password_says_so() -> None:
    assert "votre mot de passe a été modifié" in written(letters.PASSWORD_CHANGED).subject


def postman_to(server: SmtpServer, clock: FakeClock) -> Postman:
    return Postman(server.url, sender="ne-pas-repondre@portail.example", sender_name="Portail parents", clock=clock)


def send_all(identity: Identity, server: SmtpServer, clock: FakeClock) -> int:
    ctx = identity.ctx
    with postman_to(server, clock) as postman:
        sent = 0
        while waiting_letters.send_next(database=ctx.db, postman=postman, seal=ctx.seal, clock=clock):
            sent += 1
    return sent


@pytest.mark.requirement("COD-14", "COD-18", "ID-07", "ID-34")
def test_a_code_arrives_by_mail_and_verifies(identity: Identity, clock: FakeClock, smtp_server: SmtpServer) -> None:
    challenge_id = identity.ask("Parent@exemple.ca")
    send_all(identity, smtp_server, clock)
    [letter] = smtp_server.letters
    assert letter.recipients == ("Parent@exemple.ca",)
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.message["From"] == "Portail parents <ne-pas-repondre@portail.example>"
    assert letter.message.get_content_type() == "multipart/alternative"
    assert code_in(letter.text) == code_in(letter.html)
    assert identity.verify(challenge_id, code_in(letter.text)).ticket


@pytest.mark.requirement("COD-2", "COD-14")
def test_what_was_sent_stands_nowhere_any_more_and_is_not_sent_again(
    identity: Identity, clock: FakeClock, smtp_server: SmtpServer
) -> None:
    identity.ask()
    assert send_all(identity, smtp_server, clock) == 1
    assert send_all(identity, smtp_server, clock) == 0
    assert [row.sealed for row in identity.rows(waiting_letters.letters)] == [None]


@pytest.mark.requirement("COD-13")
def test_a_withheld_letter_is_not_sent(identity: Identity, clock: FakeClock, smtp_server: SmtpServer) -> None:
    for _ in range(3):
        identity.ask(purpose=codes.PASSWORD_RESET)
        clock.advance(timedelta(minutes=10))
    send_all(identity, smtp_server, clock)
    assert [letter.message["Subject"].split(" — ")[0] for letter in smtp_server.letters] == [
        "Portail parents\u00a0: aucun compte avec cette adresse"
    ]


@pytest.mark.requirement("ID-12", "COD-13")
def test_asking_does_not_wait_for_the_mail_server(
    identity: Identity, clock: FakeClock, make_smtp_server: Callable[..., SmtpServer]
) -> None:
    # Nothing listens where the settings point: the answer comes, and the letter waits.
    assert identity.ask()
    assert [row.due_at for row in identity.rows(waiting_letters.letters)] == [clock.now()]


@pytest.mark.requirement("COD-14")
def test_a_letter_that_was_not_taken_is_sent_later_and_its_code_verifies(
    identity: Identity, clock: FakeClock, make_smtp_server: Callable[..., SmtpServer]
) -> None:
    server = make_smtp_server(refuse_first=1)
    challenge_id = identity.ask()
    send_all(identity, server, clock)
    assert server.letters == []
    clock.advance(timedelta(seconds=2))
    send_all(identity, server, clock)
    [letter] = server.letters
    assert identity.verify(challenge_id, code_in(letter.text)).ticket


def test_an_international_domain_is_mailed_in_the_form_that_was_proven(
    identity: Identity, clock: FakeClock, smtp_server: SmtpServer
) -> None:
    identity.make_account("parent@école.ca")
    send_all(identity, smtp_server, clock)
    assert smtp_server.letters[0].recipients == ("parent@xn--cole-9oa.ca",)
    assert identity.sign_in("parent@ÉCOLE.ca").account.email == "parent@xn--cole-9oa.ca"
