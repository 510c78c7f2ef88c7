"""How each page of the portal is reached, by its address's name: what is in its address, who opens it, what goes before.

A page that is not in here is not looked at, so `test_every_page.py` fails until it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from portal.pages import ADDRESSES
from portal.showing import Address
from tests.portal.browser.conftest import FurnishedFamily, Visitor

PATTERNS: Final[Mapping[str, Address]] = {each.name: each for each in ADDRESSES}
_VARIABLE: Final = re.compile(r"<(?:\w+:)?(\w+)>")

Values = dict[str, str]
Facts = Callable[[FurnishedFamily], Values]
Steps = Callable[[Visitor, str], None]


def path_of(name: str, language: str, values: Mapping[str, str]) -> str:
    """Return the address of a page in a language."""
    pattern: str = getattr(PATTERNS[name], language)
    return _VARIABLE.sub(lambda found: values[found[1]], pattern)


@dataclass(frozen=True)
class Way:
    """How a page is reached.

    `values` are in its address, `query` comes after it; `before` opens and sends what leads to it. They end on
    the page itself, which is then not opened again. `is_open`: to whoever is not signed in.
    """

    values: Facts = lambda family: {}
    query: str = ""
    before: Steps | None = None
    is_open: bool = False


@dataclass(frozen=True)
class NoPage:
    """An address that answers GET with something else than a page of its own."""

    because: str


def of(child: str) -> Facts:
    """Return the values of a page of one child."""
    return lambda family: {"child_id": family.children[child]}


def entry(child: str, path: str, *, named: str = "entry_id") -> Facts:
    """Return the values of a page of the first entry of a child's list."""
    return lambda family: {"child_id": family.children[child], named: family.first(path, child=child)["id"]}


def _organisation(family: FurnishedFamily) -> Values:
    return {"organisation_id": family.api.organisation("phares")}


def _notice(family: FurnishedFamily) -> Values:
    [notice] = family.api.get(f"/children/{family.children['eloise']}/absence-notices").json()
    return {"child_id": family.children["eloise"], "notice_id": notice["id"]}


def _link(family: FurnishedFamily) -> Values:
    [other] = family.api.get(f"/children/{family.children['nathan']}/other-guardians").json()
    return {"child_id": family.children["nathan"], "link_id": other["link_id"]}


def ask_code(start: str, email: str) -> Steps:
    """Return the step that has a code mailed to `email`."""

    def ask(visitor: Visitor, language: str) -> None:
        visitor.email = f"{language}-{email}"
        visitor.open(path_of(start, language, {}))
        visitor.submit(email=visitor.email)

    return ask


def prove(start: str, email: str) -> Steps:
    """Return the steps that prove the mailbox `email`."""

    def ask_and_type(visitor: Visitor, language: str) -> None:
        ask_code(start, email)(visitor, language)
        visitor.submit(code=visitor.code())

    return ask_and_type


def forget(email: str) -> Steps:
    """Return the steps of somebody who has an account, forgot its password and proves the mailbox."""

    def prove_again(visitor: Visitor, language: str) -> None:
        visitor.email = f"{language}-{email}"
        visitor.create_account(language)
        visitor.context.clear_cookies()
        visitor.open(path_of("reset.start", language, {}))
        visitor.submit(email=visitor.email)
        visitor.submit(code=visitor.code(2))

    return prove_again


CATALOGUE: Final[Mapping[str, Way | NoPage]] = {
    "sign_in": Way(is_open=True),
    "creation.start": Way(is_open=True),
    "creation.code": Way(is_open=True, before=ask_code("creation.start", "walk-code@example.org")),
    "creation.password": Way(is_open=True, before=prove("creation.start", "walk-password@example.org")),
    "reset.start": Way(is_open=True),
    "reset.password": Way(is_open=True, before=forget("walk-forgotten@example.org")),
    "reset.code": Way(is_open=True, before=ask_code("reset.start", "walk-reset@example.org")),
    "reauthentication": Way(),
    "reauthentication.start": NoPage("leads to reauthentication"),
    "reauthentication.code": NoPage("the page of creation.code, of an account that has no password"),
    "children": Way(),
    "child_linked": Way(of("eloise")),
    "child.removal": Way(of("eloise")),
    "claiming.organisation": Way(),
    "claiming.child": Way(_organisation),
    "child": Way(of("nathan")),
    "child.beside": NoPage("leads to the same page of another child"),
    "child.journal": Way(of("nathan")),
    "child.guardians": Way(of("nathan")),
    "child.dispute": Way(_link),
    "child.re_registration": Way(of("rosalie")),
    "absences": Way(of("nathan")),
    "absences.announce": Way(),
    "absences.motivate": Way(of("eloise")),
    "absences.announced": NoPage("said once, after a notice: test_absences.py"),
    "absences.withdraw": Way(_notice),
    "results": Way(of("nathan")),
    "results.ministerial": Way(of("nathan")),
    "results.assignments": Way(of("nathan")),
    "report_cards": Way(of("nathan")),
    "report_card": Way(entry("eloise", "report-cards")),
    "report_card.document": NoPage("a PDF"),
    "finances": Way(of("eloise")),
    "statement": Way(entry("eloise", "statements")),
    "statement.document": NoPage("a PDF"),
    "finances.tax_slips": Way(of("eloise")),
    "tax_slip.document": NoPage("a PDF"),
    "file": Way(of("eloise")),
    "agenda": Way(of("nathan")),
    "messages": Way(of("eloise")),
    "message": Way(entry("eloise", "messages", named="message_id")),
    "resources": Way(of("eloise")),
    "contact": Way(of("nathan")),
    "account": Way(),
    "account.password": Way(),
    "account.sessions": Way(),
    "account.activity": Way(),
    "account.export": Way(),
    "account.deletion": Way(),
    "help": Way(is_open=True),
    "support_request": Way(),
}
