import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from services.identity import letters
from services.identity.letters import KINDS, WITH_CODE
from services.identity.rules import codes
from shared import letters as waiting_letters
from shared.mail import Postman
from tests.identity.world import Identity, code_in
from tests.support.clock import FakeClock
from tests.support.smtp import SmtpServer

CODE = "039213"


def written(kind: str, language: str = "fr", **overrides: Any) -> Any:
    given = {
        "to": "parent@exemple.ca",
        "language": language,
        "portal_name": "Portail <Test>",
        "public_url": "https://portail.example",
        "code": CODE,
        "lifetime": timedelta(hours=2),
    }
    return letters.write(kind, **given | overrides)


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open += [tag] if tag not in {"meta", "hr"} else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.requirement("COD-18")
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_holds_its_code_once_in_each_form_and_nowhere_else(kind: str, language: str) -> None:
    letter = written(kind, language)
    times = 1 if kind in WITH_CODE else 0
    assert (letter.text.count(CODE), letter.html.count(CODE)) == (times, times)
    assert re.findall(r"\d{6}", letter.text + letter.html) == [CODE] * 2 * times
    assert not any(character.isdigit() for character in letter.subject)
    assert "parent" not in letter.subject
    assert "@" not in letter.subject + letter.text + letter.html


@pytest.mark.requirement("COD-18")
@pytest.mark.parametrize("kind", KINDS)
def test_no_link_of_a_letter_carries_anything(kind: str) -> None:
    page = Page(written(kind).html)
    assert [attributes["href"] for tag, attributes in page.tags if tag == "a"] == ["https://portail.example"]
    assert re.findall(r"https?://\S+", written(kind).text) == ["https://portail.example"]
    assert [tag for tag, attributes in page.tags if tag in {"img", "script", "link", "iframe"}] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_speaks_both_languages_the_readers_first(kind: str) -> None:
    french, english = written(kind, "fr"), written(kind, "en")
    assert (french.language, english.language) == ("fr, en", "en, fr")
    for letter, order in ((french, ["fr", "en"]), (english, ["en", "fr"])):
        page = Page(letter.html)
        assert [attributes["lang"] for tag, attributes in page.tags if tag == "section"] == order
        assert [attributes["lang"] for tag, attributes in page.tags if tag == "html"] == order[:1]
        assert page.open == []
    assert french.subject.split(" — ") == list(reversed(english.subject.split(" — ")))


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same(kind: str) -> None:
    letter = written(kind)
    in_html = Page("<main" + letter.html.partition("<main")[2].partition("</body>")[0]).text.split()
    # The line that divides the languages and the bare address are the text's own.
    in_text = [word for word in letter.text.split() if word not in {"--------", "https://portail.example"}]
    assert in_text == in_html


def test_what_an_operator_names_the_portal_is_escaped_in_html() -> None:
    letter = written(letters.PASSWORD_RESET)
    assert "Portail &lt;Test&gt;" in letter.html
    assert "Portail <Test>" in letter.text


@pytest.mark.requirement("ID-09")
@pytest.mark.parametrize(
    ("lifetime", "in_french", "in_english"),
    [
        (timedelta(hours=2), "2\u00a0heures", "2\u00a0hours"),
        (timedelta(hours=1), "1\u00a0heure", "1\u00a0hour"),
        (timedelta(minutes=90), "90\u00a0minutes", "90\u00a0minutes"),
        (timedelta(minutes=1), "1\u00a0minute", "1\u00a0minute"),
        (timedelta(seconds=3), "3\u00a0secondes", "3\u00a0seconds"),
    ],
)
def test_a_letter_tells_how_long_its_code_lives(lifetime: timedelta, in_french: str, in_english: str) -> None:
    text = written(letters.ACCOUNT_CREATION, lifetime=lifetime).text.replace("\n", " ")
    assert f"pendant {in_french} " in text
    assert f"for {in_english} " in text


@pytest.mark.requirement("ID-24")
def test_a_letter_to_an_account_holder_says_so() -> None:
    assert "vous avez déjà un compte" in written(letters.EXISTING_ACCOUNT).text.replace("\n", " ")


@pytest.mark.requirement("ACC-10")
def test_a_letter_about_a_new_password_says_so() -> None:
    assert "votre mot de passe a été modifié" in written(letters.PASSWORD_CHANGED).subject


def test_french_words_are_set_as_french_is() -> None:
    words = "".join(written(kind).text.partition("--------")[0] for kind in KINDS)
    assert re.findall(r"[^\u00a0\s?!]\s?(?<!\u00a0)[;!]", words) == []
    assert "« " not in words
    assert "'" not in words


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


@pytest.mark.requirement("COD-13")
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
