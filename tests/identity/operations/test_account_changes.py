import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.identity import operations
from services.identity.errors import (
    AccountExists,
    AccountMissing,
    CurrentPasswordWrong,
    EmailChangeMissing,
    EmailUnchanged,
    NotVerified,
    PasswordMismatch,
    PasswordRejected,
    PasswordUnchanged,
    ReauthenticationRequired,
    TooManyRequests,
)
from services.identity.models import METADATA, accounts, activity, email_changes, sign_in_guards
from services.identity.operations import email_changes as email_change_operations
from services.identity.operations.signing_in import SignedIn
from services.identity.rules import codes
from shared.problems import NotSignedIn, Problem
from tests.identity.world import (
    CALLER,
    GOOD,
    HOME,
    OTHER,
    REAUTHENTICATION,
    RESEND,
    Identity,
    other_address,
)
from tests.support.clock import FakeClock

NEW_EMAIL = "nouveau@exemple.ca"
SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)


def kinds(identity: Identity) -> list[tuple[str, str]]:
    return [(letter["kind"], letter["to"]) for letter in identity.letters()]


def told(identity: Identity) -> list[tuple[str, Any]]:
    table = METADATA.tables["outbox"]
    rows = sorted(identity.rows(table), key=lambda row: row.position)
    return [(row.type.removeprefix("ca.vitrail.identity."), json.loads(row.data)) for row in rows]


def forget_password(identity: Identity, opened: SignedIn) -> None:
    """Leave the account as one that only signs in through somebody else."""
    with identity.ctx.db.transaction() as session:
        session.execute(accounts.update().values(password_hash=None, password_pepper=None))


def guesses(identity: Identity, opened: SignedIn, count: int) -> list[str]:
    refused = []
    for _ in range(count):
        with pytest.raises(Problem) as refusal:
            identity.reauthenticate(opened, password=OTHER)
        refused.append(refusal.value.code())
    return refused


@pytest.mark.requirement("SES-3")
def test_reauthenticate_gives_the_session_new_tokens_and_kills_the_old_ones(
    identity: Identity, clock: FakeClock
) -> None:
    opened = identity.make_account()
    clock.advance(SECOND)
    renewed = identity.reauthenticate(opened)
    assert (renewed.session_id, renewed.ended_session_ids) == (opened.session.session_id, (opened.session.session_id,))
    with pytest.raises(NotSignedIn):
        identity.introspect(opened.session.token)
    live = identity.introspect(renewed.token)
    assert live.csrf_token == renewed.csrf_token != opened.session.csrf_token
    assert identity.activity(opened) == ["reauthenticated", "account_created"]


@pytest.mark.requirement("ACC-11", "SES-6")
def test_reauthenticate_opens_what_a_recent_proof_is_needed_for(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    clock.advance(REAUTHENTICATION)
    with pytest.raises(ReauthenticationRequired):
        operations.export_account(identity.ctx, **identity.own(opened), **CALLER)
    identity.reauthenticate(opened)
    clock.advance(REAUTHENTICATION - SECOND)
    assert operations.export_account(identity.ctx, **identity.own(opened), **CALLER)


@pytest.mark.requirement("ACC-4")
def test_reauthenticate_takes_as_few_wrong_passwords_as_signing_in(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    assert guesses(identity, opened, 5) == ["current_password_wrong"] * 5
    with pytest.raises(TooManyRequests) as refusal:
        identity.reauthenticate(opened)
    assert refusal.value.retry_after == timedelta(seconds=30)
    clock.advance(timedelta(seconds=30))
    assert identity.reauthenticate(opened)
    assert guesses(identity, opened, 5) == ["current_password_wrong"] * 5


@pytest.mark.requirement("ACC-5")
def test_a_stranger_who_locks_the_door_does_not_keep_the_holder_from_changing_the_lock(identity: Identity) -> None:
    opened = identity.make_account()
    for number in range(6):
        with pytest.raises(Problem):
            identity.sign_in(password=OTHER, address=other_address(number))
    assert identity.change_password(opened)


def test_a_wrong_password_of_a_session_does_not_lock_the_door(identity: Identity) -> None:
    opened = identity.make_account()
    guesses(identity, opened, 7)
    assert identity.sign_in()


def test_reauthenticate_without_a_password_takes_the_proof_of_the_own_mailbox_once(
    identity: Identity, clock: FakeClock
) -> None:
    opened = identity.make_account()
    forget_password(identity, opened)
    others = identity.ticket("autre@exemple.ca", codes.EMAIL_CONFIRMATION)
    own = identity.ticket(purpose=codes.EMAIL_CONFIRMATION)
    for ticket in ("", others):
        with pytest.raises(NotVerified):
            identity.reauthenticate(opened, ticket=ticket)
    assert identity.reauthenticate(opened, password="", ticket=own)
    with pytest.raises(NotVerified):
        identity.reauthenticate(opened, ticket=own)


def test_reauthenticate_with_a_password_takes_no_mailbox_instead(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    with pytest.raises(CurrentPasswordWrong):
        identity.reauthenticate(opened, password="", ticket=identity.ticket(purpose=codes.EMAIL_CONFIRMATION))


@pytest.mark.requirement("ACC-10", "SES-3", "SES-5", "PWD-11")
def test_change_password_ends_the_other_sessions_and_renews_this_one(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    other = identity.sign_in()
    renewed = identity.change_password(opened)
    for dead in (opened.session.token, other.session.token):
        with pytest.raises(NotSignedIn):
            identity.introspect(dead)
    assert identity.introspect(renewed.token).session_id == opened.session.session_id
    with pytest.raises(Problem):
        identity.sign_in(password=GOOD)
    assert identity.sign_in(password=OTHER)
    assert kinds(identity)[-1] == ("password_changed", "parent@exemple.ca")
    assert told(identity)[-1] == (
        "password-changed.v1",
        {"account_id": opened.account.id, "changed_at": "2026-01-15T14:30:00+00:00"},
    )


@pytest.mark.requirement("ACC-10")
def test_change_password_voids_what_was_proven_for_the_mailbox_before(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    ticket = identity.ticket(purpose=codes.PASSWORD_RESET)
    clock.advance(RESEND)
    waiting = identity.ask(purpose=codes.EMAIL_CONFIRMATION)
    code = identity.code()
    identity.change_password(opened)
    with pytest.raises(NotVerified):
        identity.reset(ticket)
    with pytest.raises(Problem):
        identity.verify(waiting, code)


@pytest.mark.requirement("PWD-11")
@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"current": OTHER}, CurrentPasswordWrong),
        ({"current": ""}, CurrentPasswordWrong),
        ({"password": GOOD}, PasswordUnchanged),
        ({"password_confirmation": GOOD}, PasswordMismatch),
        ({"password": "short", "password_confirmation": "short"}, PasswordRejected),
        ({"current": OTHER, "password": "short"}, CurrentPasswordWrong),
    ],
)
def test_change_password_says_what_is_wrong_and_changes_nothing(
    identity: Identity, given: dict[str, str], refusal: type[Problem]
) -> None:
    opened = identity.make_account()
    with pytest.raises(refusal):
        identity.change_password(opened, **given)
    assert identity.introspect(opened.session.token)
    assert identity.sign_in(password=GOOD)


def test_an_account_without_a_password_gets_its_first_one_after_a_recent_proof(
    identity: Identity, clock: FakeClock
) -> None:
    opened = identity.make_account()
    forget_password(identity, opened)
    clock.advance(REAUTHENTICATION)
    with pytest.raises(ReauthenticationRequired):
        identity.change_password(opened, current="")
    identity.reauthenticate(opened, ticket=identity.ticket(purpose=codes.EMAIL_CONFIRMATION))
    assert identity.change_password(opened, current="")
    assert identity.sign_in(password=OTHER)


@pytest.mark.requirement("ACC-11")
def test_change_email_moves_the_account_to_the_proven_mailbox_and_tells_both(
    identity: Identity, clock: FakeClock
) -> None:
    opened = identity.make_account()
    other = identity.sign_in()
    ended = identity.change_email(opened, identity.ticket("Nouveau@exemple.ca", codes.EMAIL_CONFIRMATION))
    assert ended == [other.session.session_id]
    assert identity.introspect(opened.session.token).account.email == "Nouveau@exemple.ca"
    assert identity.sign_in(NEW_EMAIL).account.id == opened.account.id
    with pytest.raises(Problem):
        identity.sign_in("parent@exemple.ca")
    assert kinds(identity)[-2:] == [("email_replaced", "parent@exemple.ca"), ("email_changed", "Nouveau@exemple.ca")]
    assert "7\u00a0jours" in identity.letters()[-2]["text"]
    assert told(identity)[-1][0] == "email-changed.v1"
    assert "exemple" not in str(told(identity))


@pytest.mark.requirement("ACC-11")
def test_change_email_wants_a_recent_proof_and_another_free_mailbox(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    identity.make_account("pris@exemple.ca")
    clock.advance(RESEND)
    own = identity.ticket("PARENT@exemple.ca", codes.EMAIL_CONFIRMATION)
    taken = identity.ticket("pris@exemple.ca", codes.EMAIL_CONFIRMATION)
    clock.advance(RESEND)
    reset = identity.ticket(purpose=codes.PASSWORD_RESET)
    free = identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION)
    for ticket, refusal in ((own, EmailUnchanged), (taken, AccountExists), (reset, NotVerified), ("x", NotVerified)):
        with pytest.raises(refusal):
            identity.change_email(opened, ticket)
    clock.advance(REAUTHENTICATION)
    with pytest.raises(ReauthenticationRequired):
        identity.change_email(opened, free)
    assert identity.rows(email_changes) == []
    identity.reauthenticate(opened)
    identity.change_email(opened, free)
    with pytest.raises(NotVerified):
        identity.change_email(opened, free)


@pytest.mark.requirement("ACC-11", "ACC-10")
def test_change_email_of_a_session_that_ended_meanwhile_changes_nothing(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = identity.make_account()
    ticket = identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION)
    get_proof = email_change_operations.proofs.get_proof

    def and_then_sign_out(*given: Any, **options: Any) -> Any:
        monkeypatch.undo()
        found = get_proof(*given, **options)
        operations.sign_out(identity.ctx, **identity.own(opened), **CALLER)
        return found

    monkeypatch.setattr(email_change_operations.proofs, "get_proof", and_then_sign_out)
    with pytest.raises(NotSignedIn):
        identity.change_email(opened, ticket)
    [row] = identity.rows(accounts)
    assert row.email == "parent@exemple.ca"


@pytest.mark.requirement("ACC-11", "ID-31")
def test_change_email_takes_the_place_of_an_account_that_is_to_be_created_again(
    identity: Identity, clock: FakeClock
) -> None:
    operations.import_accounts(identity.ctx, ["email,created_on\n", f"{NEW_EMAIL},2016-12-15\n"])
    opened = identity.make_account()
    identity.change_email(opened, identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION))
    [row] = identity.rows(accounts)
    assert (row.id, row.email) == (opened.account.id, NEW_EMAIL)


@pytest.mark.requirement("ACC-11", "ACC-13")
def test_undo_email_change_gives_the_account_back_and_leaves_the_taker_nothing(
    identity: Identity, clock: FakeClock
) -> None:
    opened = identity.make_account()
    identity.change_email(opened, identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION))
    takers = identity.ticket(NEW_EMAIL, codes.PASSWORD_RESET)
    clock.advance(WEEK - RESEND)
    taker = identity.sign_in(NEW_EMAIL)
    ticket = identity.ticket("Parent@exemple.ca", codes.EMAIL_CHANGE_UNDO)
    assert identity.undo_email_change(ticket) == opened.account.id
    with pytest.raises(NotSignedIn):
        identity.introspect(taker.session.token)
    for email in ("parent@exemple.ca", NEW_EMAIL):
        with pytest.raises(Problem):
            identity.sign_in(email)
    with pytest.raises(NotVerified):
        identity.reset(takers)
    assert kinds(identity)[-2:] == [
        ("email_change_undone", "parent@exemple.ca"),
        ("email_change_undone", NEW_EMAIL),
    ]
    # The proof goes on to the new password that the account needs now.
    assert identity.reset(ticket, OTHER) == opened.account.id
    assert identity.sign_in(password=OTHER).account.email == "parent@exemple.ca"


@pytest.mark.requirement("ACC-11")
def test_undo_email_change_is_to_be_had_for_a_week_and_once(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    identity.change_email(opened, identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION))
    ticket = identity.ticket(purpose=codes.EMAIL_CHANGE_UNDO)
    identity.undo_email_change(ticket)
    with pytest.raises(NotVerified):
        identity.undo_email_change(ticket)
    clock.advance(timedelta(minutes=15))
    with pytest.raises(EmailChangeMissing):
        identity.undo_email_change(identity.ticket(purpose=codes.EMAIL_CHANGE_UNDO))
    clock.advance(RESEND)
    other = identity.make_account("deux@exemple.ca")
    identity.change_email(other, identity.ticket("trois@exemple.ca", codes.EMAIL_CONFIRMATION))
    clock.advance(WEEK)
    with pytest.raises(EmailChangeMissing):
        identity.undo_email_change(identity.ticket("deux@exemple.ca", codes.EMAIL_CHANGE_UNDO))


@pytest.mark.requirement("ACC-11")
def test_undo_email_change_undoes_what_came_after_it_too(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    identity.change_email(opened, identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION))
    clock.advance(SECOND)
    identity.change_email(opened, identity.ticket("plus.loin@exemple.ca", codes.EMAIL_CONFIRMATION))
    identity.undo_email_change(identity.ticket(purpose=codes.EMAIL_CHANGE_UNDO))
    with pytest.raises(EmailChangeMissing):
        identity.undo_email_change(identity.ticket(NEW_EMAIL, codes.EMAIL_CHANGE_UNDO))
    [row] = identity.rows(accounts)
    assert row.email == "parent@exemple.ca"


def test_undo_email_change_leaves_a_mailbox_that_has_an_account_of_its_own(identity: Identity) -> None:
    opened = identity.make_account()
    identity.change_email(opened, identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION))
    newer = identity.make_account()
    ticket = identity.ticket(purpose=codes.EMAIL_CHANGE_UNDO)
    with pytest.raises(AccountExists):
        identity.undo_email_change(ticket)
    assert identity.introspect(opened.session.token)
    assert identity.introspect(newer.session.token)


@pytest.mark.parametrize("purpose", [codes.EMAIL_CONFIRMATION, codes.ACCOUNT_CREATION])
def test_undo_email_change_refuses_a_ticket_for_something_else(identity: Identity, purpose: str) -> None:
    opened = identity.make_account()
    identity.change_email(opened, identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION))
    with pytest.raises(NotVerified):
        identity.undo_email_change(identity.ticket(purpose=purpose))


@pytest.mark.requirement("ACC-12", "SES-5", "PRV-5")
def test_delete_account_leaves_an_event_and_a_letter_and_nothing_else(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    identity.change_email(opened, identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION))
    with pytest.raises(Problem):
        identity.sign_in(NEW_EMAIL, OTHER)
    operations.delete_account(identity.ctx, **identity.own(opened))
    with pytest.raises(NotSignedIn):
        identity.introspect(opened.session.token)
    with pytest.raises(Problem):
        identity.sign_in(NEW_EMAIL)
    left = {table.name for table in METADATA.sorted_tables if identity.rows(table)}
    # What is counted is counted under digests, and swept; a letter is emptied once it is sent.
    assert left == {"aggregates", "budgets", "letters", "outbox", "sign_in_guards"}
    assert [row.failures for row in identity.rows(sign_in_guards)] == [1]
    assert kinds(identity)[-1] == ("account_deleted", NEW_EMAIL)
    assert told(identity)[-1] == (
        "account-deleted.v1",
        {"account_id": opened.account.id, "deleted_at": "2026-01-15T14:30:00+00:00"},
    )


@pytest.mark.requirement("ACC-12")
def test_delete_account_wants_a_recent_proof(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    clock.advance(REAUTHENTICATION)
    with pytest.raises(ReauthenticationRequired):
        operations.delete_account(identity.ctx, **identity.own(opened))
    assert identity.introspect(opened.session.token)


@pytest.mark.requirement("ACC-12", "ID-24")
def test_after_its_end_a_mailbox_can_have_a_new_account(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    operations.delete_account(identity.ctx, **identity.own(opened))
    again = identity.make_account()
    assert again.account.id != opened.account.id
    assert identity.activity(again) == ["account_created"]


def test_a_ticket_outlives_no_account(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    ticket = identity.ticket(purpose=codes.PASSWORD_RESET)
    operations.delete_account(identity.ctx, **identity.own(opened))
    with pytest.raises((NotVerified, AccountMissing)):
        identity.reset(ticket)


def test_activity_tells_what_happened_where_from_the_latest_first(
    make_identity: Callable[..., Identity], clock: FakeClock
) -> None:
    identity = make_identity()
    opened = identity.make_account()
    identity.make_account("autre@exemple.ca")
    for password in (OTHER, GOOD):
        clock.advance(SECOND)
        try:
            identity.sign_in(password=password, address="203.0.113.99", device="A\nbrowser\x1b[0m" + "x" * 300)
        except Problem:
            continue
    page = operations.list_activity(identity.ctx, account_id=opened.account.id, limit=2, offset=0)
    assert page.total == 3
    assert [(row.kind, row.network) for row in page.rows] == [
        ("signed_in", "203.0.113.0/24"),
        ("sign_in_failed", "203.0.113.0/24"),
    ]
    assert all(row.device.startswith("Abrowser[0mxxx") and len(row.device) == 200 for row in page.rows)
    assert HOME not in str(identity.rows(activity))


def test_activity_is_swept_after_half_a_year(identity: Identity, clock: FakeClock) -> None:
    identity.make_account()
    clock.advance(timedelta(days=180) - SECOND)
    assert operations.sweep(identity.ctx)["activity"] == 0
    clock.advance(SECOND)
    assert operations.sweep(identity.ctx)["activity"] == 1


@pytest.mark.requirement("PRV-3")
def test_export_holds_what_is_kept_and_no_secret(identity: Identity, clock: FakeClock) -> None:
    opened = identity.make_account()
    stranger = identity.make_account("etranger@exemple.ca")
    identity.change_email(opened, identity.ticket(NEW_EMAIL, codes.EMAIL_CONFIRMATION))
    document = operations.export_account(identity.ctx, **identity.own(opened), **CALLER)
    assert (document["account"]["email"], document["account"]["has_password"]) == (NEW_EMAIL, True)
    assert [each["email"] for each in document["former_emails"]] == ["parent@exemple.ca"]
    assert [each["kind"] for each in document["activity"]] == ["data_exported", "email_changed", "account_created"]
    assert len(document["sessions"]) == 1
    text = str(document)
    [row] = [row for row in identity.rows(accounts) if row.id == opened.account.id]
    for secret in (row.password_hash, opened.session.token, opened.session.csrf_token, stranger.account.id, "etranger"):
        assert secret not in text
    assert kinds(identity)[-1] == ("data_exported", NEW_EMAIL)
