from collections.abc import Callable

import pytest

from services.identity import events, operations
from services.identity.errors import AccountMissing, CredentialsRejected
from services.identity.models import accounts, challenges, sessions
from services.identity.operations import Deleted
from shared import ids, outbox
from shared.problems import NotSignedIn
from tests.identity.world import Identity
from tests.support.clock import FakeClock

HOLDER, OTHER = "parent@exemple.ca", "autre@exemple.ca"


@pytest.fixture
def both(identity: Identity) -> Identity:
    identity.make_account(HOLDER)
    identity.make_account(OTHER)
    return identity


def id_of(identity: Identity, email: str) -> str:
    [found] = [row.id for row in identity.rows(accounts) if row.email == email]
    return found


def told_again(identity: Identity) -> list[str]:
    return [row.key for row in identity.rows(outbox.outbox) if row.type == events.ACCOUNT_DELETED.type]


@pytest.mark.requirement("SES-5")
@pytest.mark.parametrize("named_by", ["account_id", "email"])
def test_end_sessions_of_account_ends_all_of_its_and_no_other(both: Identity, named_by: str) -> None:
    signed_in = [both.sign_in(HOLDER) for _ in range(3)]
    kept = both.sign_in(OTHER)
    name = {"account_id": id_of(both, HOLDER), "email": "Parent@exemple.ca "}[named_by]
    # Three, and the one that made the account.
    assert operations.end_sessions_of_account(both.ctx, **{named_by: name}) == 4
    for each in signed_in:
        with pytest.raises(NotSignedIn):
            operations.introspect(both.ctx, token=each.session.token)
    assert operations.introspect(both.ctx, token=kept.session.token).account.email == OTHER
    again = both.sign_in(HOLDER)
    assert both.activity(again)[:2] == ["signed_in", "session_ended"]


@pytest.mark.parametrize(
    "named", [{"account_id": ids.new()}, {"email": "personne@exemple.ca"}, {"email": "no address"}]
)
def test_end_sessions_of_account_tells_that_there_is_no_such_account(both: Identity, named: dict[str, str]) -> None:
    with pytest.raises(AccountMissing):
        operations.end_sessions_of_account(both.ctx, **named)
    assert len(both.rows(sessions)) == 2


def test_end_all_sessions_ends_everybodys(both: Identity) -> None:
    assert operations.end_all_sessions(both.ctx) == 2
    assert both.rows(sessions) == []
    assert operations.end_all_sessions(both.ctx) == 0


@pytest.mark.requirement("PRV-10")
def test_delete_accounts_again_deletes_whom_the_log_tells_of_and_tells_the_others(
    both: Identity, clock: FakeClock
) -> None:
    deleted = Deleted(account_id=id_of(both, HOLDER), deleted_at=clock.now())
    unknown = Deleted(account_id=ids.new(), deleted_at=clock.now())
    letters = len(both.letters())
    assert operations.delete_accounts_again(both.ctx, told=[unknown, deleted]) == 1
    assert [row.email for row in both.rows(accounts)] == [OTHER]
    assert {row.email_key for row in both.rows(challenges)} == {OTHER}
    assert told_again(both) == [f"account:{deleted.account_id}"]
    # They were told when they asked for it.
    assert len(both.letters()) == letters
    with pytest.raises(CredentialsRejected):
        both.sign_in(HOLDER)


@pytest.mark.requirement("PRV-10")
def test_delete_accounts_again_finds_nothing_the_second_time(both: Identity, clock: FakeClock) -> None:
    told = [Deleted(account_id=id_of(both, HOLDER), deleted_at=clock.now())]
    assert operations.delete_accounts_again(both.ctx, told=[*told, *told]) == 1
    assert operations.delete_accounts_again(both.ctx, told=told) == 0
    assert len(told_again(both)) == 1


@pytest.mark.requirement("PRV-10")
def test_delete_accounts_again_leaves_whoever_came_back_with_a_new_account(
    make_identity: Callable[..., Identity], clock: FakeClock
) -> None:
    identity = make_identity()
    identity.make_account(HOLDER)
    first = Deleted(account_id=id_of(identity, HOLDER), deleted_at=clock.now())
    assert operations.delete_accounts_again(identity.ctx, told=[first]) == 1
    identity.make_account(HOLDER)
    assert operations.delete_accounts_again(identity.ctx, told=[first]) == 0
    assert [row.email for row in identity.rows(accounts)] == [HOLDER]
