"""The portal as people meet it: by keyboard, magnified, in print, without JavaScript, on a slow line, when a part is away."""

import io
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.portal.browser.catalogue import CATALOGUE, Way, entry, path_of
from tests.portal.browser.conftest import DESKTOP, PASSWORD, FurnishedFamily, Visitor
from tests.support.system import System, wait_until

pytestmark = pytest.mark.slow

MOST_BYTES = 40 * 1024
# 1280 × 1024 at 400 % (WCAG 2.1, 1.4.10).
MAGNIFIED = (320, 256)
SIGNED_IN = {name: way for name, way in CATALOGUE.items() if isinstance(way, Way) and not way.is_open}
# The browser writes the page of a part that is away into its console, as it must.
_AWAY = re.compile(r"the server responded with a status of 503")

# What is focused, how it is called, and whether the focus can be seen: by an outline, or by a frame of its own.
FOCUS = """
    () => {
        const at = document.activeElement, style = getComputedStyle(at), place = at.getBoundingClientRect();
        const label = at.labels?.[0]?.innerText ?? at.innerText ?? "";
        const ring = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none";
        // A choice may show the focus on the row that is its label.
        const row = at.closest("label");
        const frame = row ? getComputedStyle(row) : style;
        const framed = parseFloat(frame.outlineWidth) > 0 && frame.outlineStyle !== "none";
        const seen = place.bottom > 0 && place.top < innerHeight;
        return {tag: at.tagName, name: at.name ?? "", label: label.trim(), shows: (ring || framed) && seen};
    }
"""


def press_until(
    page: Page, is_there: Callable[[dict[str, object]], bool], *, most: int = 60
) -> list[dict[str, object]]:
    """Press Tab until the focus is where it should be; return all that it passed."""
    passed: list[dict[str, object]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUS))
        if is_there(passed[-1]):
            return passed
    raise AssertionError(f"not reached by Tab: {[(each['tag'], each['name'], each['label']) for each in passed]}")


@pytest.mark.requirement("AT-03", "ID-35")
def test_an_absence_is_announced_without_a_mouse(
    make_visitor: Callable[..., Visitor], furnished_family: FurnishedFamily
) -> None:
    visitor = make_visitor(furnished_family.email, size=DESKTOP)
    page, keyboard = visitor.page, visitor.page.keyboard
    visitor.open("/")
    passed = press_until(page, lambda at: at["name"] == "email")
    keyboard.type(visitor.email)
    passed += press_until(page, lambda at: at["name"] == "password")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    page.wait_for_url("**/enfants")

    visitor.open("/absences/annoncer")
    passed += press_until(page, lambda at: at["name"] == "child" and str(at["label"]).startswith("Rosalie"))
    keyboard.press("Space")
    passed += press_until(page, lambda at: at["name"] == "day")
    passed += press_until(page, lambda at: at["name"] == "part")
    passed += press_until(page, lambda at: at["name"] == "reason")
    keyboard.type("Maladie")
    passed += press_until(page, lambda at: at["tag"] == "BUTTON")
    keyboard.press("Enter")
    expect(page.locator(".good h1")).to_be_visible()
    assert visitor.says("Rosalie")

    passed += press_until(page, lambda at: at["label"] == "Se déconnecter")
    keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Accès aux parents")
    assert [each for each in passed if not each["shows"]] == []


def test_everything_can_be_read_at_four_hundred_percent(
    family_visitor: Visitor, furnished_family: FurnishedFamily
) -> None:
    page, wrong = family_visitor.page, {}
    page.set_viewport_size({"width": MAGNIFIED[0], "height": MAGNIFIED[1]})
    for name, way in SIGNED_IN.items():
        family_visitor.open(path_of(name, "fr", way.values(furnished_family)) + way.query_of(furnished_family))
        found = page.evaluate(
            """() => {
                const stays = [...document.querySelectorAll("body *")].filter(each =>
                    ["fixed", "sticky"].includes(getComputedStyle(each).position) && each.offsetHeight > innerHeight / 3);
                const cut = [...document.querySelectorAll("main :is(h1, p, dt, dd, label, legend, button, a)")].filter(each =>
                    getComputedStyle(each).overflowX === "hidden" && each.scrollWidth > each.clientWidth + 1
                    && each.clientWidth > 1);
                return [...stays, ...cut].map(each => each.outerHTML.slice(0, 120));
            }"""
        )
        found += family_visitor.overflow(width=MAGNIFIED[0], height=MAGNIFIED[1])
        if found:
            wrong[name] = found

    assert wrong == {}


def test_nothing_moves_for_whoever_asks_for_no_motion(
    make_visitor: Callable[..., Visitor], furnished_family: FurnishedFamily
) -> None:
    visitor = make_visitor(furnished_family.email, reduced_motion="reduce")
    visitor.sign_in()
    moving = """
        [...document.querySelectorAll("*")].filter(each => {
            const style = getComputedStyle(each);
            return style.scrollBehavior === "smooth"
                || [...style.transitionDuration.split(","), ...style.animationDuration.split(",")].some(each => parseFloat(each) > 0);
        }).map(each => each.outerHTML.slice(0, 120))
    """
    wrong = {}
    for name, way in SIGNED_IN.items():
        visitor.open(path_of(name, "fr", way.values(furnished_family)) + way.query_of(furnished_family))
        if found := visitor.page.evaluate(moving):
            wrong[name] = found

    assert wrong == {}


@pytest.mark.requirement("RE-06")
def test_a_report_card_prints_as_a_sheet(family_visitor: Visitor, furnished_family: FurnishedFamily) -> None:
    card = furnished_family.first("report-cards", child="eloise")
    family_visitor.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    family_visitor.open(path_of("report_card", "fr", entry("eloise", "report-cards")(furnished_family)))

    printed = pypdf.PdfReader(io.BytesIO(family_visitor.page.pdf(format="Letter")))
    text = " ".join("\n".join(sheet.extract_text() for sheet in printed.pages).replace("\u00a0", " ").split())

    assert len(printed.pages) <= 3
    assert "Éloïse" in text
    for subject in card["subjects"]:
        assert subject["name"] in text
    assert "Se déconnecter" not in text
    assert "Passer au contenu" not in text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_view_is_light(make_visitor: Callable[..., Visitor], language: str, scheme: str) -> None:
    visitor = make_visitor("nobody@example.org", color_scheme=scheme)

    assert 0 < weigh(visitor, {"fr": "/", "en": "/en/"}[language]) <= MOST_BYTES


@pytest.mark.parametrize("name", ["children", "child", "absences", "absences.announce", "messages"])
def test_the_first_page_of_a_visit_is_light_whichever_it_is(
    make_visitor: Callable[..., Visitor], family_visitor: Visitor, furnished_family: FurnishedFamily, name: str
) -> None:
    way = SIGNED_IN[name]
    kept = family_visitor.context.storage_state()
    visitor = make_visitor(furnished_family.email, storage_state=kept)

    assert 0 < weigh(visitor, path_of(name, "fr", way.values(furnished_family))) <= MOST_BYTES


def weigh(visitor: Visitor, path: str) -> int:
    """Return how many bytes came over the network for a page that this browser has never seen, with all that it needs."""
    network = visitor.context.new_cdp_session(visitor.page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))
    visitor.page.goto(visitor.system.url + path, wait_until="networkidle")
    assert visitor.path() == path
    return int(sum(sizes))


def test_every_page_is_there_without_javascript(
    make_visitor: Callable[..., Visitor], furnished_family: FurnishedFamily
) -> None:
    visitor = make_visitor(furnished_family.email, java_script_enabled=False)
    visitor.sign_in()
    wrong = {}
    for name, way in SIGNED_IN.items():
        path = path_of(name, "fr", way.values(furnished_family))
        visitor.open(path + way.query_of(furnished_family))
        forms = visitor.page.locator("main form")
        mute = [number for number in range(forms.count()) if forms.nth(number).locator("button").count() == 0]
        if visitor.path().partition("?")[0] != path or visitor.page.locator("h1:visible").count() != 1 or mute:
            wrong[name] = (visitor.path(), mute)

    assert wrong == {}


@pytest.mark.requirement("AT-03")
def test_an_absence_is_announced_without_javascript(
    make_visitor: Callable[..., Visitor], furnished_family: FurnishedFamily
) -> None:
    visitor = make_visitor(furnished_family.email, java_script_enabled=False)
    visitor.sign_in()

    announce(visitor, furnished_family, child="nathan", last=True)

    assert visitor.says("Nathan")
    expect(visitor.page.locator(".good h1")).to_be_visible()


def announce(visitor: Visitor, family: FurnishedFamily, *, child: str, last: bool, press: str = "click") -> None:
    """Announce a full day of one child: the last of the days that the page offers, or the first."""
    child_id = family.children[child]
    visitor.open(f"/absences/annoncer?child={child_id}")
    days = visitor.page.locator("input[name=day]:not([value=other])")
    (days.last if last else days.first).check()
    visitor.page.check("input[name=part][value=full_day]")
    visitor.page.select_option("#reason", label="Maladie")
    getattr(visitor.page.locator("main form .is-first"), press)()


@pytest.mark.requirement("AT-03")
def test_two_clicks_announce_once_and_the_back_button_announces_no_more(
    family_visitor: Visitor, furnished_family: FurnishedFamily
) -> None:
    child = f"/children/{furnished_family.children['rosalie']}/absence-notices"
    before = len(furnished_family.api.get(child).json())

    announce(family_visitor, furnished_family, child="rosalie", last=True, press="dblclick")
    expect(family_visitor.page.locator(".good h1")).to_be_visible()
    family_visitor.page.reload()
    family_visitor.page.go_back()
    expect(family_visitor.page.locator("h1")).to_be_visible()

    assert len(furnished_family.api.get(child).json()) == before + 1


@contextmanager
def away(system: System, part: str) -> Iterator[None]:
    """Keep a part of the system away, as its supervisor sleeps meanwhile; at the end it is started again."""
    supervisor = system.supervisor()
    os.kill(supervisor, signal.SIGSTOP)
    try:
        killed = system.kill(part)
        yield
    finally:
        os.kill(supervisor, signal.SIGCONT)
    system.wait_for_part(part, other_than=killed)


def test_a_part_that_is_away_is_told_and_the_others_work(
    system: System, family_visitor: Visitor, furnished_family: FurnishedFamily
) -> None:
    child_id = furnished_family.children["nathan"]
    with away(system, "records-serve"):
        family_visitor.open(f"/enfants/{child_id}/resultats")
        assert family_visitor.says("ne répond pas pour l’instant")
        assert family_visitor.violations() == []
        family_visitor.page.get_by_role("link", name="Revenir à la première page").click()
        family_visitor.page.wait_for_url("**/enfants")
        family_visitor.open(f"/enfants/{child_id}")
        expect(family_visitor.page.locator("h1")).to_contain_text("Nathan")
        family_visitor.open(f"/enfants/{child_id}/absences")
        expect(family_visitor.page.locator("h1")).to_contain_text("Absences")

    results = f"/children/{child_id}/results"
    wait_until(lambda: furnished_family.api.get(results), lambda said: said.status_code == 200)
    family_visitor.open(f"/enfants/{child_id}/resultats")
    assert family_visitor.says("Physique")
    assert {bool(_AWAY.search(each)) for each in family_visitor.complaints} == {True}
    family_visitor.complaints.clear()


def test_a_session_that_is_over_leads_back_to_the_page_that_was_wanted(
    family_visitor: Visitor, furnished_family: FurnishedFamily
) -> None:
    messages = f"/enfants/{furnished_family.children['eloise']}/messages"
    furnished_family.end_other_sessions()

    family_visitor.open(messages)
    assert family_visitor.says("Votre session a pris fin")
    family_visitor.submit(email=family_visitor.email, password=PASSWORD)

    assert family_visitor.path() == messages
