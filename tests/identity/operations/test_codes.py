from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import text

from services.identity import operations
from services.identity.errors import (
    CodeCancelled,
    CodeExpired,
    CodeRejected,
    CodeSuperseded,
    EmailInvalid,
    EmailNotAccepted,
    TooManyAttempts,
    TooManyRequests,
)
from services.identity.models import challenges
from services.identity.rules import codes
from shared import ids
from shared.problems import NotFound, Problem
from tests.identity import world
from tests.identity.world import HOME, RESEND, Identity, other_address, wrong
from tests.support.clock import FakeClock

SECOND = timedelta(seconds=1)
MAKE = Callable[..., Identity]


def outcome(call: Callable[..., Any], *args: Any, **options: Any) -> str:
    try:
        call(*args, **options)
    except Problem as refusal:
        return refusal.code()
    return "taken"


def guess(identity: Identity, challenge_id: str, times: int, *, address: str = HOME) -> list[str]:
    code = wrong(identity.code())
    return [outcome(identity.verify, challenge_id, code, address=address) for _ in range(times)]


@pytest.mark.requirement("ID-07", "ID-08")
def test_request_code_mails_six_digits_to_the_typed_address(identity: Identity) -> None:
    identity.ask("Parent@Exemple.CA")
    [letter] = identity.letters()
    assert letter["to"] == "Parent@exemple.ca"
    assert len(identity.code()) == 6


@pytest.mark.requirement("ID-26")
@pytest.mark.parametrize("email", ["jean_p@x.ca", "jean+p@x.ca", "a_b+c@x.ca"])
def test_request_code_refuses_a_local_part_with_its_own_code(identity: Identity, email: str) -> None:
    with pytest.raises(EmailNotAccepted):
        identity.ask(email)
    assert identity.letters() == []


@pytest.mark.requirement("ID-26")
def test_request_code_takes_every_local_part_when_told_so(make_identity: MAKE) -> None:
    assert make_identity(refused_local_part="").ask("jean_p+ecole@x.ca")


@pytest.mark.requirement("ID-27")
def test_request_code_refuses_what_is_no_address_and_not_for_another_reason(identity: Identity) -> None:
    for email in ("jp@x_y.ca", "_@x", "parent@exemple.ca\r\nBcc: a@b.ca"):
        with pytest.raises(EmailInvalid):
            identity.ask(email)


@pytest.mark.requirement("ID-12", "ID-16", "COD-12")
def test_verify_code_takes_the_code_with_blanks_around_and_inside(identity: Identity) -> None:
    challenge_id = identity.ask()
    code = identity.code()
    assert identity.verify(challenge_id, f" {code[:3]} {code[3:]}\u00a0\n").ticket


@pytest.mark.requirement("ID-15")
def test_verify_code_says_so_when_the_code_is_wrong(identity: Identity) -> None:
    challenge_id = identity.ask()
    with pytest.raises(CodeRejected):
        identity.verify(challenge_id, wrong(identity.code()))


@pytest.mark.requirement("COD-12")
@pytest.mark.parametrize("typed", ["39213", "3921311", "39213a", "", "0" * 200])
def test_verify_code_spends_no_guess_on_what_is_not_six_digits(identity: Identity, typed: str) -> None:
    challenge_id = identity.ask()
    for _ in range(10):
        with pytest.raises(CodeRejected):
            identity.verify(challenge_id, typed)
    assert [row.attempts for row in identity.rows(challenges)] == [0]
    assert identity.verify(challenge_id, identity.code()).ticket


@pytest.mark.requirement("ID-09", "COD-4")
@pytest.mark.parametrize(
    ("purpose", "lifetime"),
    [(codes.ACCOUNT_CREATION, timedelta(hours=2)), (codes.PASSWORD_RESET, timedelta(hours=1))],
)
def test_verify_code_takes_a_code_until_its_lifetime_and_not_a_second_longer(
    identity: Identity, clock: FakeClock, purpose: str, lifetime: timedelta
) -> None:
    identity.make_account()
    clock.advance(RESEND)
    first = identity.ask(purpose=purpose)
    code = identity.code()
    clock.advance(lifetime - SECOND)
    assert identity.verify(first, code).ticket
    second = identity.ask(purpose=purpose)
    code = identity.code()
    clock.advance(lifetime + SECOND)
    with pytest.raises(CodeExpired):
        identity.verify(second, code)


@pytest.mark.requirement("COD-5")
def test_verify_code_refuses_a_code_the_second_time(identity: Identity) -> None:
    challenge_id = identity.ask()
    code = identity.code()
    identity.verify(challenge_id, code)
    with pytest.raises(CodeRejected):
        identity.verify(challenge_id, code)
    assert operations.read_challenge(identity.ctx, challenge_id=challenge_id).state == codes.VERIFIED


@pytest.mark.requirement("ID-10", "COD-9")
def test_request_code_voids_the_older_code_of_the_same_mailbox_and_purpose(
    identity: Identity, clock: FakeClock
) -> None:
    first = identity.ask("parent@exemple.ca")
    old_code = identity.code()
    clock.advance(RESEND)
    second = identity.ask("PARENT@EXEMPLE.CA", address=other_address(1))
    assert second != first
    with pytest.raises(CodeSuperseded):
        identity.verify(first, old_code)
    assert identity.verify(second, identity.code()).ticket
    assert len(identity.letters()) == 2


@pytest.mark.requirement("ID-10")
def test_request_code_leaves_the_code_for_another_purpose_alone(identity: Identity) -> None:
    first = identity.ask(purpose=codes.ACCOUNT_CREATION)
    code = identity.code()
    identity.ask(purpose=codes.EMAIL_CONFIRMATION)
    assert identity.verify(first, code).ticket


@pytest.mark.requirement("COD-9")
def test_request_code_sends_and_changes_nothing_when_asked_again_too_soon(identity: Identity, clock: FakeClock) -> None:
    first = identity.challenge()
    code = identity.code()
    rows = identity.rows(challenges)
    clock.advance(timedelta(seconds=59))
    again = identity.challenge()
    assert again == replace(first, retry_after=timedelta(seconds=1))
    assert first.retry_after == timedelta(seconds=60)
    assert identity.rows(challenges) == rows
    assert len(identity.letters()) == 1
    assert identity.verify(first.challenge_id, code).ticket


@pytest.mark.requirement("COD-9")
def test_request_code_sends_each_time_when_the_interval_is_nothing(make_identity: MAKE) -> None:
    identity = make_identity(resend_interval=timedelta(0))
    first, second = identity.challenge(), identity.challenge()
    assert first.challenge_id != second.challenge_id
    assert (first.retry_after, len(identity.letters())) == (timedelta(0), 2)


def test_request_code_does_not_repeat_a_code_that_is_dead_of_age(make_identity: MAKE, clock: FakeClock) -> None:
    identity = make_identity(code_lifetime=timedelta(seconds=2))
    first = identity.ask()
    clock.advance(timedelta(seconds=3))
    assert identity.ask() != first
    assert len(identity.letters()) == 2


@pytest.mark.requirement("ID-11", "ID-13")
def test_read_challenge_tells_where_a_closed_window_stood(identity: Identity, clock: FakeClock) -> None:
    challenge = identity.challenge()
    clock.advance(timedelta(seconds=20))
    read = operations.read_challenge(identity.ctx, challenge_id=challenge.challenge_id)
    assert read == replace(challenge, state=codes.PENDING, retry_after=timedelta(seconds=40))
    clock.advance(RESEND)
    identity.ask()
    read = operations.read_challenge(identity.ctx, challenge_id=challenge.challenge_id)
    assert (read.state, read.retry_after) == (codes.SUPERSEDED, timedelta(0))


@pytest.mark.requirement("ID-13")
@pytest.mark.parametrize("challenge_id", [ids.new(), "nonsense", "", "'; --"])
def test_a_challenge_that_nobody_opened_is_not_found(identity: Identity, challenge_id: str) -> None:
    with pytest.raises(NotFound):
        operations.read_challenge(identity.ctx, challenge_id=challenge_id)
    with pytest.raises(NotFound):
        operations.cancel_challenge(identity.ctx, challenge_id=challenge_id)
    with pytest.raises(NotFound):
        identity.verify(challenge_id, "392131")


@pytest.mark.requirement("ID-20")
def test_cancel_challenge_makes_the_code_worth_nothing(identity: Identity) -> None:
    challenge_id = identity.ask()
    code = identity.code()
    operations.cancel_challenge(identity.ctx, challenge_id=challenge_id)
    assert operations.read_challenge(identity.ctx, challenge_id=challenge_id).state == codes.CANCELLED
    with pytest.raises(CodeCancelled):
        identity.verify(challenge_id, code)
    assert identity.ask() != challenge_id


@pytest.mark.requirement("ID-20")
def test_cancel_challenge_makes_the_ticket_worth_nothing(identity: Identity) -> None:
    challenge_id = identity.ask()
    ticket = identity.verify(challenge_id, identity.code()).ticket
    operations.cancel_challenge(identity.ctx, challenge_id=challenge_id)
    assert outcome(identity.create, ticket) == "not_verified"


@pytest.mark.requirement("COD-6")
def test_verify_code_refuses_even_the_right_code_after_five_wrong_ones(identity: Identity, clock: FakeClock) -> None:
    challenge_id = identity.ask()
    assert guess(identity, challenge_id, 6) == ["code_rejected"] * 5 + ["too_many_attempts"]
    with pytest.raises(TooManyAttempts) as refusal:
        identity.verify(challenge_id, identity.code())
    assert refusal.value.retry_after == RESEND
    assert operations.read_challenge(identity.ctx, challenge_id=challenge_id).state == codes.EXPIRED
    clock.advance(RESEND)
    assert identity.verify(identity.ask(), identity.code()).ticket


@pytest.mark.requirement("COD-7")
def test_verify_code_compares_at_most_twenty_wrong_codes_for_one_mailbox_in_a_day(
    make_identity: MAKE, clock: FakeClock
) -> None:
    identity = make_identity(mailbox_quarter_limit=100, mailbox_day_limit=100)
    for number in range(4):
        challenge_id = identity.ask(address=other_address(number))
        assert guess(identity, challenge_id, 5, address=other_address(number)) == ["code_rejected"] * 5
        clock.advance(RESEND)
    # The twenty-first is told like a wrong code, and is right.
    challenge_id = identity.ask(purpose=codes.EMAIL_CONFIRMATION, address=other_address(9))
    assert outcome(identity.verify, challenge_id, identity.code(), address=other_address(9)) == "code_rejected"
    clock.advance(timedelta(hours=25))
    assert identity.verify(identity.ask(), identity.code()).ticket


@pytest.mark.requirement("COD-8")
def test_verify_code_does_not_forgive_the_wrong_codes_of_others(make_identity: MAKE, clock: FakeClock) -> None:
    identity = make_identity(mailbox_quarter_limit=100, mailbox_day_limit=100)
    for number in range(3):
        guess(identity, identity.ask(address=other_address(number)), 5, address=other_address(number))
        clock.advance(RESEND)
    assert identity.verify(identity.ask(), identity.code()).ticket
    clock.advance(RESEND)
    assert guess(identity, identity.ask(), 5) == ["code_rejected"] * 5
    clock.advance(RESEND)
    assert outcome(identity.verify, identity.ask(), identity.code()) == "code_rejected"


@pytest.mark.requirement("COD-10")
def test_request_code_mails_one_box_at_most_five_times_in_a_quarter_hour_and_ten_in_a_day(
    make_identity: MAKE, clock: FakeClock
) -> None:
    identity = make_identity(resend_interval=timedelta(0))
    told = []
    for number in range(100):
        purpose = codes.PURPOSES[number % 3]
        told.append(outcome(identity.ask, purpose=purpose, address=other_address(number)))
        clock.advance(timedelta(minutes=2))
    assert told[:8] == ["taken"] * 5 + ["too_many_requests"] * 3
    assert told.count("taken") == 10
    clock.advance(timedelta(hours=24))
    assert outcome(identity.ask) == "taken"


@pytest.mark.requirement("COD-13", "COD-10")
def test_request_code_refuses_known_and_unknown_mailboxes_alike(make_identity: MAKE) -> None:
    identity = make_identity(resend_interval=timedelta(0))
    identity.make_account("known@exemple.ca")
    limit = identity.ctx.settings.mailbox_quarter_limit
    told = {
        email: [outcome(identity.ask, email, address=other_address(number)) for number in range(limit + 1)]
        for email in ("known@exemple.ca", "other@exemple.ca")
    }
    # One letter to the first went out when its account was made.
    assert told["known@exemple.ca"] == ["taken"] * (limit - 1) + ["too_many_requests"] * 2
    assert told["other@exemple.ca"] == ["taken"] * limit + ["too_many_requests"]


@pytest.mark.requirement("COD-11")
def test_verify_code_counts_another_challenges_code_as_wrong(identity: Identity) -> None:
    first = identity.ask("one@exemple.ca")
    first_code = identity.code()
    second = identity.ask("one@exemple.ca", codes.EMAIL_CONFIRMATION)
    assert outcome(identity.verify, second, first_code) == "code_rejected"
    third = identity.ask("two@exemple.ca")
    assert outcome(identity.verify, third, first_code) == "code_rejected"
    attempts = {row.id: row.attempts for row in identity.rows(challenges)}
    assert attempts == {first: 0, second: 1, third: 1}


@pytest.mark.requirement("COD-15")
def test_request_code_takes_five_a_minute_and_a_hundred_a_day_from_one_address(
    identity: Identity, clock: FakeClock
) -> None:
    told = [outcome(identity.ask, f"parent{number}@exemple.ca") for number in range(6)]
    assert told == ["taken"] * 5 + ["too_many_requests"]
    assert outcome(identity.ask, "elsewhere@exemple.ca", address=other_address(1)) == "taken"
    taken = 5
    for number in range(6, 120):
        clock.advance(timedelta(seconds=62))
        taken += outcome(identity.ask, f"parent{number}@exemple.ca") == "taken"
    assert taken == 100


@pytest.mark.requirement("COD-15")
def test_a_network_that_many_share_has_wider_limits(make_identity: MAKE) -> None:
    identity = make_identity(wide_networks=(ip_network("192.0.2.0/24"),), wide_minute_limit=7)
    told = [outcome(identity.ask, f"parent{number}@exemple.ca") for number in range(8)]
    assert told == ["taken"] * 7 + ["too_many_requests"]


@pytest.mark.requirement("COD-15")
def test_verify_code_takes_a_hundred_wrong_codes_a_day_from_one_neighborhood(
    make_identity: MAKE, clock: FakeClock
) -> None:
    identity = make_identity(address_wrong_limit=7, address_minute_limit=100)
    asked = [identity.ask(f"parent{number}@exemple.ca", address=f"192.0.2.{number}") for number in range(3)]
    own = [
        outcome(identity.verify, asked[number % 3], wrong(identity.code()), address=f"192.0.2.{number}")
        for number in range(7)
    ]
    assert own == ["code_rejected"] * 7
    code = identity.code()
    with pytest.raises(TooManyRequests) as refusal:
        identity.verify(asked[2], code, address="192.0.2.250")
    assert refusal.value.retry_after is not None
    # Neither compared nor counted: from elsewhere the same challenge still answers.
    assert identity.verify(asked[2], code, address=other_address(1)).ticket


@pytest.mark.requirement("COD-13")
@pytest.mark.parametrize(
    ("purpose", "kinds"),
    [
        (codes.ACCOUNT_CREATION, ["existing_account", "account_creation"]),
        (codes.PASSWORD_RESET, ["password_reset", "no_account"]),
        (codes.EMAIL_CONFIRMATION, ["email_confirmation", "email_confirmation"]),
    ],
)
def test_request_code_answers_alike_and_writes_one_letter_with_and_without_an_account(
    identity: Identity, clock: FakeClock, purpose: str, kinds: list[str]
) -> None:
    identity.make_account("known@exemple.ca")
    before = len(identity.letters())
    answers = [identity.challenge(email, purpose) for email in ("known@exemple.ca", "other@exemple.ca")]
    assert replace(answers[0], challenge_id="") == replace(answers[1], challenge_id="")
    assert [letter["kind"] for letter in identity.letters()[before:]] == kinds


@pytest.mark.requirement("COD-13")
def test_request_code_tells_a_mailbox_without_account_once_a_day(identity: Identity, clock: FakeClock) -> None:
    for _ in range(3):
        identity.ask(purpose=codes.PASSWORD_RESET)
        clock.advance(timedelta(hours=2))
    assert [letter["kind"] for letter in identity.letters()] == ["no_account"]
    clock.advance(timedelta(hours=24))
    identity.ask(purpose=codes.PASSWORD_RESET)
    assert [letter["kind"] for letter in identity.letters()] == ["no_account"] * 2


@pytest.mark.requirement("COD-2")
def test_the_six_digits_stand_in_no_row(identity: Identity) -> None:
    challenge_id = identity.ask()
    code = identity.code()
    identity.make_account("other@exemple.ca")
    outcome(identity.verify, challenge_id, wrong(code))
    identity.verify(challenge_id, code)
    found = []
    with identity.ctx.db.read() as session:
        for table in challenges.metadata.sorted_tables:
            for row in session.execute(text(f'SELECT * FROM "{table.name}"')):
                # Identifiers and digests hold runs of digits by chance; the code would stand in its own bounds.
                found += [table.name for value in row if str(value) == code or f'"{code}"' in str(value)]
    assert found == []


@pytest.mark.requirement("COD-2")
def test_the_six_digits_stand_in_no_log(identity: Identity, capsys: pytest.CaptureFixture[str]) -> None:
    challenge_id = identity.ask()
    code = identity.code()
    outcome(identity.verify, challenge_id, wrong(code))
    identity.verify(challenge_id, code)
    said = capsys.readouterr()
    assert "code_verified" in said.out + said.err
    assert code not in said.out + said.err
    assert "exemple.ca" not in said.out + said.err


@pytest.mark.requirement("COD-3")
def test_verify_code_takes_a_code_made_under_the_older_key(make_identity: MAKE, clock: FakeClock) -> None:
    identity = make_identity(code_keys=world.key("old"))
    challenge_id = identity.ask()
    code = identity.code()
    url = identity.ctx.db.url.render_as_string(hide_password=False)
    dropped = world.open_identity(url, clock=clock, code_keys=world.key("new"))
    rotated = world.open_identity(url, clock=clock, code_keys=(*world.key("old"), *world.key("new")))
    assert outcome(dropped.verify, challenge_id, code) == "code_rejected"
    assert rotated.verify(challenge_id, code).ticket
    dropped.ctx.db.close()
    rotated.ctx.db.close()


@pytest.mark.requirement("COD-1")
def test_request_code_names_a_challenge_by_128_random_bits(identity: Identity) -> None:
    made = [identity.ask(f"parent{number}@exemple.ca", address=other_address(number)) for number in range(40)]
    # A UUID of any version has the same digit in this place, and it would be known to who guesses.
    assert len({each[14] for each in made}) > 1
    assert [each for each in made if not ids.is_id(each)] == []
