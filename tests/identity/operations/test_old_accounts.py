import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import argon2
import pytest

from services.identity import operations
from services.identity.errors import AccountExists, AccountMissing, AccountMustBeRecreated, CredentialsRejected
from services.identity.models import METADATA, accounts
from services.identity.operations.old_accounts import Report
from services.identity.rules import codes
from services.identity.rules.old_accounts import MissingColumns, NoCsv
from shared import ids
from tests.identity.world import GOOD, OTHER, RESEND, Identity
from tests.support.clock import FakeClock

MAKE = Callable[..., Identity]
ELSEWHERE = argon2.PasswordHasher(memory_cost=16, time_cost=1, parallelism=1).hash(GOOD)
HEAD = "email,created_on,language,password_hash\n"


def line(email: str, created_on: str, *, password_hash: str = ELSEWHERE, language: str = "fr") -> str:
    return f'{email},{created_on},{language},"{password_hash}"\n'


def take(identity: Identity, *lines: str, head: str = HEAD, is_dry_run: bool = False) -> Report:
    return operations.import_accounts(identity.ctx, [head, *lines], is_dry_run=is_dry_run)


def old(identity: Identity, created_on: str, email: str = "parent@exemple.ca") -> None:
    assert take(identity, line(email, created_on)).taken == 1


@pytest.mark.requirement("ID-31")
def test_an_account_of_before_the_first_day_opens_nothing_and_says_so_after_the_right_password(
    identity: Identity,
) -> None:
    old(identity, "2016-12-15")
    with pytest.raises(AccountMustBeRecreated):
        identity.sign_in()
    with pytest.raises(CredentialsRejected):
        identity.sign_in(password=OTHER)
    # A right password costs nothing, however often.
    for _ in range(6):
        with pytest.raises(AccountMustBeRecreated):
            identity.sign_in()


@pytest.mark.requirement("ID-31", "ID-24", "ACC-13")
def test_it_is_created_again_with_the_same_email_and_nothing_of_it_remains(identity: Identity) -> None:
    old(identity, "2017-01-31")
    [before] = identity.rows(accounts)
    created = identity.make_account("Parent@exemple.ca", OTHER)
    assert [letter["kind"] for letter in identity.letters()] == ["account_creation"]
    assert created.account.id != before.id
    assert identity.sign_in(password=OTHER).account.id == created.account.id
    with pytest.raises(CredentialsRejected):
        identity.sign_in(password=GOOD)
    rows = sorted(identity.rows(METADATA.tables["outbox"]), key=lambda row: row.position)
    told = [(row.type.rpartition("identity.")[2], json.loads(row.data)["account_id"]) for row in rows]
    assert told == [("account-deleted.v1", before.id), ("account-created.v1", created.account.id)]
    # From then on it is one like any other.
    identity.ctx.clock.advance(RESEND)  # type: ignore[attr-defined]
    with pytest.raises(AccountExists):
        identity.create(identity.ticket())


@pytest.mark.requirement("ID-31")
def test_a_forgotten_password_of_an_account_to_be_created_again_is_that_of_no_account(identity: Identity) -> None:
    old(identity, "2016-12-15")
    identity.ask(purpose=codes.PASSWORD_RESET)
    assert [letter["kind"] for letter in identity.letters()] == ["no_account"]


@pytest.mark.requirement("ID-31")
def test_a_proof_from_before_does_not_reset_it_either(make_identity: MAKE, clock: FakeClock) -> None:
    identity = make_identity()
    created = identity.make_account()
    clock.advance(RESEND)
    ticket = identity.ticket(purpose=codes.PASSWORD_RESET)
    with identity.ctx.db.transaction() as session:
        earlier = clock.now().replace(year=2016)
        session.execute(accounts.update().where(accounts.c.id == created.account.id).values(created_at=earlier))
    with pytest.raises(AccountMissing):
        identity.reset(ticket)


@pytest.mark.requirement("ID-32")
@pytest.mark.parametrize(
    ("created_on", "must_confirm"),
    [("2017-02-01", True), ("2017-08-01", True), ("2017-09-05", True), ("2017-09-06", False)],
)
def test_an_account_of_before_the_second_day_signs_in_and_has_its_children_confirmed_again(
    identity: Identity, created_on: str, must_confirm: bool
) -> None:
    old(identity, created_on)
    signed_in = identity.sign_in()
    assert signed_in.account.must_confirm_children is must_confirm
    assert identity.introspect(signed_in.session.token).account.must_confirm_children is must_confirm


@pytest.mark.requirement("ID-32")
@pytest.mark.parametrize(
    "tell",
    [
        operations.tell_of_child_linked,
        partial(operations.tell_of_child_linked, is_by_correction=True),
        operations.tell_of_child_confirmed,
    ],
    ids=["linked", "linked by a correction", "confirmed"],
)
def test_with_the_first_child_confirmed_again_the_account_is_like_any_other(
    identity: Identity, tell: Callable[..., None]
) -> None:
    old(identity, "2017-08-01")
    account_id = identity.sign_in().account.id
    operations.tell_of_child_unlinked(identity.ctx, account_id=account_id, cause=ids.new())
    assert identity.sign_in().account.must_confirm_children
    tell(identity.ctx, account_id=account_id, cause=ids.new())
    assert not identity.sign_in().account.must_confirm_children


@pytest.mark.requirement("ID-31", "ID-32")
def test_the_two_days_are_settings(make_identity: MAKE) -> None:
    identity = make_identity(recreate_before="2020-01-01", confirm_before="2021-01-01")
    report = take(identity, line("a@x.ca", "2019-12-31"), line("b@x.ca", "2020-06-01"), line("c@x.ca", "2021-01-01"))
    assert (report.to_recreate, report.to_confirm) == (1, 1)
    with pytest.raises(AccountMustBeRecreated):
        identity.sign_in("a@x.ca")
    assert identity.sign_in("b@x.ca").account.must_confirm_children
    assert not identity.sign_in("c@x.ca").account.must_confirm_children


@pytest.mark.requirement("PWD-8")
def test_a_hash_of_another_system_is_replaced_by_ours_at_the_first_sign_in(identity: Identity) -> None:
    old(identity, "2018-01-01")
    [before] = identity.rows(accounts)
    with pytest.raises(CredentialsRejected):
        identity.sign_in(password=OTHER)
    assert identity.rows(accounts) == [before]
    assert identity.sign_in()
    [after] = identity.rows(accounts)
    assert (before.password_pepper, before.password_hash) == ("", ELSEWHERE)
    assert after.password_pepper
    assert after.password_hash != ELSEWHERE
    assert identity.sign_in()


def test_an_account_without_a_password_gets_one_by_its_mailbox(identity: Identity) -> None:
    take(identity, line("parent@exemple.ca", "2018-01-01", password_hash=""))
    with pytest.raises(CredentialsRejected):
        identity.sign_in()
    identity.reset(identity.ticket(purpose=codes.PASSWORD_RESET))
    assert identity.sign_in(password=OTHER)


def test_import_accounts_twice_changes_nothing_and_takes_nobodys_account(identity: Identity) -> None:
    mine = identity.make_account("B@x.ca")
    lines = [line("a@x.ca", "2016-01-01"), line("b@x.ca", "2016-01-01"), line("A@X.ca", "2017-03-01")]
    first, again = take(identity, *lines), take(identity, *lines)
    assert (first.taken, first.known) == (1, 2)
    assert (again.taken, again.known) == (0, 3)
    assert identity.introspect(mine.session.token).account.email == "B@x.ca"
    assert len(identity.rows(METADATA.tables["outbox"])) == 1


def test_import_accounts_tells_the_rejected_by_line_and_column_and_takes_the_rest(identity: Identity) -> None:
    report = take(
        identity,
        line("no address", "2016-01-01"),
        line("a@x.ca", "2016-13-01"),
        line("b@x.ca", "2099-01-01"),
        line("c@x.ca", "2016-01-01", language="de"),
        line("d@x.ca", "2016-01-01", password_hash="5f4dcc3b5aa765d61d8327deb882cf99"),
        "e@x.ca\n",
        line("f@x.ca", "2016-01-01"),
    )
    assert report.taken == 1
    assert [(each.line, each.column) for each in report.rejected] == [
        (2, "email"),
        (3, "created_on"),
        (4, "created_on"),
        (5, "language"),
        (6, "password_hash"),
        (7, "created_on"),
    ]


def test_import_accounts_changes_nothing_in_a_dry_run(identity: Identity) -> None:
    report = take(identity, line("a@x.ca", "2016-01-01"), line("b@x.ca", "2017-03-01"), is_dry_run=True)
    assert (report.taken, report.to_recreate, report.to_confirm) == (2, 1, 1)
    assert identity.rows(accounts) == []


@pytest.mark.requirement("PWD-10")
@pytest.mark.parametrize(
    ("cost", "is_taken"),
    [
        ("m=262144,t=4,p=1", True),
        ("m=262145,t=1,p=1", False),
        ("m=262144,t=5,p=1", False),
        ("m=999999,t=99,p=1", False),
        ("m=65536,t=3,p=9", False),
        ("m=65536,t=3,p=0", False),
    ],
)
def test_import_accounts_takes_no_hash_that_costs_too_much_to_judge(
    identity: Identity, cost: str, is_taken: bool
) -> None:
    _, kind, version, _, salt, digest = ELSEWHERE.split("$")
    costly = f"${kind}${version}${cost}${salt}${digest}"
    report = take(identity, line("a@x.ca", "2018-01-01", password_hash=costly))
    assert (report.taken, [each.column for each in report.rejected]) == (
        int(is_taken),
        ["password_hash"] * (not is_taken),
    )


def test_import_accounts_says_from_which_line_on_nothing_can_be_read(identity: Identity) -> None:
    with pytest.raises(NoCsv) as stop:
        take(identity, line("a@x.ca", "2018-01-01"), '"b@x.ca\n', "x" * 140_000)
    assert stop.value.line == 3


@pytest.mark.parametrize("head", ["", "email\n", "courriel,created_on\n"])
def test_import_accounts_wants_a_head(identity: Identity, head: str, tmp_path: Path) -> None:
    with pytest.raises(MissingColumns):
        take(identity, line("a@x.ca", "2016-01-01"), head=head)


def test_import_accounts_takes_more_than_one_batch(identity: Identity) -> None:
    lines = [line(f"parent{number}@x.ca", "2016-01-01", password_hash="") for number in range(1101)]
    assert take(identity, *lines).taken == 1101
