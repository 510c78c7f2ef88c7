import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.identity import operations
from services.identity.errors import (
    AccountExists,
    AccountMissing,
    NotVerified,
    PasswordMismatch,
    PasswordRejected,
)
from services.identity.models import METADATA, accounts, challenges, sessions
from services.identity.rules import codes
from shared import ids
from shared.problems import NotSignedIn, Problem
from tests.identity.world import GOOD, OTHER, RESEND, Identity, other_address, wrong
from tests.support.clock import FakeClock

MAKE = Callable[..., Identity]
QUARTER = timedelta(minutes=15)


def events(identity: Identity) -> list[Any]:
    with identity.ctx.db.read() as session:
        return list(session.execute(select(METADATA.tables["outbox"]).order_by(METADATA.tables["outbox"].c.position)))


@pytest.mark.requirement("ID-17", "ID-22", "ACC-1")
def test_create_account_signs_the_parent_in_and_the_password_works_from_then_on(identity: Identity) -> None:
    created = identity.make_account("Parent@exemple.ca")
    assert identity.introspect(created.session.token).account.email == "Parent@exemple.ca"
    assert identity.sign_in("parent@EXEMPLE.ca").account.id == created.account.id


def test_create_account_tells_it_without_the_email(identity: Identity) -> None:
    created = identity.make_account()
    [event] = events(identity)
    assert (event.type, event.key) == (
        "ca.vitrail.identity.account-created.v1",
        f"account:{created.account.id}",
    )
    assert "exemple" not in event.data


@pytest.mark.requirement("ID-14", "ACC-2")
@pytest.mark.parametrize("ticket", ["", "nonsense", "a.b.c", "é\x00"])
def test_create_account_refuses_what_is_no_ticket(identity: Identity, ticket: str) -> None:
    with pytest.raises(NotVerified):
        identity.create(ticket)
    with pytest.raises(NotVerified):
        identity.reset(ticket)


@pytest.mark.requirement("COD-16")
def test_a_ticket_is_spent_once(identity: Identity) -> None:
    ticket = identity.ticket()
    identity.create(ticket)
    with pytest.raises(NotVerified):
        identity.create(ticket)


@pytest.mark.requirement("COD-16")
def test_a_ticket_is_good_for_a_quarter_of_an_hour(identity: Identity, clock: FakeClock) -> None:
    one, other = identity.ticket("one@exemple.ca"), identity.ticket("other@exemple.ca")
    clock.advance(QUARTER - timedelta(seconds=1))
    assert identity.create(one)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(NotVerified):
        identity.create(other)


@pytest.mark.requirement("COD-16", "COD-11")
@pytest.mark.parametrize("purpose", [codes.PASSWORD_RESET, codes.EMAIL_CONFIRMATION])
def test_create_account_refuses_a_ticket_for_something_else(identity: Identity, purpose: str) -> None:
    identity.make_account("known@exemple.ca")
    email = "known@exemple.ca" if purpose == codes.PASSWORD_RESET else "new@exemple.ca"
    with pytest.raises(NotVerified):
        identity.create(identity.ticket(email, purpose))
    assert len(identity.rows(accounts)) == 1


@pytest.mark.requirement("COD-16", "COD-11")
@pytest.mark.parametrize("purpose", [codes.ACCOUNT_CREATION, codes.EMAIL_CONFIRMATION])
def test_reset_password_refuses_a_ticket_for_something_else(identity: Identity, clock: FakeClock, purpose: str) -> None:
    identity.make_account()
    clock.advance(RESEND)
    with pytest.raises(NotVerified):
        identity.reset(identity.ticket(purpose=purpose))
    assert identity.sign_in(password=GOOD)


@pytest.mark.requirement("ID-17", "PWD-11")
def test_create_account_refuses_another_confirmation_and_keeps_the_ticket_good(identity: Identity) -> None:
    ticket = identity.ticket()
    with pytest.raises(PasswordMismatch):
        identity.create(ticket, GOOD, confirmation=OTHER)
    assert identity.create(ticket)


@pytest.mark.requirement("ID-19", "PWD-1")
def test_create_account_says_every_unmet_rule_and_keeps_the_ticket_good(identity: Identity) -> None:
    ticket = identity.ticket()
    with pytest.raises(PasswordRejected) as refusal:
        identity.create(ticket, "portail")
    assert [error["rule"] for error in refusal.value.errors] == ["too_short", "missing_classes", "from_context"]
    assert {error["pointer"] for error in refusal.value.errors} == {"#/password"}
    assert identity.create(ticket)


@pytest.mark.requirement("ID-24", "ACC-7")
def test_create_account_says_that_there_is_one_only_after_the_code(identity: Identity, clock: FakeClock) -> None:
    identity.make_account()
    clock.advance(RESEND)
    challenge_id = identity.ask()
    assert identity.letters()[-1]["kind"] == "existing_account"
    with pytest.raises(AccountExists):
        identity.create(identity.verify(challenge_id, identity.code()).ticket)


@pytest.mark.requirement("ID-24", "ACC-7")
def test_a_ticket_that_met_an_account_is_good_for_a_new_password_once(identity: Identity, clock: FakeClock) -> None:
    created = identity.make_account()
    clock.advance(RESEND)
    ticket = identity.ticket()
    for _ in range(2):
        with pytest.raises(AccountExists):
            identity.create(ticket, OTHER)
    assert identity.reset(ticket, OTHER) == created.account.id
    with pytest.raises(NotVerified):
        identity.reset(ticket, GOOD)
    assert identity.sign_in(password=OTHER)


@pytest.mark.requirement("ACC-8")
def test_two_proofs_of_one_mailbox_make_one_account_and_leave_the_other_proof_unspent(
    make_identity: MAKE,
) -> None:
    identity = make_identity(resend_interval=timedelta(0))
    first, second = identity.ticket("Parent@exemple.ca"), identity.ticket("parent@exemple.ca")
    identity.create(first)
    with pytest.raises(AccountExists):
        identity.create(second, OTHER)
    assert identity.reset(second, OTHER)
    assert len(identity.rows(accounts)) == 1


@pytest.mark.requirement("ACC-13")
def test_nothing_of_whoever_asked_first_outlives_the_proof_of_the_mailbox(identity: Identity, clock: FakeClock) -> None:
    strangers = identity.ask(address="198.51.100.1")
    clock.advance(RESEND)
    owners = identity.ask()
    identity.create(identity.verify(owners, identity.code()).ticket)
    assert [row.email for row in identity.rows(accounts)] == ["parent@exemple.ca"]
    assert len(identity.rows(sessions)) == 1
    with pytest.raises(Problem):
        identity.verify(strangers, identity.code())


@pytest.mark.requirement("ID-25", "ACC-10", "ACC-1", "SES-5")
def test_reset_password_ends_every_session_and_signs_nobody_in(identity: Identity, clock: FakeClock) -> None:
    tokens = [identity.make_account().session.token, identity.sign_in().session.token]
    clock.advance(RESEND)
    identity.reset(identity.ticket(purpose=codes.PASSWORD_RESET))
    assert identity.rows(sessions) == []
    for token in tokens:
        with pytest.raises(NotSignedIn):
            identity.introspect(token)
    with pytest.raises(Problem):
        identity.sign_in(password=GOOD)
    assert identity.sign_in(password=OTHER)


@pytest.mark.requirement("ACC-10")
def test_reset_password_tells_the_holder_and_the_others(identity: Identity, clock: FakeClock) -> None:
    created = identity.make_account(language="en")
    clock.advance(RESEND)
    identity.reset(identity.ticket(purpose=codes.PASSWORD_RESET))
    letter = identity.letters()[-1]
    assert (letter["kind"], letter["to"]) == ("password_changed", "parent@exemple.ca")
    assert letter["text"].startswith("Your password was changed")
    assert [event.type for event in events(identity)][-1] == "ca.vitrail.identity.password-reset.v1"
    assert events(identity)[-1].subject == created.account.id


@pytest.mark.requirement("ACC-10")
def test_reset_password_voids_every_other_proof_of_the_mailbox(make_identity: MAKE) -> None:
    identity = make_identity(resend_interval=timedelta(0))
    identity.make_account()
    unspent = identity.ticket(purpose=codes.PASSWORD_RESET)
    waiting = identity.ask(purpose=codes.EMAIL_CONFIRMATION)
    code = identity.code()
    identity.reset(identity.ticket(purpose=codes.PASSWORD_RESET))
    with pytest.raises(NotVerified):
        identity.reset(unspent, "Autre-Crayon9")
    with pytest.raises(Problem):
        identity.verify(waiting, code)
    assert {row.ticket_expires_at for row in identity.rows(challenges)} == {None}


def test_reset_password_says_so_when_the_account_is_gone(identity: Identity, clock: FakeClock) -> None:
    identity.make_account()
    clock.advance(RESEND)
    ticket = identity.ticket(purpose=codes.PASSWORD_RESET)
    with identity.ctx.db.transaction() as session:
        session.execute(accounts.delete())
    with pytest.raises(AccountMissing):
        identity.reset(ticket)


@pytest.mark.requirement("ID-25", "COD-13")
def test_a_code_for_a_new_password_is_mailed_to_no_mailbox_without_an_account(identity: Identity) -> None:
    identity.ask("nobody@exemple.ca", codes.PASSWORD_RESET)
    [letter] = identity.letters()
    assert letter["kind"] == "no_account"
    assert not any(character.isdigit() for character in letter["text"])


STEPS = ("ask", "verify", "save", "sign_in")


OUT_OF_ORDER = [
    order for length in range(1, 5) for order in itertools.permutations(STEPS, length) if order != STEPS[:length]
]


def walk(identity: Identity, order: tuple[str, ...], *, email: str, address: str) -> list[tuple[str, str]]:
    known = {"challenge_id": ids.new(), "code": "392131", "ticket": "none"}

    def ask() -> None:
        known["challenge_id"] = identity.ask(email, address=address)
        known["code"] = identity.code()

    def verify() -> None:
        known["ticket"] = identity.verify(known["challenge_id"], known["code"], address=address).ticket

    steps: dict[str, Callable[[], Any]] = {
        "ask": ask,
        "verify": verify,
        "save": lambda: identity.create(known["ticket"]),
        "sign_in": lambda: identity.sign_in(email, address=address),
    }
    told = []
    for name in order:
        try:
            steps[name]()
            told.append((name, "done"))
        except Problem as refusal:
            told.append((name, refusal.code()))
    return told


@pytest.mark.requirement("ACC-2", "ID-14")
def test_no_step_can_be_skipped_or_taken_out_of_order(identity: Identity) -> None:
    refusals = {"verify": "not_found", "save": "not_verified", "sign_in": "credentials_rejected"}
    wrongly = []
    for number, order in enumerate(OUT_OF_ORDER):
        told = walk(identity, order, email=f"walker{number}@exemple.ca", address=other_address(number))
        reached: set[str] = set()
        for name, outcome in told:
            is_due = set(STEPS[: STEPS.index(name)]) <= reached
            wrongly += [(order, name, outcome)] if outcome != ("done" if is_due else refusals.get(name)) else []
            reached |= {name} if outcome == "done" else set()
    assert wrongly == []
    assert len(OUT_OF_ORDER) == 60


def test_change_language_changes_the_accounts_letters(identity: Identity, clock: FakeClock) -> None:
    created = identity.make_account()
    changed = operations.change_language(identity.ctx, account_id=created.account.id, language="en")
    assert (changed.language, changed.email) == ("en", "parent@exemple.ca")
    assert operations.read_account(identity.ctx, account_id=created.account.id).language == "en"
    clock.advance(RESEND)
    identity.ask(language="fr")
    assert identity.letters()[-1]["text"].startswith("Your verification code")


def test_an_account_that_is_gone_is_not_signed_in(identity: Identity) -> None:
    with pytest.raises(NotSignedIn):
        operations.read_account(identity.ctx, account_id="gone")
    with pytest.raises(NotSignedIn):
        operations.change_language(identity.ctx, account_id="gone", language="en")


@pytest.mark.requirement("PWD-12")
def test_a_password_does_not_grow_old(identity: Identity, clock: FakeClock) -> None:
    identity.make_account()
    clock.advance(timedelta(days=3650))
    assert identity.sign_in()


@pytest.mark.requirement("ID-15")
def test_a_wrong_code_gives_no_ticket(identity: Identity) -> None:
    challenge_id = identity.ask()
    with pytest.raises(Problem):
        identity.verify(challenge_id, wrong(identity.code()))
    assert identity.rows(challenges)[0].ticket_expires_at is None
