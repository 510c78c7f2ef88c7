import re
from collections.abc import Callable

import pytest

from gateway.errors import PROBLEMS
from tests.gateway.conftest import Door
from tests.gateway.test_failures import unused_url

IN_FRENCH = "Il n’y a rien à cette adresse du portail des parents"
IN_ENGLISH = "There is nothing at this address of the parents' portal"
PAGES = ["/", "/api/docs", "/api/docs/events", "/problems/gateway/", "/problems/gateway/csrf-rejected"]


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_does_not_depend_on_the_services(make_door: Callable[..., Door], path: str) -> None:
    door = make_door(identity_url=unused_url(), enrollment_url=unused_url())

    reply = door.get(path)

    assert reply.status == 200
    assert set(reply.json()) == {"status"}


@pytest.mark.requirement("SES-9", "PRV-6")
@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_nothing_that_their_policy_forbids(door: Door, path: str) -> None:
    reply = door.get(path)
    html = reply.body.decode()

    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in reply.headers["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]* src=)|\son\w+=|style=|javascript:|https?://", html) == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_link_to_what_exists(door: Door, path: str) -> None:
    links = set(re.findall(r'(?:href|src)="([^"#]+)"', door.get(path).body.decode()))

    assert links
    assert {link: door.get(link).status for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("path", PAGES)
def test_pages_say_their_language_and_have_one_heading_and_a_title(door: Door, path: str) -> None:
    html = door.get(path).body.decode()

    assert '<html lang="fr"' in html
    assert html.count("<h1") == 1
    assert re.search(r"<title>[^<]{5,}</title>", html)
    assert 'lang="en"' in html or path == "/problems/gateway/"


def test_assets_come_from_here_and_may_be_kept(door: Door) -> None:
    scripts = re.findall(r'<script src="([^"]+)"', door.get("/api/docs").body.decode())

    replies = [door.get(script) for script in scripts]

    assert [script.split("?")[0] for script in scripts] == ["/assets/swagger-ui-bundle.js", "/assets/docs.js"]
    assert {reply.headers["Content-Type"] for reply in replies} == {"text/javascript; charset=utf-8"}
    assert all("max-age=604800" in reply.headers["Cache-Control"] for reply in replies)
    assert door.get(scripts[0], If_None_Match=replies[0].headers["ETag"]).status == 304


@pytest.mark.parametrize("path", ["/assets/none.js", "/assets/swagger-ui-bundle.js.map", "/problems/gateway/none"])
def test_pages_refuse_what_does_not_exist(door: Door, path: str) -> None:
    assert door.get(path).code == "not_found"


@pytest.mark.requirement("ID-40")
@pytest.mark.parametrize("path", ["/edu-groupe", "/portail/parents/", "/Default.aspx", "/api/v1/nowhere"])
def test_a_person_at_an_address_that_is_not_the_portals_is_told_so(door: Door, path: str) -> None:
    reply = door.get(path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    html = reply.body.decode()

    assert (reply.status, reply.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Le portail des parents n’est pas Édu-groupe" in html
    assert "neither Édu-groupe nor another" in html
    assert set(re.findall(r'href="(/[^"]*)"', html)) >= {"/"}
    assert html.count("<h1") == 1
    assert re.findall(r"<script(?![^>]* src=)|\son\w+=|style=|javascript:|https?://", html) == []


@pytest.mark.requirement("ID-40", "ACC-15")
@pytest.mark.parametrize("accept", ["application/json", "*/*"])
def test_an_application_at_such_an_address_is_told_the_same_as_a_problem(door: Door, accept: str) -> None:
    reply = door.get("/edu-groupe", Accept=accept)

    assert (reply.status, reply.code) == (404, "not_found")
    assert "Édu-groupe" in reply.json()["detail"]


@pytest.mark.requirement("ACC-15", "XC-07")
@pytest.mark.parametrize("path", ["/school/v1/nowhere", "/school", "/api/v1/nowhere", "/api/v2/children"])
@pytest.mark.parametrize(("language", "where"), [("fr", "documentation de l’API"), ("en", "API documentation")])
def test_a_program_at_an_address_that_is_none_is_told_where_the_addresses_are(
    door: Door, path: str, language: str, where: str
) -> None:
    reply = door.get(path, Accept_Language=language)
    detail = reply.json()["detail"]

    assert (reply.status, reply.code) == (404, "not_found")
    assert all(said in detail for said in (where, "/api/docs", "/api/v1", "/school/v1"))
    assert "Édu-groupe" not in detail


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.slug())
def test_every_refusal_has_a_page_in_both_languages(door: Door, problem: type) -> None:
    html = door.get(f"/problems/gateway/{problem.slug()}").body.decode()  # type: ignore[attr-defined]

    assert problem.code() in html  # type: ignore[attr-defined]
    assert len(re.findall(r'<section lang="(fr|en)"><h2>[^<]+</h2><p>[^<]+</p>', html)) == 2


def test_a_page_answers_head(door: Door) -> None:
    reply = door.request("HEAD", "/")

    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["Content-Length"]) > 500


@pytest.mark.parametrize(("asked", "title"), [("fr-CA", IN_FRENCH), ("en", IN_ENGLISH), ("de", IN_FRENCH)])
def test_a_refusal_speaks_the_readers_language(door: Door, asked: str, title: str) -> None:
    reply = door.get("/nowhere", Accept_Language=asked)

    assert reply.json()["title"] == title
