from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.identity.errors import CredentialsRejected, TooManyRequests
from services.identity.models import accounts, sessions, sign_in_guards
from services.identity.rules import codes
from services.identity.rules.passwords import Busy, Kept
from shared import budgets
from shared.problems import NotSignedIn, Problem, Unavailable
from tests.identity import world
from tests.identity.world import GOOD, OTHER, RESEND, Identity, other_address
from tests.support.clock import FakeClock

MAKE = Callable[..., Identity]
SECOND = timedelta(seconds=1)


def tries(identity: Identity, passwords: list[str], **overrides: Any) -> list[str]:
    told = []
    for password in passwords:
        try:
            identity.sign_in(password=password, **overrides)
            told.append("in")
        except Problem as refusal:
            told.append(refusal.code())
    return told


@pytest.mark.requirement("ID-22")
@pytest.mark.parametrize("email", ["parent@exemple.ca", "PARENT@exemple.ca", " parent@Exemple.ca "])
def test_sign_in_takes_the_email_in_any_capitals(identity: Identity, email: str) -> None:
    identity.make_account()
    assert identity.sign_in(email)


@pytest.mark.requirement("ID-23", "ACC-3")
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("parent@exemple.ca", OTHER),
        ("parent@exemple.ca", ""),
        ("parent@exemple.ca", "kw" * 64),
        ("parent@exemple.ca", "kw" * 64 + "k"),
        ("parent@exemple.ca", GOOD + " "),
        ("nobody@exemple.ca", GOOD),
        ("jean_p@x.ca", GOOD),
        ("no address", GOOD),
        ("", ""),
    ],
)
def test_sign_in_refuses_everything_else_alike(identity: Identity, email: str, password: str) -> None:
    identity.make_account()
    with pytest.raises(CredentialsRejected) as refusal:
        identity.sign_in(email, password)
    assert (refusal.value.facts, refusal.value.errors, refusal.value.retry_after) == ({}, (), None)


@pytest.mark.requirement("ACC-3")
def test_sign_in_refuses_an_account_without_a_password(identity: Identity) -> None:
    identity.make_account()
    with identity.ctx.db.transaction() as session:
        session.execute(accounts.update().values(password_hash=None, password_pepper=None))
    assert tries(identity, [GOOD, ""]) == ["credentials_rejected"] * 2


@pytest.mark.requirement("ACC-4")
def test_sign_in_makes_an_account_wait_after_five_wrong_passwords(identity: Identity, clock: FakeClock) -> None:
    identity.make_account()
    assert tries(identity, [OTHER] * 5) == ["credentials_rejected"] * 5
    # The right one, during the wait, is refused alike.
    assert tries(identity, [GOOD]) == ["credentials_rejected"]
    clock.advance(timedelta(seconds=29))
    assert tries(identity, [GOOD]) == ["credentials_rejected"]
    clock.advance(SECOND)
    assert tries(identity, [GOOD]) == ["in"]


@pytest.mark.requirement("ACC-4")
def test_the_wait_doubles_to_a_quarter_of_an_hour_and_never_stays(identity: Identity, clock: FakeClock) -> None:
    identity.make_account()
    tries(identity, [OTHER] * 5)
    for seconds in (30, 60, 120, 240, 480, 900, 900):
        clock.advance(timedelta(seconds=seconds) - SECOND)
        assert tries(identity, [GOOD]) == ["credentials_rejected"]
        clock.advance(SECOND)
        assert tries(identity, [OTHER]) == ["credentials_rejected"]
    clock.advance(timedelta(seconds=900))
    assert tries(identity, [GOOD]) == ["in"]


@pytest.mark.requirement("ACC-4")
def test_a_right_password_begins_the_count_anew(identity: Identity) -> None:
    identity.make_account()
    for _ in range(4):
        assert tries(identity, [*[OTHER] * 4, GOOD]) == ["credentials_rejected"] * 4 + ["in"]


@pytest.mark.requirement("ACC-4")
def test_at_most_fifty_wrong_passwords_a_day_are_judged_for_one_account(
    make_identity: MAKE, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = make_identity(first_wait=SECOND, longest_wait=SECOND, address_sign_in_limit=1000)
    identity.make_account()
    judged = []
    agrees = identity.ctx.passwords.agrees

    def counted(kept: Kept | None, password: str) -> bool:
        judged.append(kept is not None)
        return agrees(kept, password)

    monkeypatch.setattr(identity.ctx.passwords, "agrees", counted)
    for _ in range(60):
        tries(identity, [OTHER])
        clock.advance(2 * SECOND)
    assert (judged.count(True), judged.count(False)) == (50, 10)
    assert tries(identity, [GOOD]) == ["credentials_rejected"]
    clock.advance(timedelta(hours=25))
    assert tries(identity, [GOOD]) == ["in"]


@pytest.mark.requirement("ACC-4", "ACC-3")
def test_an_address_without_account_waits_like_one_with_an_account(identity: Identity, clock: FakeClock) -> None:
    identity.make_account("known@exemple.ca")
    for email in ("known@exemple.ca", "other@exemple.ca"):
        tries(identity, [OTHER] * 7, email=email)
    one, other = identity.rows(sign_in_guards)
    assert (one.failures, one.blocked_until, one.judging) == (other.failures, other.blocked_until, other.judging)


@pytest.mark.requirement("ACC-5", "ACC-10")
def test_a_new_password_ends_the_wait(identity: Identity, clock: FakeClock) -> None:
    identity.make_account()
    tries(identity, [OTHER] * 5)
    clock.advance(SECOND)
    identity.reset(identity.ticket(purpose=codes.PASSWORD_RESET))
    assert tries(identity, [OTHER]) == ["in"]


@pytest.mark.requirement("ACC-5")
def test_a_known_device_has_a_counter_of_its_own(identity: Identity) -> None:
    device_token = identity.make_account().device_token
    tries(identity, [OTHER] * 6, address=other_address(1))
    assert tries(identity, [GOOD]) == ["credentials_rejected"]
    assert tries(identity, [GOOD], device_token=device_token) == ["in"]
    # It is a counter, not a free pass.
    assert tries(identity, [OTHER] * 5, device_token=device_token) == ["credentials_rejected"] * 5
    assert tries(identity, [GOOD], device_token=device_token) == ["credentials_rejected"]


@pytest.mark.requirement("ACC-5")
def test_the_device_of_another_account_is_nobodys(identity: Identity) -> None:
    strangers = identity.make_account("stranger@exemple.ca").device_token
    identity.make_account()
    tries(identity, [OTHER] * 5, device_token=strangers)
    assert tries(identity, [GOOD], device_token=strangers) == ["credentials_rejected"]
    assert tries(identity, [GOOD], device_token="nonsense") == ["credentials_rejected"]


@pytest.mark.requirement("ACC-5")
def test_sign_in_keeps_a_known_device_the_same(identity: Identity) -> None:
    device_token = identity.make_account().device_token
    again = identity.sign_in(device_token=device_token).device_token
    other = identity.sign_in().device_token
    opened = [identity.ctx.devices.open(token, at=identity.ctx.clock.now()) for token in (device_token, again, other)]
    assert opened[0] == opened[1]
    assert opened[2] != opened[0]


@pytest.mark.requirement("ACC-6")
def test_a_hundred_failed_sign_ins_from_one_neighborhood_are_enough(make_identity: MAKE) -> None:
    identity = make_identity(address_sign_in_limit=7)
    identity.make_account()
    told = [
        tries(identity, [OTHER], email=f"parent{number}@exemple.ca", address=f"192.0.2.{number}")[0]
        for number in range(9)
    ]
    assert told == ["credentials_rejected"] * 7 + ["too_many_requests"] * 2
    with pytest.raises(TooManyRequests) as refusal:
        identity.sign_in(address="192.0.2.200")
    assert refusal.value.retry_after is not None
    assert tries(identity, [GOOD], address=other_address(1)) == ["in"]


@pytest.mark.requirement("ACC-6")
def test_sign_ins_to_an_account_that_waits_are_charged_too(make_identity: MAKE) -> None:
    identity = make_identity(address_sign_in_limit=9)
    identity.make_account()
    assert tries(identity, [OTHER] * 11) == ["credentials_rejected"] * 9 + ["too_many_requests"] * 2


@pytest.mark.requirement("ACC-6")
def test_a_network_that_many_share_has_a_wider_limit(make_identity: MAKE) -> None:
    identity = make_identity(address_sign_in_limit=1, wide_networks=(ip_network("192.0.2.0/24"),))
    assert tries(identity, [OTHER] * 3) == ["credentials_rejected"] * 3


@pytest.mark.requirement("ACC-6")
def test_right_passwords_cost_a_neighborhood_nothing(make_identity: MAKE) -> None:
    identity = make_identity(address_sign_in_limit=2, account_sign_in_limit=2)
    identity.make_account()
    assert tries(identity, [GOOD] * 5) == ["in"] * 5
    with identity.ctx.db.read() as session:
        states = [row.state for row in session.execute(budgets.budgets.select()) if row.name.startswith("sign-in")]
    assert states == ["{}", "{}"]


@pytest.mark.requirement("SES-3")
def test_sign_in_ends_the_session_that_the_caller_had(identity: Identity) -> None:
    before = identity.make_account().session
    after = identity.sign_in(replaced_session_id=before.session_id).session
    assert after.token != before.token
    assert after.ended_session_ids == (before.session_id,)
    with pytest.raises(NotSignedIn):
        identity.introspect(before.token)


@pytest.mark.requirement("SES-3")
def test_a_wrong_password_ends_no_session(identity: Identity) -> None:
    before = identity.make_account().session
    tries(identity, [OTHER], replaced_session_id=before.session_id)
    assert identity.introspect(before.token)


@pytest.mark.requirement("SES-10")
def test_the_twenty_first_session_ends_the_oldest(identity: Identity, clock: FakeClock) -> None:
    started = [identity.make_account().session]
    for _ in range(20):
        clock.advance(SECOND)
        started.append(identity.sign_in().session)
    assert started[-1].ended_session_ids == (started[0].session_id,)
    assert {row.id for row in identity.rows(sessions)} == {each.session_id for each in started[1:]}


@pytest.mark.requirement("PWD-8")
def test_sign_in_hashes_anew_what_was_kept_with_an_older_cost_or_pepper(identity: Identity, clock: FakeClock) -> None:
    identity.make_account()
    [before] = identity.rows(accounts)
    url = identity.ctx.db.url.render_as_string(hide_password=False)
    chosen = world.settings(url, pepper_keys=(*world.key("pepper"), *world.key("newer")))
    renewing = world.open_identity(
        url,
        clock=clock,
        pepper_keys=chosen.pepper_keys,
        passwords=world.cheap_passwords(chosen, memory_kib=32),
    )
    assert tries(renewing, [OTHER]) == ["credentials_rejected"]
    assert renewing.rows(accounts)[0].password_hash == before.password_hash
    assert tries(renewing, [GOOD]) == ["in"]
    [after] = renewing.rows(accounts)
    assert "m=32" in after.password_hash
    assert after.password_pepper != before.password_pepper
    assert tries(renewing, [GOOD]) == ["in"]
    assert renewing.rows(accounts)[0].password_hash == after.password_hash
    renewing.ctx.db.close()


@pytest.mark.requirement("ACC-10")
def test_sign_in_refuses_a_password_that_was_replaced_while_it_was_judged(
    identity: Identity, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.make_account()
    clock.advance(RESEND)
    ticket = identity.ticket(purpose=codes.PASSWORD_RESET)
    agrees = identity.ctx.passwords.agrees

    def reset_meanwhile(kept: Kept | None, password: str) -> bool:
        identity.reset(ticket)
        return agrees(kept, password)

    monkeypatch.setattr(identity.ctx.passwords, "agrees", reset_meanwhile)
    with pytest.raises(CredentialsRejected):
        identity.sign_in()
    assert identity.rows(sessions) == []


@pytest.mark.requirement("PWD-10")
def test_sign_in_asks_to_come_back_when_every_place_is_taken(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.make_account()

    def busy(kept: Kept | None, password: str) -> bool:
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(identity.ctx.passwords, "agrees", busy)
        for _ in range(6):
            with pytest.raises(Unavailable) as refusal:
                identity.sign_in()
            assert refusal.value.retry_after == SECOND
    # What was not judged was not counted.
    [guard] = identity.rows(sign_in_guards)
    assert (guard.failures, guard.judging) == (0, 0)
    assert identity.sign_in()


@pytest.mark.requirement("ACC-4")
def test_a_judgement_whose_process_died_gives_its_place_back(make_identity: MAKE, clock: FakeClock) -> None:
    identity = make_identity(password_wait=timedelta(0))
    identity.make_account()
    tries(identity, [OTHER])
    with identity.ctx.db.transaction() as session:
        session.execute(sign_in_guards.update().values(judging=4, judging_until=clock.now() + timedelta(seconds=30)))
    with pytest.raises(Unavailable):
        identity.sign_in()
    clock.advance(timedelta(seconds=30))
    assert tries(identity, [GOOD]) == ["in"]


def test_sign_in_keeps_only_what_can_be_shown_of_a_device(identity: Identity) -> None:
    identity.make_account()
    identity.sign_in(device="A\x1b[31m phone\r\n" + "x" * 500)
    device = next(row.device for row in identity.rows(sessions) if row.device != world.PHONE)
    assert device.startswith("A[31m phonexx")
    assert len(device) == 200


@pytest.mark.requirement("AUD-5")
def test_sign_in_is_logged_with_the_account_and_never_with_what_was_typed(identity: Identity) -> None:
    account_id = identity.make_account().account.id
    with capture_logs() as lines:
        identity.sign_in()
        assert tries(identity, [OTHER]) == ["credentials_rejected"]
        assert tries(identity, [GOOD], email="nobody@exemple.ca") == ["credentials_rejected"]

    told = [line for line in lines if line["event"] in ("signed_in", "sign_in_refused")]
    assert told[0] == {"event": "signed_in", "log_level": "info", "account_id": account_id}
    refused = {"event": "sign_in_refused", "log_level": "info", "reason": "credentials"}
    assert told[1:] == [refused, refused]
    assert not [word for word in (GOOD, OTHER, "exemple.ca") if word in repr(lines)]
