import base64
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.identity import operations
from services.identity.errors import (
    ClientNameMalformed,
    ClientRejected,
    ClientRevoked,
    ClientSecretUnknown,
    ClientUnknown,
    GrantTypeUnsupported,
    OrganisationCodeMalformed,
    ScopeRefused,
    ScopeUnknown,
    TooManySecrets,
    TooManyWrongSecrets,
)
from services.identity.models import METADATA, school_client_secrets, school_clients, school_tokens
from services.identity.operations.school_clients import LiveToken, Registered
from services.identity.rules.client_credentials import SECRET_PREFIX, TOKEN_PREFIX
from shared.problems import NotSignedIn
from tests.identity import world
from tests.identity.world import Identity, other_address
from tests.support.clock import FakeClock

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)
SECOND = timedelta(seconds=1)


@pytest.fixture
def client(identity: Identity) -> Registered:
    return identity.add_client()


def entropy_of(text: str, prefix: str) -> int:
    assert text.startswith(prefix)
    return len(base64.urlsafe_b64decode(text.removeprefix(prefix) + "=")) * 8


@pytest.mark.requirement("SES-1")
def test_a_client_gets_a_token_for_its_secret(identity: Identity, client: Registered, clock: FakeClock) -> None:
    given = identity.give_token(client)
    live = operations.introspect_token(identity.ctx, token=given.token)

    assert (given.scopes, given.lifetime) == (("claims.read", "registry.write"), HOUR)
    assert live == LiveToken(
        client_id=client.client_id,
        organisation_code="712000",
        scopes=("claims.read", "registry.write"),
        expires_at=clock.now() + HOUR,
    )
    assert entropy_of(given.token, TOKEN_PREFIX) == 256
    assert entropy_of(client.secret, SECRET_PREFIX) == 256


@pytest.mark.requirement("SES-1", "COD-2")
def test_neither_secret_nor_token_stands_in_the_database_or_the_logs(
    identity: Identity, client: Registered, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    given = identity.give_token(client)
    second = operations.add_secret(identity.ctx, client_id=client.client_id)
    operations.introspect_token(identity.ctx, token=given.token)
    with pytest.raises(ClientRejected):
        identity.give_token(client, client_secret="wrong-secret-of-somebody")
    stored = "\n".join(repr(tuple(row)) for table in METADATA.tables.values() for row in identity.rows(table))
    told = capsys.readouterr().out + caplog.text

    assert client.client_id in stored
    assert "school_token_given" in told
    for secret in (client.secret, second.secret, given.token, "wrong-secret-of-somebody"):
        assert secret not in stored + told + repr(client) + repr(second)
        assert secret[-20:] not in stored + told


def test_a_client_may_ask_for_less_than_it_has(identity: Identity, client: Registered) -> None:
    given = identity.give_token(client, scope="claims.read")

    assert given.scopes == ("claims.read",)
    assert operations.introspect_token(identity.ctx, token=given.token).scopes == ("claims.read",)


@pytest.mark.parametrize("scope", ["pins.write", "claims.read pins.write", "nonsense", "claims.read,registry.write"])
def test_a_client_may_not_ask_for_more_than_it_has(identity: Identity, client: Registered, scope: str) -> None:
    with pytest.raises(ScopeRefused):
        identity.give_token(client, scope=scope)
    assert identity.rows(school_tokens) == []


@pytest.mark.parametrize("grant_type", ["password", "authorization_code", "refresh_token", "CLIENT_CREDENTIALS"])
def test_nothing_but_client_credentials_gives_a_token(identity: Identity, client: Registered, grant_type: str) -> None:
    with pytest.raises(GrantTypeUnsupported):
        identity.give_token(client, grant_type=grant_type)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": ""},
        {"client_secret": "vitrail_secret_x"},
        {"client_secret": "é\x00"},
        {"client_id": ""},
        {"client_id": "x"},
        {"client_id": "\x00" * 36},
        {"client_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa"},
    ],
)
def test_wrong_credentials_are_refused_in_one_way(
    identity: Identity, client: Registered, wrong: dict[str, str]
) -> None:
    with pytest.raises(ClientRejected) as refused:
        identity.give_token(client, **wrong)

    assert refused.value.facts["error"] == "invalid_client"
    assert identity.rows(school_tokens) == []


def test_a_secret_opens_its_own_client_alone(identity: Identity, client: Registered) -> None:
    another = identity.add_client(organisation_code="822000")
    with pytest.raises(ClientRejected):
        identity.give_token(client, client_secret=another.secret)


@pytest.mark.requirement("SES-4")
def test_a_token_lives_for_an_hour(identity: Identity, client: Registered, clock: FakeClock) -> None:
    token = identity.give_token(client).token
    clock.advance(HOUR - SECOND)
    assert operations.introspect_token(identity.ctx, token=token)
    clock.advance(SECOND)
    with pytest.raises(NotSignedIn):
        operations.introspect_token(identity.ctx, token=token)


def test_a_secret_ends_after_a_year_and_its_last_token_with_it(
    identity: Identity, client: Registered, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    identity.give_token(client)
    assert "school_secret_ends_soon" not in capsys.readouterr().out
    clock.advance(YEAR - timedelta(minutes=10))
    given = identity.give_token(client)
    assert "school_secret_ends_soon" in capsys.readouterr().out
    assert given.lifetime == timedelta(minutes=10)
    clock.advance(timedelta(minutes=10))
    with pytest.raises(NotSignedIn):
        operations.introspect_token(identity.ctx, token=given.token)
    with pytest.raises(ClientRejected):
        identity.give_token(client)


@pytest.mark.requirement("SES-10")
def test_one_token_too_many_ends_the_oldest(make_identity: Callable[..., Identity], clock: FakeClock) -> None:
    identity = make_identity(school_token_limit=3)
    client, another = identity.add_client(), identity.add_client()
    kept = identity.give_token(another).token
    tokens = []
    for _ in range(4):
        clock.advance(SECOND)
        tokens.append(identity.give_token(client).token)

    with pytest.raises(NotSignedIn):
        operations.introspect_token(identity.ctx, token=tokens[0])
    assert [operations.introspect_token(identity.ctx, token=token).client_id for token in tokens[1:]] == [
        client.client_id
    ] * 3
    assert operations.introspect_token(identity.ctx, token=kept)


@pytest.mark.requirement("ACC-5")
def test_no_number_of_wrong_secrets_holds_up_the_right_one(
    make_identity: Callable[..., Identity], clock: FakeClock
) -> None:
    identity = make_identity(client_wrong_limit=3, address_client_limit=1000)
    client = identity.add_client()
    refusals = [type(identity.refused(client, client_secret=f"wrong-{number}")) for number in range(5)]

    assert refusals == [ClientRejected] * 3 + [TooManyWrongSecrets] * 2
    assert identity.give_token(client).token
    # From anywhere, and to the same address too.
    assert isinstance(identity.refused(client, client_secret="wrong", address=other_address(7)), TooManyWrongSecrets)
    assert identity.give_token(client, address=other_address(7)).token


def test_wrong_secrets_are_counted_by_client_and_by_neighborhood(
    make_identity: Callable[..., Identity], clock: FakeClock
) -> None:
    identity = make_identity(client_wrong_limit=2, address_client_limit=5)
    clients = [identity.add_client() for _ in range(4)]
    refusals = [type(identity.refused(client, client_secret="wrong")) for client in clients for _ in range(2)]

    assert refusals == [ClientRejected] * 5 + [TooManyWrongSecrets] * 3
    refused = identity.refused(clients[0], client_secret="wrong")
    assert timedelta(minutes=14) < refused.retry_after <= timedelta(minutes=16)
    assert isinstance(identity.refused(clients[3], client_secret="wrong", address=other_address(3)), ClientRejected)
    clock.advance(refused.retry_after)
    assert isinstance(identity.refused(clients[0], client_secret="wrong"), ClientRejected)


def test_a_right_secret_is_not_counted(make_identity: Callable[..., Identity]) -> None:
    identity = make_identity(client_wrong_limit=1, address_client_limit=1)
    client = identity.add_client()
    for _ in range(5):
        identity.give_token(client)
    assert isinstance(identity.refused(client, client_secret="wrong"), ClientRejected)


@pytest.mark.requirement("KEY-2")
def test_a_secret_holds_when_the_key_of_its_digest_is_replaced(
    make_identity: Callable[..., Identity], clock: FakeClock
) -> None:
    identity = make_identity()
    client = identity.add_client()
    rotated = world.open_identity(
        identity.ctx.settings.database_url,
        clock=clock,
        client_keys=(*identity.ctx.settings.client_keys, "client-keys-second-0123456789-abcdefghijklmnop"),
    )
    foreign = world.open_identity(
        identity.ctx.settings.database_url, clock=clock, client_keys=("client-keys-third-0123456789-abcdefghijklmnop",)
    )

    assert rotated.give_token(client).token
    assert isinstance(foreign.refused(client), ClientRejected)
    for each in (rotated, foreign):
        each.ctx.providers.close()
        each.ctx.db.close()


def test_two_secrets_live_side_by_side_and_a_third_is_refused(
    identity: Identity, client: Registered, clock: FakeClock
) -> None:
    second = operations.add_secret(identity.ctx, client_id=client.client_id)
    assert identity.give_token(client).token
    assert identity.give_token(second).token
    with pytest.raises(TooManySecrets):
        operations.add_secret(identity.ctx, client_id=client.client_id)
    operations.revoke_secret(identity.ctx, client_id=client.client_id, secret_id=client.secret_id)
    third = operations.add_secret(identity.ctx, client_id=client.client_id)
    assert identity.give_token(third).token
    assert isinstance(identity.refused(client), ClientRejected)


def test_a_secret_that_has_ended_leaves_room_for_another(
    identity: Identity, client: Registered, clock: FakeClock
) -> None:
    clock.advance(YEAR - SECOND)
    operations.add_secret(identity.ctx, client_id=client.client_id)
    with pytest.raises(TooManySecrets):
        operations.add_secret(identity.ctx, client_id=client.client_id)
    clock.advance(SECOND)
    operations.add_secret(identity.ctx, client_id=client.client_id)
    assert len(identity.rows(school_client_secrets)) == 2


@pytest.mark.requirement("SES-5")
def test_a_revoked_secret_takes_its_tokens_along_and_no_others(identity: Identity, client: Registered) -> None:
    second = operations.add_secret(identity.ctx, client_id=client.client_id)
    of_first, of_second = identity.give_token(client).token, identity.give_token(second).token
    operations.revoke_secret(identity.ctx, client_id=client.client_id, secret_id=client.secret_id)

    with pytest.raises(NotSignedIn):
        operations.introspect_token(identity.ctx, token=of_first)
    assert operations.introspect_token(identity.ctx, token=of_second)


@pytest.mark.requirement("SES-5")
def test_a_revoked_client_ends_at_once_and_for_good(identity: Identity, client: Registered) -> None:
    token = identity.give_token(client).token
    operations.revoke_client(identity.ctx, client_id=client.client_id)

    with pytest.raises(NotSignedIn):
        operations.introspect_token(identity.ctx, token=token)
    assert isinstance(identity.refused(client), ClientRejected)
    assert (identity.rows(school_tokens), identity.rows(school_client_secrets)) == ([], [])
    for change in (
        lambda: operations.add_secret(identity.ctx, client_id=client.client_id),
        lambda: operations.change_client(identity.ctx, client_id=client.client_id, words=["claims.read"]),
        lambda: operations.revoke_client(identity.ctx, client_id=client.client_id),
    ):
        with pytest.raises(ClientRevoked):
            change()
    [listed] = operations.list_clients(identity.ctx)
    assert listed.client.revoked_at is not None


def test_a_scope_that_is_taken_away_is_gone_from_the_tokens_too(identity: Identity, client: Registered) -> None:
    token = identity.give_token(client).token
    operations.change_client(identity.ctx, client_id=client.client_id, words=["pins.write", "claims.read"])

    # What was added comes with the next token, what was taken away is gone from this one.
    assert operations.introspect_token(identity.ctx, token=token).scopes == ("claims.read",)
    assert identity.give_token(client).scopes == ("claims.read", "pins.write")


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"organisation_code": "71200"}, OrganisationCodeMalformed),
        ({"organisation_code": "abcdef"}, OrganisationCodeMalformed),
        ({"name": ""}, ClientNameMalformed),
        ({"name": "a\x1b[31m"}, ClientNameMalformed),
        ({"words": ["claims.read", "claims.erase"]}, ScopeUnknown),
        ({"words": []}, ScopeUnknown),
    ],
)
def test_a_client_is_not_added_with_facts_that_are_none(
    identity: Identity, facts: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        identity.add_client(**facts)
    assert identity.rows(school_clients) == []


def test_what_is_not_there_can_be_neither_changed_nor_revoked(identity: Identity, client: Registered) -> None:
    another = identity.add_client()
    for change in (
        lambda: operations.change_client(identity.ctx, client_id="x", words=["claims.read"]),
        lambda: operations.add_secret(identity.ctx, client_id="x"),
        lambda: operations.revoke_secret(identity.ctx, client_id="x", secret_id=client.secret_id),
        lambda: operations.revoke_client(identity.ctx, client_id="x"),
    ):
        with pytest.raises(ClientUnknown):
            change()
    token = identity.give_token(another).token
    with pytest.raises(ClientSecretUnknown):
        operations.revoke_secret(identity.ctx, client_id=client.client_id, secret_id=another.secret_id)
    # Refused as a whole: another client's tokens were not ended on the way.
    assert operations.introspect_token(identity.ctx, token=token)


def test_list_clients_tells_what_an_operator_rotates_by(
    identity: Identity, client: Registered, clock: FakeClock
) -> None:
    first = clock.now()
    clock.advance(HOUR)
    second = operations.add_secret(identity.ctx, client_id=client.client_id)
    identity.give_token(second)
    [listed] = operations.list_clients(identity.ctx)

    assert (listed.client.organisation_code, listed.client.name) == ("712000", "GPI")
    assert listed.client.scopes == "claims.read registry.write"
    told = [(each.id, each.created_at, each.last_used_at, each.expires_at) for each in listed.secrets]
    assert told == [
        (client.secret_id, first, None, first + YEAR),
        (second.secret_id, first + HOUR, first + HOUR, first + HOUR + YEAR),
    ]


def test_sweep_deletes_the_tokens_that_have_ended(identity: Identity, client: Registered, clock: FakeClock) -> None:
    identity.give_token(client)
    clock.advance(HOUR - SECOND)
    kept = identity.give_token(client).token
    clock.advance(SECOND)

    assert operations.sweep(identity.ctx)["school_tokens"] == 1
    assert operations.introspect_token(identity.ctx, token=kept)


def test_every_act_on_a_client_is_told_in_the_logs(
    identity: Identity, client: Registered, capsys: pytest.CaptureFixture[str]
) -> None:
    second = operations.add_secret(identity.ctx, client_id=client.client_id)
    identity.give_token(second)
    identity.refused(client, client_secret="wrong")
    operations.change_client(identity.ctx, client_id=client.client_id, words=["claims.read"])
    operations.revoke_secret(identity.ctx, client_id=client.client_id, secret_id=second.secret_id)
    operations.revoke_client(identity.ctx, client_id=client.client_id)
    lines = [line for line in capsys.readouterr().out.splitlines() if client.client_id in line]

    acts = ("added", "changed", "revoked", "rejected", "secret_added", "secret_revoked", "token_given")
    assert [act for act in acts if sum(act in line for line in lines) == 0] == []
