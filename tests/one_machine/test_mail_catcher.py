import json
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from one_machine.mail_catcher.letter_box import LetterBox
from tests.support.clock import FakeClock

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<script>alert('1')</script>"


@dataclass(frozen=True)
class Catcher:
    """A running mail catcher, and what people and programs do with it."""

    process: subprocess.Popen[str]
    smtp_port: int
    http_port: int

    def send(self, message: EmailMessage, *, to: str = "parent@example.org") -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=20) as client:
            client.send_message(message, from_addr="portail@example.org", to_addrs=[to])

    def get(self, path: str, *, host: str | None = None) -> tuple[int, str, dict[str, str]]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}")
        request.headers.update({"Host": host} if host else {})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode(), dict(refused.headers)

    def letters(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.get(f"/mail.json{query}")[1])
        return found

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def letter(subject: str = "Votre code de vérification", text: str = "Code : 392131", html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "portail@example.org", "parent@example.org", subject
    message.set_content(text)
    message.add_alternative(html or f"<p>{text}</p>", subtype="html")
    return message


Start = Callable[[Path], Catcher]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def run(folder: Path) -> Catcher:
            smtp_port, http_port = free_port(), free_port()
            command = [sys.executable, "-m", "one_machine.mail_catcher", "--folder", str(folder)]
            command += ["--smtp-port", str(smtp_port), "--http-port", str(http_port)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            assert "mail_catcher_ready" in process.stdout.readline()
            return Catcher(process, smtp_port, http_port)

        yield run


@pytest.fixture
def catcher(start: Start, tmp_path: Path) -> Catcher:
    return start(tmp_path / "mail")


@pytest.fixture
def box(tmp_path: Path, clock: FakeClock) -> LetterBox:
    return LetterBox(tmp_path / "box", clock=clock, most=3)


def test_a_caught_letter_is_told_to_scripts(catcher: Catcher) -> None:
    catcher.send(letter(), to="marie@example.org")
    catcher.send(letter("Deuxième"), to="luc@example.org")
    newest, oldest = catcher.letters()
    assert set(newest) == {"id", "from", "to", "subject", "received_at", "text"}
    assert (newest["subject"], newest["from"], newest["to"]) == ("Deuxième", "portail@example.org", ["luc@example.org"])
    assert (oldest["subject"], oldest["text"]) == ("Votre code de vérification", "Code : 392131\n")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", newest["received_at"])
    assert [each["id"] for each in catcher.letters("?to=marie@example.org")] == [oldest["id"]]


def test_a_caught_letter_is_shown_in_french_and_in_english(catcher: Catcher) -> None:
    assert "Aucun courriel pour l’instant" in catcher.get("/mail")[1]
    catcher.send(letter())
    (caught,) = catcher.letters()
    status, page, headers = catcher.get("/mail")
    assert (status, headers["Content-Language"]) == (200, "fr-CA")
    assert f'<a href="/mail/{caught["id"]}?lang=fr">Votre code de vérification</a>' in page
    assert '<html lang="fr-CA">' in page
    assert "Caught mail" in catcher.get("/mail?lang=en")[1]
    assert "Courriels retenus" in catcher.get("/mail?lang=de")[1]
    shown = catcher.get(f"/mail/{caught['id']}")[1]
    assert "<pre>Code : 392131\n</pre>" in shown
    assert f'<iframe sandbox="" src="/mail/{caught["id"]}/html"' in shown
    assert "Content-Type: text/html" in catcher.get(f"/mail/{caught['id']}/source")[1]


def test_a_letter_without_an_html_part_says_so(catcher: Catcher) -> None:
    message = EmailMessage()
    message.set_content("Texte seul")
    catcher.send(message)
    (caught,) = catcher.letters()
    shown = catcher.get(f"/mail/{caught['id']}")[1]
    assert "n’a pas de version HTML" in shown
    assert "(sans objet)" in shown
    assert catcher.get(f"/mail/{caught['id']}/html")[0] == 404


def test_the_page_escapes_what_a_letter_says(catcher: Catcher) -> None:
    catcher.send(letter(subject=HOSTILE, text=HOSTILE, html=HOSTILE))
    (caught,) = catcher.letters()
    for path in ("/mail", f"/mail/{caught['id']}"):
        assert HOSTILE not in catcher.get(path)[1]
        assert "default-src 'none'" in catcher.get(path)[2]["Content-Security-Policy"]


def test_the_html_part_may_do_nothing(catcher: Catcher) -> None:
    catcher.send(letter(html=HOSTILE))
    (caught,) = catcher.letters()
    _, html, headers = catcher.get(f"/mail/{caught['id']}/html")
    assert HOSTILE in html
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "allow-scripts" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["portal.example.org", "portal.example.org:8025", "127.0.0.1.example.org", "[::2]:80"])
def test_the_page_answers_to_no_other_name(catcher: Catcher, host: str) -> None:
    catcher.send(letter())
    status, page, _ = catcher.get("/mail.json", host=host)
    assert (status, "392131" in page) == (421, False)


@pytest.mark.parametrize("path", ["/mail/unknown", "/mail/..%2f..%2fetc%2fpasswd", "/mail/unknown/html", "/other"])
def test_an_unknown_letter_is_not_found(catcher: Catcher, path: str) -> None:
    assert catcher.get(path)[0] == 404


def test_letters_outlive_the_catcher(start: Start, tmp_path: Path) -> None:
    first = start(tmp_path / "mail")
    first.send(letter())
    before = first.letters()
    assert first.stop() == 0
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1
    second = start(tmp_path / "mail")
    assert second.letters() == before


def test_a_letter_of_more_than_10_mb_is_refused(catcher: Catcher) -> None:
    too_large = letter(text="0123456789" * 8 + "\n", html="x" * 70)
    too_large.add_attachment(b"x" * (10 * 1024 * 1024), maintype="application", subtype="octet-stream")
    with pytest.raises(smtplib.SMTPException) as refused:
        catcher.send(too_large)
    assert "552" in str(refused.value)
    catcher.send(letter())
    assert len(catcher.letters()) == 1


def test_a_letter_that_cannot_be_kept_is_refused_for_now(start: Start, tmp_path: Path) -> None:
    catcher = start(tmp_path / "mail")
    (tmp_path / "mail").rmdir()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        catcher.send(letter())
    assert refused.value.smtp_code == 452
    assert catcher.letters() == []


def test_a_stop_does_not_wait_for_open_conversations(catcher: Catcher) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port, timeout=20) as client:
        client.ehlo()
        began = time.monotonic()
        assert catcher.stop() == 0
        assert time.monotonic() - began < 5
        client.close()


def test_a_taken_port_is_told(catcher: Catcher, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "one_machine.mail_catcher", "--folder", str(tmp_path / "other")]
    command += ["--smtp-port", str(catcher.smtp_port), "--http-port", str(free_port())]
    second = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False)
    assert second.returncode == 1
    assert "address already in use" in second.stderr
    assert "Traceback" not in second.stderr


def test_the_oldest_letters_go_when_there_are_too_many(box: LetterBox, tmp_path: Path, clock: FakeClock) -> None:
    for number in range(5):
        box.keep(f"Subject: {number}\r\n\r\n".encode(), sender="a@example.org", recipients=["b@example.org"])
    assert [each.subject for each in box.list_letters()] == ["4", "3", "2"]
    assert len(list((tmp_path / "box").iterdir())) == 3
    reopened = LetterBox(tmp_path / "box", clock=clock, most=2)
    assert [each.subject for each in reopened.list_letters()] == ["4", "3"]


def test_a_letter_put_into_the_folder_by_hand_is_shown(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "by-hand.eml").write_bytes(b"Subject: =?utf-8?q?=C3=89t=C3=A9?=\n\nBonjour")
    (found,) = LetterBox(tmp_path, clock=clock).list_letters()
    assert (found.subject, found.text, found.sender, found.recipients) == ("Été", "Bonjour", "", ())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?b?!!!?=\r\n\r\n",
        b"Subject: =?no-such-charset?q?a?=\r\n\r\n",
        b"Subject: caf\xc3\xa9 \xff\r\n\r\n",
        b"Content-Type: text/plain; charset=no-such-charset\r\n\r\n\xe9",
        b"Content-Type: text/html; charset=\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n",
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(3000)),
    ],
    ids=lambda content: str(content[:40]),
)
def test_a_broken_letter_is_kept_and_shown(box: LetterBox, content: bytes) -> None:
    kept = box.keep(content, sender="a@example.org", recipients=["b@example.org"])
    assert kept.recipients == ("b@example.org",)
    assert content in box.source(kept)
    assert isinstance(box.html(kept), str | None)
    kept.subject.encode()
    kept.text.encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.lists(
        st.tuples(
            st.sampled_from(["Subject", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]),
            st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=60),
        ),
        max_size=4,
    ),
    body=st.binary(max_size=200),
)
def test_any_letter_is_kept_and_shown(box: LetterBox, head: list[tuple[str, str]], body: bytes) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in head).encode()
    kept = box.keep(lines + b"\r\n" + body, sender="", recipients=["b@example.org"])
    assert box.list_letters()[0] == kept
    assert isinstance(box.html(kept), str | None)
    json.dumps([kept.subject, kept.text]).encode()
