"""The running system in a real browser: Debian's Chromium, driven by Playwright, with real mail."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from one_machine import demonstration
from tests.support import households as households_of
from tests.support.households import Household
from tests.support.smtp import SmtpServer
from tests.support.source import ROOT
from tests.support.system import Parent, System, wait_until

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
COLORS = ["color-contrast", "link-in-text-block"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is wrong comes back: all that is right would take longer to tell than to find.
_RUN_AXE = """
    async rules => {
        const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
        return found.violations.map(each => ({id: each.id, nodes: each.nodes.map(node => node.html)}));
    }
"""
FAILURES = ROOT / "var" / "test-results" / "portal"
PASSWORD = "Fenetre-7bleue"
PHONE, NARROWEST, DESKTOP = (390, 844), (320, 640), (1280, 900)
QUEBEC = ZoneInfo("America/Toronto")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
# The browser writes every refused page into its console, as it must: the statuses are tested where they are answered.
_REFUSED_PAGE = re.compile(r"the server responded with a status of 4\d\d")
_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if (CHROMIUM is None or not AXE.exists()) and "CI" not in os.environ:
        missing = pytest.mark.skip(reason="needs Chromium and axe (make tools)")
        for item in items:
            item.add_marker(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@dataclass
class Visitor:
    """Somebody with a browser and a mailbox."""

    system: System
    page: Page
    email: str
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.system.url + path)

    def submit(self, **typed: str) -> None:
        """Fill in the form of the page, and press its first button."""
        for name, value in typed.items():
            self.page.fill(f"#{name}", value)
        with self.page.expect_navigation():
            self.page.click("main form .is-first")

    def choose_in_menu(self, name: str) -> None:
        """Press what is so called in the header's menu, which a telephone opens by a button."""
        button = self.page.locator(".menu-button")
        if button.is_visible():
            button.click()
        self.page.locator("#menu").get_by_text(name, exact=True).click()

    def says(self, text: str) -> bool:
        return text in self.page.inner_text("main").replace("\u00a0", " ")

    def path(self) -> str:
        return self.page.url.removeprefix(self.system.url)

    def code(self, number: int = 1) -> str:
        """Return the code of the so many-th letter that has one, once it has come."""
        assert self.system.mail is not None
        for letters in count(1):
            texts = [letter.text for letter in self.system.mail.wait_for(letters, to=self.email)]
            codes = [found.group() for text in texts if (found := _CODE.search(text))]
            if len(codes) >= number:
                return codes[number - 1]
        raise AssertionError

    def create_account(self, language: str = "fr") -> None:
        """Walk the three steps; the visitor is signed in afterwards."""
        self.open({"fr": "/creer-un-compte", "en": "/en/create-an-account"}[language])
        self.submit(email=self.email)
        self.submit(code=self.code())
        self.submit(password=PASSWORD, password_confirmation=PASSWORD)

    def sign_in(self, *, password: str = PASSWORD, language: str = "fr") -> None:
        """Sign in through the form; the account is there already."""
        self.open({"fr": "/", "en": "/en/"}[language])
        self.submit(email=self.email, password=password)

    def violations(self, *, rules: Sequence[str] = RULES) -> list[str]:
        """Return what axe finds wrong with the page as it is shown now."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(_RUN_AXE, list(rules))
        return [f"{each['id']}: {each['nodes']}" for each in found]

    def overflow(self, *, width: int = NARROWEST[0], height: int = NARROWEST[1]) -> list[str]:
        """Return what of the page is wider than so narrow a window, as two-dimensional scrolling would be needed for it."""
        usual = self.page.viewport_size
        assert usual is not None
        self.page.set_viewport_size({"width": width, "height": height})
        found = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(usual)
        return [f"wider than {width}: {found}"] if found > width else []


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with ExitStack() as stack:
        mail = stack.enter_context(SmtpServer())
        home = tmp_path_factory.mktemp("portal") / "home"
        # One family signs in for every test: beyond the usual twenty its first session, the API's, would end (SES-10).
        settings = {"IDENTITY_RESEND_INTERVAL": "3", "IDENTITY_SESSION_LIMIT": "1000"}
        yield stack.enter_context(System(home, mail=mail, settings=settings))


@pytest.fixture(scope="package")
def households(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    known = [households_of.household(number) for number in range(1, 61)]
    households_of.take_in(system, known, folder=tmp_path_factory.mktemp("registries"))
    return iter(known)


@pytest.fixture
def household(households: Iterator[Household]) -> Household:
    return next(households)


@dataclass(frozen=True)
class FurnishedFamily:
    """The family of the demonstration, whose account is made and whose children are linked; their schools have sent all."""

    email: str
    # The id of each child by its first name, as in `one_machine/furnishing/content`.
    children: dict[str, str]
    # The same account at the API, for what a test must know beforehand.
    api: Parent

    def first(self, path: str, *, child: str) -> dict[str, Any]:
        """Return the first entry of a list of a child's."""
        entry: dict[str, Any] = self.api.get(f"/children/{self.children[child]}/{path}").json()["items"][0]
        return entry

    def end_other_sessions(self) -> None:
        """End every session of the account but a new one of the API's, as its list of sessions does."""
        assert self.api.sign_in(PASSWORD).is_success
        for session in self.api.get("/sessions").json():
            if not session["is_current"]:
                ended = self.api.delete(f"/sessions/{session['id']}")
                assert ended.is_success, ended.text


@pytest.fixture(scope="package")
def furnished_family(system: System, households: Iterator[Household]) -> Iterator[FurnishedFamily]:
    # After the households: the registries, which hold both, are read once more for them.
    with Parent(system, demonstration.PARENT_EMAIL) as parent:
        parent.sign_up(PASSWORD)
        children = {
            content: _claim(parent, child)
            for content, child in zip(
                ("eloise", "nathan", "rosalie"), demonstration.family(system.home) or [], strict=True
            )
        }
        for child_id in children.values():
            for path in ("tiles", "absences"):
                wait_until(
                    lambda at=f"/children/{child_id}/{path}": parent.get(at), lambda said: said.status_code == 200
                )  # type: ignore[misc]
        family = FurnishedFamily(parent.email, children, parent)
        _live_with(family)
        with Parent(system, demonstration.OTHER_PARENT_EMAIL) as other:
            other.sign_up(PASSWORD)
            _claim(other, (demonstration.family(system.home) or [])[1])
        yield family


def _live_with(family: FurnishedFamily) -> None:
    """Do what a family has done by November: older absences are motivated, and one to come is announced."""
    nathan = f"/children/{family.children['nathan']}"
    [*_, reason] = [each["code"] for each in family.api.get(f"{nathan}/absence-reasons").json()[:2]]
    for absence in family.api.get(f"{nathan}/absences").json()[3:]:
        motivated = family.api.post(f"{nathan}/absences/{absence['id']}/motivation", {"reason": reason})
        assert motivated.is_success, motivated.text
    coming = (datetime.now(QUEBEC) + timedelta(days=1)).date()
    # The first that is a school day: the others are refused.
    days = [coming + timedelta(days=days) for days in range(20)]
    notice = {"type": "full_day", "reason": reason}
    tries = (
        family.api.post(f"/children/{family.children['eloise']}/absence-notices", {**notice, "date": day.isoformat()})
        for day in days
    )
    assert next(answer for answer in tries if answer.status_code == 201)


def _claim(parent: Parent, child: demonstration.DemonstrationChild) -> str:
    kind = "private" if child.organisation_code.startswith("99") else "public"
    [found] = parent.get("/organisations", params={"search": child.organisation, "kind": kind}).json()
    claimed = parent.claim(
        organisation_id=found["id"],
        last_name=child.last_name,
        first_name=child.first_name,
        birth_date=child.birth_date,
        identifier=child.file_number,
    )
    assert claimed.status_code == 201, claimed.text
    child_id: str = claimed.json()["child"]["id"]
    return child_id


@pytest.fixture
def family_visitor(make_visitor: Callable[..., Visitor], furnished_family: FurnishedFamily) -> Visitor:
    """Somebody signed in as the furnished family's parent, by a session of its own."""
    visitor = make_visitor(furnished_family.email)
    visitor.sign_in()
    return visitor


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # No longer than a file of tests: while Playwright is there its event loop runs, and others' tests begin their own.
    with sync_playwright() as playwright:
        # As root, in a container, Chromium's own sandbox cannot be had.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def make_visitor(system: System, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Open browsers; each must have nothing to complain of at the end, and a failed test leaves its pages as pictures."""
    visitors: list[Visitor] = []

    def make(email: str, *, size: tuple[int, int] = PHONE, **options: Any) -> Visitor:
        viewport: Any = {"width": size[0], "height": size[1]}
        context = chromium.new_context(viewport=viewport, locale="en-CA", **options)
        page = context.new_page()
        visitor = Visitor(system, page, email, context)

        def listen(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and not _REFUSED_PAGE.search(message.text):
                visitor.complaints.append(message.text)

        page.on("console", listen)
        page.on("pageerror", lambda fault: visitor.complaints.append(str(fault)))
        visitors.append(visitor)
        return visitor

    yield make
    for number, visitor in enumerate(visitors):
        if request.node.stash.get(_failed, False):
            FAILURES.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"\W+", "-", request.node.name)
            visitor.page.screenshot(path=FAILURES / f"{name}-{number}.png", full_page=True)
        visitor.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture
def guardian(make_visitor: Callable[..., Visitor], household: Household) -> Visitor:
    """Somebody whose e-mail is on the files of the household's children."""
    return make_visitor(household.email)
