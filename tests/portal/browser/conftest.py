"""The running system in a real browser: Debian's Chromium, driven by Playwright, with real mail."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.support import households as households_of
from tests.support.households import Household
from tests.support.smtp import SmtpServer
from tests.support.source import ROOT
from tests.support.system import System

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAILURES = ROOT / "var" / "test-results" / "portal"
PASSWORD = "Fenetre-7bleue"
PHONE, NARROWEST, DESKTOP = (390, 844), (320, 640), (1280, 900)
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

    def violations(self) -> list[str]:
        """Return what axe finds wrong with the page, and whether it is too wide for the narrowest phone."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        said = [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found["violations"]]
        usual = self.page.viewport_size
        self.page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert usual is not None
        self.page.set_viewport_size(usual)
        return said + ([f"wider than {NARROWEST[0]}: {width}"] if width > NARROWEST[0] else [])


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with ExitStack() as stack:
        mail = stack.enter_context(SmtpServer())
        home = tmp_path_factory.mktemp("portal") / "home"
        yield stack.enter_context(System(home, mail=mail, settings={"IDENTITY_RESEND_INTERVAL": "3"}))


@pytest.fixture(scope="package")
def households(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    known = [households_of.household(number) for number in range(1, 21)]
    households_of.take_in(system, known, folder=tmp_path_factory.mktemp("registries"))
    return iter(known)


@pytest.fixture
def household(households: Iterator[Household]) -> Household:
    return next(households)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
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
