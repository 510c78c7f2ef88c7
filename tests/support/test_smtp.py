import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.smtp import SmtpServer

MakeServer = Callable[..., SmtpServer]


def letter_to(recipient: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "portail@example.org", recipient
    message["Subject"] = "Votre code de vérification"
    message.set_content("Code : 392131")
    message.add_alternative("<p>Code : <b>392131</b></p>", subtype="html")
    return message


def send(server: SmtpServer, recipient: str) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=10) as client:
        client.send_message(letter_to(recipient))


def test_smtp_server_keeps_the_letters_it_is_given(smtp_server: SmtpServer) -> None:
    send(smtp_server, "a@example.org")
    send(smtp_server, "b@example.org")
    assert [letter.recipients for letter in smtp_server.wait_for(2)] == [("a@example.org",), ("b@example.org",)]
    (letter,) = smtp_server.wait_for(1, to="b@example.org")
    assert letter.message["Subject"] == "Votre code de vérification"
    assert letter.text == "Code : 392131\n"
    assert letter.html == "<p>Code : <b>392131</b></p>\n"
    assert letter.sender == "portail@example.org"


def test_smtp_server_refuses_the_first_letters_when_told_to(make_smtp_server: MakeServer) -> None:
    server = make_smtp_server(refuse_first=1)
    with pytest.raises(smtplib.SMTPDataError) as raised:
        send(server, "a@example.org")
    assert raised.value.smtp_code == 451
    send(server, "a@example.org")
    assert (server.refused, len(server.letters)) == (1, 1)


def test_smtp_server_wants_encryption_when_it_has_a_certificate(make_smtp_server: MakeServer, tmp_path: Path) -> None:
    server = make_smtp_server(certificate=tmp_path)
    with pytest.raises(smtplib.SMTPException):
        send(server, "a@example.org")
    with smtplib.SMTP(server.host, server.port, timeout=10) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(server.certificate_file)))
        client.send_message(letter_to("a@example.org"))
    (letter,) = server.letters
    assert letter.was_encrypted


def test_smtp_server_wants_its_login(make_smtp_server: MakeServer) -> None:
    server = make_smtp_server(login=("vitrail", "s3cret"))
    with smtplib.SMTP(server.host, server.port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.send_message(letter_to("a@example.org"))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("vitrail", "wrong")
        client.login("vitrail", "s3cret")
        client.send_message(letter_to("a@example.org"))
    (letter,) = server.letters
    assert (letter.login, letter.was_encrypted) == ("vitrail", False)


def test_smtp_server_takes_its_login_over_encryption_alone(make_smtp_server: MakeServer, tmp_path: Path) -> None:
    server = make_smtp_server(certificate=tmp_path, login=("vitrail", "s3cret"))
    with smtplib.SMTP(server.host, server.port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPException):
            client.login("vitrail", "s3cret")
        client.starttls(context=ssl.create_default_context(cafile=str(server.certificate_file)))
        client.login("vitrail", "s3cret")
        client.send_message(letter_to("a@example.org"))
    (letter,) = server.letters
    assert (letter.login, letter.was_encrypted) == ("vitrail", True)


def test_smtp_server_takes_its_time_when_told_to(make_smtp_server: MakeServer) -> None:
    server = make_smtp_server(delay_s=5)
    with (
        pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"),
        smtplib.SMTP(server.host, server.port, timeout=0.2) as client,
    ):
        client.send_message(letter_to("a@example.org"))


def test_wait_for_gives_up_when_too_few_letters_come(smtp_server: SmtpServer) -> None:
    with pytest.raises(TimeoutError, match="0 letters of 1"):
        smtp_server.wait_for(1, timeout_s=0.05)


def test_clear_forgets_the_letters(smtp_server: SmtpServer) -> None:
    send(smtp_server, "a@example.org")
    smtp_server.clear()
    assert smtp_server.letters == []
