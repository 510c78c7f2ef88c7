"""Every address of the portal, in both languages, light and dark, on a phone and a desktop: what holds for all of them."""

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.portal.browser.catalogue import CATALOGUE, PATTERNS, NoPage, Way, path_of
from tests.portal.browser.conftest import COLORS, DESKTOP, PHONE, RULES, FurnishedFamily, Visitor

pytestmark = pytest.mark.slow

SCREENSHOTS = os.environ.get("VITRAIL_SCREENSHOTS", "")
PAGES = {name: way for name, way in CATALOGUE.items() if isinstance(way, Way)}
TAGS = {"fr": "fr-CA", "en": "en-CA"}


def test_every_address_that_shows_something_is_in_the_catalogue() -> None:
    shown = {name for name, address in PATTERNS.items() if "GET" in address.methods}

    assert shown - CATALOGUE.keys() == set(), "say in catalogue.py how it is reached"
    assert CATALOGUE.keys() - shown == set(), "there is no such address any more"
    assert all(way.because for way in CATALOGUE.values() if isinstance(way, NoPage))


def keep(visitor: Visitor, name: str, language: str, size: tuple[int, int], scheme: str) -> None:
    """Keep a picture of the whole page, where VITRAIL_SCREENSHOTS says."""
    if SCREENSHOTS:
        folder = Path(SCREENSHOTS) / name
        folder.mkdir(parents=True, exist_ok=True)
        visitor.page.screenshot(path=folder / f"{language}-{size[0]}-{scheme}.png", full_page=True)


def look(visitor: Visitor, name: str, language: str) -> list[str]:
    """Look at the page in every size and scheme; return what is wrong with it."""
    wrong: list[str] = visitor.overflow()
    for scheme, rules in (("light", RULES), ("dark", COLORS)):
        visitor.page.emulate_media(color_scheme=scheme)
        for size in (PHONE, DESKTOP):
            visitor.page.set_viewport_size({"width": size[0], "height": size[1]})
            wrong += [f"{size[0]} {scheme}: {each}" for each in visitor.violations(rules=rules)]
            keep(visitor, name, language, size, scheme)
    return wrong


def reach(visitor: Visitor, way: Way, path: str, language: str) -> None:
    """Go to a page as one gets there: by its address, or by what comes before it."""
    if way.before is None:
        visitor.open(path)
    else:
        way.before(visitor, language)


def facts(visitor: Visitor, other: str, language: str) -> list[str]:
    """Return what is wrong with the page's language, its heading and its way to the other language."""
    page = visitor.page
    told = page.evaluate("({lang: document.documentElement.lang, headings: document.querySelectorAll('h1').length})")
    links = page.eval_on_selector_all("header a[hreflang]", "all => all.map(each => each.getAttribute('href'))")
    wrong = []
    if told["lang"] != TAGS[language]:
        wrong.append(f"lang is {told['lang']}")
    if told["headings"] != 1:
        wrong.append(f"{told['headings']} headings of the first level")
    if {link.partition("?")[0] for link in links} != {other}:
        wrong.append(f"the other language is at {links}, not at {other}")
    return wrong


@pytest.mark.requirement("SES-9")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_whole(
    make_visitor: Callable[..., Visitor], furnished_family: FurnishedFamily, language: str
) -> None:
    # A color on its way to another one is nobody's contrast.
    parent = make_visitor(furnished_family.email, reduced_motion="reduce")
    parent.sign_in(language=language)
    other = {"fr": "en", "en": "fr"}[language]
    wrong: dict[str, list[str]] = {}
    titles: Counter[str] = Counter()
    for name, way in PAGES.items():
        visitor = make_visitor("nobody@example.org", reduced_motion="reduce") if way.is_open else parent
        values = way.values(furnished_family)
        path = path_of(name, language, values)
        reach(visitor, way, path + way.query_of(furnished_family), language)
        if visitor.path().partition("?")[0] != path:
            wrong[name] = [f"leads to {visitor.path()}: {visitor.page.inner_text('main')[:200]}"]
            continue
        titles[visitor.page.title()] += 1
        found = facts(visitor, path_of(name, other, values), language) + look(visitor, name, language)
        if found:
            wrong[name] = found

    assert wrong == {}, "\n".join(f"{name}: {each}" for name, found in wrong.items() for each in found)
    assert [title for title, times in titles.items() if times > 1] == []
    assert not any(re.fullmatch(r"\W*Portail Parents", title) for title in titles)
