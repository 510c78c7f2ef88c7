"""How each page of the portal is reached, by its address's name: what is in its address, who opens it, what goes before.

A page that is not in here is not looked at, so `test_every_page.py` fails until it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from portal.pages import ADDRESSES
from portal.showing import Address
from tests.portal.browser.conftest import FurnishedFamily, Visitor

PATTERNS: Final[Mapping[str, Address]] = {each.name: each for each in ADDRESSES}
_VARIABLE: Final = re.compile(r"<(?:\w+:)?(\w+)>")

_SOCIAL: Final = "needs a provider outside: test_door.py looks at it"

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
    the page itself, which is then not opened again. `is_open`: to whoever is not
    signed in, or signs in by the steps.
    """

    values: Facts = lambda family: {}
    query: Facts = lambda family: {}
    before: Steps | None = None
    is_open: bool = False

    def query_of(self, family: FurnishedFamily) -> str:
        """Return what comes after the address."""
        said = urlencode(self.query(family))
        return f"?{said}" if said else ""


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
    [notice, *_] = family.api.get(f"/children/{family.children['eloise']}/absence-notices").json()
    return {"child_id": family.children["eloise"], "notice_id": notice["id"]}


def _told(family: FurnishedFamily) -> Values:
    notice = _notice(family)
    return {"notices": f"{notice['child_id']}.{notice['notice_id']}"}


def _link(family: FurnishedFamily) -> Values:
    [other, *_] = family.api.get(f"/children/{family.children['nathan']}/other-guardians").json()
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
        _come_anew(visitor, "reset.start", language)

    return prove_again


def move(email: str) -> Steps:
    """Return the steps of somebody who gives the account another mailbox, up to its confirmation."""

    def prove_other(visitor: Visitor, language: str) -> None:
        visitor.email = f"{language}-{email}"
        visitor.create_account(language)
        visitor.email = f"{language}-other-{email}"
        visitor.open(path_of("email_change.start", language, {}))
        visitor.submit(email=visitor.email)
        visitor.submit(code=visitor.code())

    return prove_other


def ask_to_move(email: str) -> Steps:
    """Return the steps of somebody who asks for a code for another mailbox."""

    def ask_other(visitor: Visitor, language: str) -> None:
        visitor.email = f"{language}-{email}"
        visitor.create_account(language)
        visitor.open(path_of("email_change.start", language, {}))
        visitor.submit(email=f"{language}-other-{email}")

    return ask_other


def take_back(email: str) -> Steps:
    """Return the steps of somebody whose account was given another mailbox, and who still has the former one."""

    def prove_former(visitor: Visitor, language: str) -> None:
        move(email)(visitor, language)
        visitor.submit()
        visitor.email = f"{language}-{email}"
        _come_anew(visitor, "email_undo.start", language)

    return prove_former


def _come_anew(visitor: Visitor, start: str, language: str) -> None:
    """Come with a browser that knows nothing, and prove the mailbox by the second code that it gets."""
    visitor.context.clear_cookies()
    visitor.open(path_of(start, language, {}))
    visitor.submit(email=visitor.email)
    visitor.submit(code=visitor.code(2))


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
    "absences.announced": Way(query=_told),
    "absences.withdraw": NoPage("leads to absences, where its button stands"),
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
    "support_request.sent": Way(lambda family: {"reference": "QNJVN3NWN3"}),
    "verification": Way(is_open=True),
    "email_change.start": Way(),
    "email_change.code": Way(is_open=True, before=ask_to_move("walk-asks@example.org")),
    "email_change.confirmation": Way(is_open=True, before=move("walk-moves@example.org")),
    "email_undo.start": Way(is_open=True),
    "email_undo.code": Way(is_open=True, before=ask_code("email_undo.start", "walk-undo@example.org")),
    "email_undo.confirmation": Way(is_open=True, before=take_back("walk-back@example.org")),
    "account.identity": NoPage(_SOCIAL),
    "social.start": NoPage("leads to a provider"),
    "social.arrival": NoPage("leads on from a provider"),
    "social_confirmation": NoPage(_SOCIAL),
    "social_confirmation.start": NoPage(_SOCIAL),
    "social_confirmation.code": NoPage(_SOCIAL),
}
