import base64
import itertools
from collections.abc import Iterator

import pytest
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from gateway.passports import Passports
from shared import passports
from shared.passports import Passport, PassportOffice, PassportRefused
from tests.gateway.conftest import ENROLLMENT_KEYS, IDENTITY_KEYS, FakeSeconds

PARENT = Passport(account_id="account-1", email="p@example.ca", session_id="s1", roles=("parent",), address="192.0.2.7")


@pytest.fixture
def signer(seconds: FakeSeconds) -> Passports:
    return Passports({"identity": IDENTITY_KEYS, "enrollment": ENROLLMENT_KEYS}, now=seconds)


@pytest.mark.requirement("S2S-1")
@pytest.mark.parametrize(("audience", "keys"), [("identity", IDENTITY_KEYS), ("enrollment", ENROLLMENT_KEYS)])
def test_sign_makes_what_its_audience_opens(signer: Passports, audience: str, keys: tuple[str, ...]) -> None:
    assert PassportOffice(audience, keys).open(signer.sign(audience, PARENT)) == PARENT


def test_sign_uses_a_signature_again_for_some_seconds(signer: Passports, seconds: FakeSeconds) -> None:
    first = signer.sign("identity", PARENT)

    assert signer.sign("identity", PARENT) is first
    seconds.advance(passports.REUSE_S)
    assert signer.sign("identity", PARENT) is not first


@pytest.mark.requirement("S2S-1")
def test_sign_never_gives_one_callers_passport_to_another(signer: Passports) -> None:
    others = [
        PARENT,
        Passport(account_id="account-2", email="p@example.ca", session_id="s1", roles=("parent",), address="192.0.2.7"),
        Passport(account_id="account-1", email="q@example.ca", session_id="s1", roles=("parent",), address="192.0.2.7"),
        Passport(account_id="account-1", email="p@example.ca", session_id="s2", roles=("parent",), address="192.0.2.7"),
        Passport(
            account_id="account-1", email="p@example.ca", session_id="s1", roles=("gateway",), address="192.0.2.7"
        ),
        Passport(account_id="account-1", email="p@example.ca", session_id="s1", roles=("parent",), address="192.0.2.8"),
        Passport(address="192.0.2.7"),
    ]
    office = PassportOffice("identity", IDENTITY_KEYS)

    assert [office.open(signer.sign("identity", each)) for each in others] == others


def mutations(genuine: str) -> Iterator[tuple[str, str | None]]:
    payload, stamp, signature = genuine.rsplit(".", 2)
    plain = {"account_id": "account-1", "roles": ["parent"], "address": "192.0.2.7"}
    salt = "passport:enrollment"
    yield "none", None
    yield "empty", ""
    yield "no signature", f"{payload}.{stamp}"
    yield "empty signature", f"{payload}.{stamp}."
    yield "no stamp", f"{payload}.{signature}"
    yield "swapped", f"{payload}.{signature}.{stamp}"
    yield (
        "other payload",
        URLSafeTimedSerializer("k" * 32, salt=salt).dumps(plain).rsplit(".", 2)[0] + f".{stamp}.{signature}",
    )
    yield "later stamp", f"{payload}.{base64.urlsafe_b64encode(b'zzzz').decode().rstrip('=')}.{signature}"
    yield "another key", URLSafeTimedSerializer("another-key-of-thirty-two-characters", salt=salt).dumps(plain)
    yield "empty key", URLSafeTimedSerializer("", salt=salt).dumps(plain)
    yield "no salt", URLSafeTimedSerializer(ENROLLMENT_KEYS[0]).dumps(plain)
    yield "another salt", URLSafeTimedSerializer(ENROLLMENT_KEYS[0], salt="session").dumps(plain)
    yield "another audience's salt", URLSafeTimedSerializer(ENROLLMENT_KEYS[0], salt="passport:identity").dumps(plain)
    yield "another audience's key", PassportOffice("enrollment", IDENTITY_KEYS).sign(PARENT)
    yield "for another audience", PassportOffice("identity", IDENTITY_KEYS).sign(PARENT)
    yield "not timed", URLSafeSerializer(ENROLLMENT_KEYS[0], salt=salt).dumps(plain)
    yield (
        "another digest",
        URLSafeTimedSerializer(ENROLLMENT_KEYS[0], salt=salt, signer_kwargs={"key_derivation": "none"}).dumps(plain),
    )
    yield "a JWT without algorithm", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhY2NvdW50LTEifQ."
    yield "twice", f"{genuine}.{genuine}"
    yield "trailing bytes", f"{genuine}A"
    yield "leading bytes", f"A{genuine}"
    yield "upper case", genuine.upper()
    yield "a space", f" {genuine}"
    yield "another alphabet", genuine.replace(signature, f"é{signature[1:]}")
    for position in range(0, len(genuine), 7):
        changed = "A" if genuine[position] != "A" else "B"
        yield f"character {position}", genuine[:position] + changed + genuine[position + 1 :]


@pytest.mark.requirement("S2S-1")
def test_open_refuses_every_mutation_of_a_passport() -> None:
    office = PassportOffice("enrollment", ENROLLMENT_KEYS)
    genuine = office.sign(PARENT)
    assert office.open(genuine) == PARENT
    accepted = []

    for name, mutated in (tried := list(mutations(genuine))):
        try:
            office.open(mutated)
        except PassportRefused:
            continue
        accepted.append(name)

    assert len(tried) >= 40
    assert accepted == []


@pytest.mark.requirement("S2S-1")
def test_open_takes_older_keys_and_sign_the_newest() -> None:
    old, new = "an-old-passport-key-of-thirty-two-ch", "a-new-passport-key-of-thirty-two-cha"
    before = PassportOffice("identity", (old,)).sign(PARENT)
    rotating = PassportOffice("identity", (old, new))

    assert rotating.open(before) == PARENT
    assert PassportOffice("identity", (new,)).open(rotating.sign(PARENT)) == PARENT
    with pytest.raises(PassportRefused):
        PassportOffice("identity", (new,)).open(before)


SKEWS = list(itertools.product([-30, -15, 0, 15, 30], [0, passports.REUSE_S]))


@pytest.mark.requirement("S2S-7")
@pytest.mark.parametrize(("skew", "age"), SKEWS)
def test_open_tolerates_clocks_that_differ_by_half_a_minute(
    monkeypatch: pytest.MonkeyPatch, skew: int, age: int
) -> None:
    now = 1_768_487_400
    monkeypatch.setattr("time.time", lambda: now)
    signed = PassportOffice("identity", IDENTITY_KEYS).sign(PARENT)

    monkeypatch.setattr("time.time", lambda: now + age + skew)

    assert PassportOffice("identity", IDENTITY_KEYS).open(signed) == PARENT


@pytest.mark.requirement("S2S-7", "S2S-1")
@pytest.mark.parametrize("skew", [-120, 120, 3600])
def test_open_refuses_clocks_that_differ_by_two_minutes(monkeypatch: pytest.MonkeyPatch, skew: int) -> None:
    now = 1_768_487_400
    monkeypatch.setattr("time.time", lambda: now)
    signed = PassportOffice("identity", IDENTITY_KEYS).sign(PARENT)

    monkeypatch.setattr("time.time", lambda: now + skew)

    with pytest.raises(PassportRefused):
        PassportOffice("identity", IDENTITY_KEYS).open(signed)
