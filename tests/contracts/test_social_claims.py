"""Somebody who signs in through another provider proves a child by that account's e-mail, and by no other (ID-06)."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from services.enrollment.context import Context
from services.enrollment.errors import EmailNotOnFile
from services.enrollment.operations import children, claims
from shared.clock import SystemClock
from shared.passports import Passport
from tests.identity import world
from tests.identity.browsing import Browser
from tests.identity.conftest import Caller
from tests.support import enrollment
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import Pupil, Registry
from tests.support.oidc_provider import OidcProvider

GIVEN_TO_THE_SCHOOL = "julie.cote@exemple.ca"
ANOTHER_OF_HERS = "julie@ailleurs.example"
LIMITLESS = {"resend_interval": timedelta(0), "address_social_limit": 1000}


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with OidcProvider(redirect_uri="https://portail.example/api/v1/social/google/callback") as running:
        yield running


@pytest.fixture
def browser(provider: OidcProvider, sqlite_databases: SqliteDatabases) -> Iterator[Browser]:
    with ExitStack() as stack:
        identity = world.open_identity(
            sqlite_databases.create(world.prepare),
            # The provider has no other clock than the machine's.
            clock=SystemClock(),
            social_providers=provider.configuration("google"),
            **LIMITLESS,
        )
        stack.callback(identity.ctx.db.close)
        stack.callback(identity.ctx.providers.close)
        yield Browser(Caller(identity))


@pytest.fixture
def ctx(sqlite_databases: SqliteDatabases) -> Iterator[Context]:
    opened = Context.open(enrollment.make_settings(sqlite_databases.create(enrollment.migrate)), clock=SystemClock())
    yield opened
    opened.db.close()


def sign_in(browser: Browser, provider: OidcProvider, *, email: str) -> Passport:
    """Go to the provider and back; return the passport that the gateway would show the services from then on."""
    provider.seat(sub=email, email=email, email_verified=True)
    browser.come_back(provider.visit(browser.start("google")))
    return browser.passport


def claim(ctx: Context, passport: Passport, pupil: Pupil) -> None:
    assert passport.account_id is not None
    assert passport.email is not None
    claims.claim_child(ctx, account_id=passport.account_id, email=passport.email, address="192.0.2.1", **pupil.claim)


@pytest.mark.requirement("ID-06", "EN-12", "CHD-1")
def test_a_social_account_with_the_email_given_to_the_school_proves_the_child(
    browser: Browser, provider: OidcProvider, ctx: Context
) -> None:
    pupil = Registry(ctx).make_student(guardian=GIVEN_TO_THE_SCHOOL)
    passport = sign_in(browser, provider, email=GIVEN_TO_THE_SCHOOL)
    claim(ctx, passport, pupil)
    [child] = children.list_children(ctx, account_id=str(passport.account_id), email=str(passport.email))
    assert (child["id"], child["status"]) == (pupil.id, "active")


@pytest.mark.requirement("ID-06", "ID-29", "EN-12")
def test_a_social_account_with_another_email_does_not(browser: Browser, provider: OidcProvider, ctx: Context) -> None:
    pupil = Registry(ctx).make_student(guardian=GIVEN_TO_THE_SCHOOL)
    passport = sign_in(browser, provider, email=ANOTHER_OF_HERS)
    assert passport.email == ANOTHER_OF_HERS
    with pytest.raises(EmailNotOnFile):
        claim(ctx, passport, pupil)
    assert children.list_children(ctx, account_id=str(passport.account_id), email=ANOTHER_OF_HERS) == []
