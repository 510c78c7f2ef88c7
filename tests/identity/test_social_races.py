from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.identity import operations
from services.identity.models import accounts, email_changes, identities
from services.identity.rules import codes
from shared.clock import SystemClock
from tests.identity import world
from tests.identity.browsing import query_of
from tests.identity.racing import DONE, at_once
from tests.identity.world import CALLER, HOME, REAUTHENTICATION, Identity
from tests.support.databases import Databases
from tests.support.forging_provider import ForgingProvider

ROUNDS = 5
MANY = 8
LIMITLESS = {
    "address_social_limit": 10_000,
    "address_minute_limit": 10_000,
    "mailbox_quarter_limit": 10_000,
    "mailbox_day_limit": 10_000,
    "resend_interval": REAUTHENTICATION * 0,
}


@pytest.fixture
def provider() -> Iterator[ForgingProvider]:
    with ForgingProvider(SystemClock()) as running:
        # Several visits at once have a nonce each; what is raced here is what comes after it.
        yield running


@pytest.fixture
def racing(databases: Databases, provider: ForgingProvider) -> Iterator[Identity]:
    configuration = provider.configuration(trusts_email=True, sends_nonce=False)
    url = databases.create(world.prepare)
    overrides: dict[str, Any] = {
        "threads": 16,
        "database_connections": 16,
        "social_providers": configuration,
    } | LIMITLESS
    opened = world.open_identity(url, clock=SystemClock(), **overrides)
    yield opened
    opened.ctx.providers.close()
    opened.ctx.db.close()


def begin(racing: Identity, **own: str) -> tuple[str, str]:
    departure = operations.begin_visit(
        racing.ctx, provider_id="autre", return_to="/", language="fr", browser_token=None, address=HOME, **own
    )
    return query_of(departure.url)["state"], departure.browser_token


def end(racing: Identity, state: str, browser_token: str, *, session_id: str | None = None) -> Callable[[], Any]:
    return lambda: operations.end_visit(
        racing.ctx,
        provider_id="autre",
        answer={"state": state, "code": "a-code"},
        browser_token=browser_token,
        present_session_id=session_id,
        **CALLER,
    )


def person(provider: ForgingProvider, number: int) -> None:
    email = f"parent{number}@exemple.ca"
    provider.claims = provider.honest_claims("") | {"sub": f"person-{number}", "email": email}


@pytest.mark.requirement("OID-1")
def test_one_answer_brought_back_many_times_at_once_is_taken_once(racing: Identity, provider: ForgingProvider) -> None:
    for number in range(ROUNDS):
        person(provider, number)
        told = at_once([end(racing, *begin(racing))] * MANY)
        assert Counter(told) == {DONE: 1, "social_sign_in_failed": MANY - 1}
    assert len(racing.rows(accounts)) == ROUNDS


@pytest.mark.requirement("OID-3", "ACC-8")
def test_one_new_person_in_many_browsers_at_once_is_one_account(racing: Identity, provider: ForgingProvider) -> None:
    for number in range(ROUNDS):
        person(provider, number)
        # Fewer than the places for asking a provider, so that none is told to come again.
        told = at_once([end(racing, *begin(racing)) for _ in range(MANY - 2)])
        assert told == [DONE] * (MANY - 2)
    assert (len(racing.rows(accounts)), len(racing.rows(identities))) == (ROUNDS, ROUNDS)


@pytest.mark.requirement("OID-9")
def test_of_two_last_ways_in_taken_away_at_once_one_stays(racing: Identity, provider: ForgingProvider) -> None:
    for number in range(ROUNDS):
        person(provider, number)
        signed_in = end(racing, *begin(racing))().signed_in
        own = racing.own(signed_in)
        person(provider, number + 1000)
        end(racing, *begin(racing, **own), session_id=own["session_id"])()
        mine = [row.id for row in racing.rows(identities) if row.account_id == signed_in.account.id]
        assert len(mine) == 2
        calls = [
            lambda given=own | {"identity_id": each}: operations.unlink_identity(racing.ctx, **given, **CALLER)
            for each in mine
        ]
        told = at_once(calls)
        assert told.count(DONE) == 1
        assert set(told) <= {DONE, "last_credential", "not_signed_in"}
    assert len(racing.rows(identities)) == ROUNDS


@pytest.mark.requirement("ACC-11")
def test_of_many_changes_of_email_at_once_each_proof_is_spent_once(racing: Identity) -> None:
    opened = racing.make_account()
    for number in range(3):
        ticket = racing.ticket(f"nouveau{number}@exemple.ca", codes.EMAIL_CONFIRMATION)
        told = at_once([lambda ticket=ticket: racing.change_email(opened, ticket)] * MANY)
        assert told.count(DONE) == 1
        assert set(told) <= {DONE, "not_verified", "not_signed_in", "email_unchanged", "account_exists"}
    [row] = racing.rows(accounts)
    assert row.email == "nouveau2@exemple.ca"


@pytest.mark.requirement("PWD-11", "ACC-10")
def test_of_many_changes_of_password_at_once_one_password_remains(racing: Identity) -> None:
    opened = racing.make_account()
    passwords = [f"Crayon-Vert{number:02}" for number in range(5)]
    told = at_once([lambda chosen=chosen: racing.change_password(opened, chosen) for chosen in passwords])
    assert told.count(DONE) == 1
    assert set(told) <= {DONE, "not_signed_in", "current_password_wrong"}
    assert racing.sign_in(password=passwords[told.index(DONE)])


@pytest.mark.requirement("ACC-11", "ACC-13")
def test_a_change_of_email_at_the_moment_of_an_undo_leaves_the_taker_nothing(racing: Identity) -> None:
    for number in range(ROUNDS):
        holder = f"parent{number}@exemple.ca"
        opened = racing.make_account(holder)
        racing.change_email(opened, racing.ticket(f"preneur{number}@exemple.ca", codes.EMAIL_CONFIRMATION))
        further = racing.ticket(f"plus.loin{number}@exemple.ca", codes.EMAIL_CONFIRMATION)
        undo = racing.ticket(holder, codes.EMAIL_CHANGE_UNDO)
        changing = [lambda opened=opened, ticket=further: racing.change_email(opened, ticket)] * 3
        told = at_once([*changing, lambda ticket=undo: racing.undo_email_change(ticket)])
        assert told[-1] == DONE
        assert set(told[:-1]) <= {DONE, "not_signed_in", "not_verified"}
        assert holder in {row.email for row in racing.rows(accounts)}
        assert [row.old_email for row in racing.rows(email_changes) if row.undone_at is None] == []


@pytest.mark.requirement("ACC-11")
def test_of_many_undos_at_once_one_is_taken(racing: Identity) -> None:
    for number in range(ROUNDS):
        opened = racing.make_account(f"parent{number}@exemple.ca")
        racing.change_email(opened, racing.ticket(f"preneur{number}@exemple.ca", codes.EMAIL_CONFIRMATION))
        ticket = racing.ticket(f"parent{number}@exemple.ca", codes.EMAIL_CHANGE_UNDO)
        told = at_once([lambda ticket=ticket: racing.undo_email_change(ticket)] * MANY)
        assert told.count(DONE) == 1
        assert set(told) <= {DONE, "not_verified", "email_change_missing"}


@pytest.mark.requirement("ACC-11", "ACC-13")
def test_a_link_at_the_moment_of_an_undo_does_not_outlive_it(racing: Identity, provider: ForgingProvider) -> None:
    for number in range(ROUNDS):
        opened = racing.make_account(f"parent{number}@exemple.ca")
        racing.change_email(opened, racing.ticket(f"preneur{number}@exemple.ca", codes.EMAIL_CONFIRMATION))
        ticket = racing.ticket(f"parent{number}@exemple.ca", codes.EMAIL_CHANGE_UNDO)
        own = racing.own(opened)
        person(provider, number)
        coming = end(racing, *begin(racing, **own), session_id=own["session_id"])
        told = at_once([coming, lambda ticket=ticket: racing.undo_email_change(ticket)])
        assert told[0] in {DONE, "not_signed_in"}
        assert told[1] == DONE
        assert racing.rows(identities) == []


@pytest.mark.requirement("ACC-12", "ACC-14")
def test_the_end_of_an_account_amid_everything_else_makes_no_fault(racing: Identity, provider: ForgingProvider) -> None:
    for number in range(ROUNDS):
        email = f"parent{number}@exemple.ca"
        person(provider, number)
        opened = end(racing, *begin(racing))().signed_in
        own = racing.own(opened)
        resets = racing.ticket(email, codes.PASSWORD_RESET)
        confirmation = racing.ticket(f"ailleurs{number}@exemple.ca", codes.EMAIL_CONFIRMATION)
        told = at_once(
            [
                lambda own=own: operations.delete_account(racing.ctx, **own),
                lambda own=own: operations.delete_account(racing.ctx, **own),
                lambda own=own: operations.export_account(racing.ctx, **own, **CALLER),
                lambda email=email: racing.sign_in(email, "Mauvais-Mot1"),
                lambda ticket=resets: racing.reset(ticket),
                lambda opened=opened, ticket=confirmation: racing.change_email(opened, ticket),
                end(racing, *begin(racing)),
                lambda own=own: operations.sign_out(racing.ctx, **own, **CALLER),
            ]
        )
        assert [each for each in told if each.startswith("fault") or each == "internal_error"] == []
        assert told[:2].count(DONE) <= 1
