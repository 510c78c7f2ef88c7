"""Answers, tokens and providers that lie, dawdle or fail: none of them signs anybody in, and signing in here goes on."""

import base64
import gzip
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from services.identity.models import accounts, identities
from services.identity.providers import ProviderAway
from services.identity.providers.fetching import LARGEST, PATIENCE_S, PLACES, Fetcher
from services.identity.providers.openid import KEYS_ASKED_EVERY, OpenId
from services.identity.rules import codes, providers
from tests.identity.browsing import PAGE, Browser, query_of
from tests.identity.conftest import Caller
from tests.identity.world import GOOD, Identity
from tests.support.clock import FakeClock
from tests.support.forging_provider import CLIENT_ID, CLIENT_SECRET, ForgingProvider

STRANGER = RSAKey.generate_key(2048, {"kid": "key-1"})
CURVE = ECKey.generate_key("P-256", {"kid": "key-1"})
WRITTEN = Callable[[ForgingProvider, dict[str, Any]], str]


@pytest.fixture
def provider(clock: FakeClock) -> Iterator[ForgingProvider]:
    with ForgingProvider(clock) as running:
        yield running


@pytest.fixture
def make_browser(make_sqlite_identity: Callable[..., Identity]) -> Callable[..., Browser]:
    def make(*configurations: str, **overrides: Any) -> Browser:
        given = {"address_social_limit": 1000, "social_providers": "".join(configurations)} | overrides
        return Browser(Caller(make_sqlite_identity(**given)))

    return make


@pytest.fixture
def browser(make_browser: Callable[..., Browser], provider: ForgingProvider) -> Browser:
    return make_browser(provider.configuration(trusts_email=True))


def come_back(browser: Browser, provider: ForgingProvider, id_: str = "autre", **claims: Any) -> Any:
    """Go to the provider and come back with a code for these claims; None leaves a claim out."""
    asked = query_of(browser.start(id_))
    given = provider.honest_claims(asked.get("nonce", "")) | claims
    provider.claims = {name: value for name, value in given.items() if value is not None}
    return browser.answer(id_, state=asked["state"], code="a-code")


def refused(answered: Any, code: str = "social_sign_in_failed", status: int = 400) -> bool:
    return (answered.status_code, answered.json["code"]) == (status, code)


def unsigned(claims: dict[str, Any], alg: str = "none") -> str:
    """Return a token of nobody's."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": alg}, claims)]
    return b".".join([*parts, b""]).decode()


def with_public_key(provider: ForgingProvider, claims: dict[str, Any]) -> str:
    """Return a token whose "secret" is the provider's public key, which everybody knows (algorithm confusion)."""
    # By hand: no library lets itself be talked into it.
    parts = [{"alg": "HS256", "kid": "key-1"}, claims]
    signed = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    signature = hmac.digest(provider.key.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def with_our_secret(_: ForgingProvider, claims: dict[str, Any]) -> str:
    secret = OctKey.import_key(CLIENT_SECRET)
    return jwt.encode({"alg": "HS256", "kid": "key-1"}, claims, secret, algorithms=["HS256"])


def changed_after_signing(provider: ForgingProvider, claims: dict[str, Any]) -> str:
    head, _, signature = provider.sign(claims).split(".")
    other = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "victim"}).encode()).rstrip(b"=").decode()
    return f"{head}.{other}.{signature}"


def with_own_key_along(provider: ForgingProvider, claims: dict[str, Any]) -> str:
    return provider.sign(claims, key=STRANGER, jwk=STRANGER.as_dict(private=False))


@pytest.mark.requirement("ID-04", "OID-2")
def test_an_honest_token_is_accepted(browser: Browser, provider: ForgingProvider) -> None:
    assert come_back(browser, provider).headers["Location"] == "/enfants"
    [row] = browser.call.identity.rows(identities)
    assert (row.issuer, row.subject) == (provider.issuer, "person-1")


@pytest.mark.requirement("ID-31")
def test_a_known_person_of_an_account_to_be_created_again_is_not_let_in(
    browser: Browser, provider: ForgingProvider, clock: FakeClock
) -> None:
    come_back(browser, provider)
    with browser.call.identity.ctx.db.transaction() as session:
        session.execute(accounts.update().values(created_at=clock.now().replace(year=2016)))
    assert refused(come_back(browser, provider), "account_must_be_recreated", 403)


@pytest.mark.requirement("OID-2")
@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": ""},
        {"iss": ["https://evil.example"]},
        {"aud": "app-2"},
        {"aud": None},
        {"aud": []},
        {"aud": ["app-2"]},
        {"aud": [CLIENT_ID, "app-2"]},
        {"aud": [CLIENT_ID, "app-2"], "azp": CLIENT_ID},
        {"azp": "app-2"},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"nonce": None},
        {"nonce": "of-another-visit"},
        {"nonce": ""},
        {"sub": None},
        {"sub": ""},
        {"sub": 17},
        {"sub": {"sub": "person-1"}},
        {"sub": "x" * 256},
        {"at_hash": "b" * 22},
    ],
    ids=str,
)
def test_a_token_with_other_claims_proves_nobody(
    browser: Browser, provider: ForgingProvider, claims: dict[str, Any]
) -> None:
    assert refused(come_back(browser, provider, **claims))
    assert browser.call.identity.rows(accounts) == []


@pytest.mark.requirement("OID-2")
@pytest.mark.parametrize(
    ("name", "seconds", "is_accepted"),
    [("exp", -59, True), ("exp", -61, False), ("iat", 59, True), ("iat", 61, False), ("nbf", 61, False)],
)
def test_a_token_lives_from_its_beginning_to_its_end_with_a_minute_of_skew(
    browser: Browser, provider: ForgingProvider, clock: FakeClock, name: str, seconds: int, is_accepted: bool
) -> None:
    answered = come_back(browser, provider, **{name: int(clock.now().timestamp()) + seconds})
    assert (answered.status_code == 303) is is_accepted


@pytest.mark.requirement("OID-2")
@pytest.mark.parametrize(
    "write",
    [
        lambda _, claims: unsigned(claims),
        lambda _, claims: unsigned(claims, alg="None"),
        lambda _, claims: unsigned(claims, alg="RS256"),
        with_public_key,
        with_our_secret,
        changed_after_signing,
        with_own_key_along,
        lambda provider, claims: provider.sign(claims, key=STRANGER),
        lambda provider, claims: provider.sign(claims, key=STRANGER, kid="key-9"),
        lambda provider, claims: provider.sign(claims, key=STRANGER, kid=None),
        lambda provider, claims: provider.sign(claims, key=STRANGER, jku="https://evil.example/jwks"),
        lambda provider, claims: provider.sign(claims, key=STRANGER, x5u="https://evil.example/cert"),
        lambda provider, claims: provider.sign(claims, key=CURVE, alg="ES256"),
        lambda provider, claims: provider.sign(claims, alg="RS384", key=provider.key),
        lambda provider, claims: provider.sign(claims)[:-8],
        lambda provider, claims: provider.sign(claims).rpartition(".")[0] + ".",
        lambda *_: "",
        lambda *_: "a.b.c",
        lambda *_: "é" * 400,
        lambda *_: "." * 5000,
    ],
)
def test_a_token_that_another_key_or_none_has_signed_proves_nobody(
    browser: Browser, provider: ForgingProvider, write: WRITTEN
) -> None:
    provider.make_id_token = lambda claims: write(provider, claims)
    assert refused(come_back(browser, provider))
    assert browser.call.identity.rows(accounts) == []
    # And none of the addresses that it brought along was asked.
    assert {path for path, _, _ in provider.seen} == {"/.well-known/openid-configuration", "/jwks", "/token"} - (
        set() if provider.count("/jwks") else {"/jwks"}
    )


@pytest.mark.requirement("OID-2")
def test_a_head_that_brings_a_key_along_changes_nothing_of_an_honest_token(
    browser: Browser, provider: ForgingProvider
) -> None:
    provider.make_id_token = lambda claims: provider.sign(
        claims, jwk=STRANGER.as_dict(private=False), jku="https://evil.example", x5u="https://evil.example"
    )
    assert come_back(browser, provider).status_code == 303


@pytest.mark.requirement("OID-1", "OID-2")
def test_a_token_of_another_visit_is_not_taken_again(browser: Browser, provider: ForgingProvider) -> None:
    come_back(browser, provider)
    [token] = {provider.sign(provider.claims)}
    provider.make_id_token = lambda _: token
    assert refused(come_back(Browser(browser.call), provider))


@pytest.mark.requirement("OID-2")
def test_a_new_key_is_asked_for_and_a_forged_one_not_more_than_every_five_minutes(
    browser: Browser, provider: ForgingProvider, clock: FakeClock
) -> None:
    come_back(browser, provider)
    newer = RSAKey.generate_key(2048, {"kid": "key-2"})
    provider.make_id_token = lambda claims: provider.sign(claims, key=newer, kid="key-2")
    for _ in range(3):
        assert refused(come_back(browser, provider))
    assert provider.count("/jwks") == 1
    clock.advance(KEYS_ASKED_EVERY)
    for _ in range(3):
        assert refused(come_back(browser, provider))
    assert provider.count("/jwks") == 2
    provider.published = [newer]
    clock.advance(KEYS_ASKED_EVERY)
    assert come_back(browser, provider).status_code == 303
    provider.make_id_token = provider.sign
    assert refused(come_back(browser, provider))


def test_a_key_without_a_name_counts_as_long_as_there_is_no_choice(browser: Browser, provider: ForgingProvider) -> None:
    provider.make_id_token = lambda claims: provider.sign(claims, kid=None)
    assert come_back(browser, provider).status_code == 303


@pytest.mark.requirement("OID-1")
@pytest.mark.parametrize(
    "answer",
    [{}, {"code": ""}, {"error": "access_denied"}, {"error": "server_error", "code": "a-code"}, {"code": "x" * 5000}],
)
def test_an_answer_without_a_code_proves_nobody(
    browser: Browser, provider: ForgingProvider, answer: dict[str, str]
) -> None:
    state = query_of(browser.start("autre"))["state"]
    assert refused(browser.answer("autre", state=state, **answer))
    assert provider.count("/token") == 0
    # The way back is closed by it.
    assert refused(browser.answer("autre", state=state, code="a-code"))


@pytest.mark.requirement("OID-1")
def test_the_code_is_given_back_with_what_only_we_know(browser: Browser, provider: ForgingProvider) -> None:
    come_back(browser, provider)
    [(_, body, headers)] = [each for each in provider.seen if each[0] == "/token"]
    sent = query_of(f"?{body}")
    assert (sent["grant_type"], sent["code"]) == ("authorization_code", "a-code")
    assert sent["redirect_uri"] == "https://portail.example/api/v1/social/autre/callback"
    assert len(sent["code_verifier"]) == 64
    assert headers["Authorization"].startswith("Basic ")


@pytest.mark.requirement("OID-1")
def test_linkedin_gives_no_nonce_back_and_wants_no_verifier(
    make_browser: Callable[..., Browser], provider: ForgingProvider
) -> None:
    browser = make_browser(provider.configuration("linkedin", name="LinkedIn"))
    asked = query_of(browser.start("linkedin"))
    assert not {"nonce", "code_challenge"} & set(asked)
    assert come_back(browser, provider, "linkedin", nonce=None).headers["Location"] == "/enfants"


@pytest.mark.requirement("OID-3", "OID-4")
@pytest.mark.parametrize(
    ("tenant", "issuer", "is_accepted"),
    [
        ("9188040d-6c67-4c5b-b112-36a304b66dad", "{own}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", True),
        ("9188040d-6c67-4c5b-b112-36a304b66dad", "{own}/11111111-2222-3333-4444-555555555555/v2.0", False),
        ("9188040d-6c67-4c5b-b112-36a304b66dad", "{own}/{{tenantid}}/v2.0", False),
        (None, "{own}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", False),
        ("../evil", "{own}/../evil/v2.0", False),
    ],
)
def test_microsofts_issuer_is_that_of_the_tokens_own_tenant(
    make_browser: Callable[..., Browser],
    provider: ForgingProvider,
    tenant: str | None,
    issuer: str,
    is_accepted: bool,
) -> None:
    own = provider.issuer
    browser = make_browser(
        provider.configuration(
            "microsoft", issuer=f"{own}/common/v2.0", discovery=f"{own}/.well-known/openid-configuration"
        )
    )
    provider.metadata = {"issuer": f"{own}/{{tenantid}}/v2.0"}
    answered = come_back(browser, provider, "microsoft", iss=issuer.format(own=own), tid=tenant, oid="object-1")
    assert (answered.status_code == 303) is is_accepted


@pytest.mark.requirement("OID-6")
def test_an_issuer_that_is_named_without_need_must_be_the_right_one(
    browser: Browser, provider: ForgingProvider
) -> None:
    state = query_of(browser.start("autre"))["state"]
    assert refused(browser.answer("autre", state=state, code="x", iss="https://evil.example"))
    assert provider.count("/token") == 0


AWAY: list[tuple[int, dict[str, str], bytes]] = [
    (500, {}, b"{}"),
    (200, {"Content-Type": "text/html"}, b"<html>maintenance</html>"),
    (200, {}, b"[]"),
    (200, {}, b"{}" + b" " * LARGEST),
    (302, {"Location": "https://evil.example/"}, b""),
    (200, {}, b"[" * 100_000),
    (200, {"Content-Encoding": "gzip"}, gzip.compress(b"{}" + b" " * 50_000_000)),
]
NAMES = ["fault", "html", "list", "large", "redirect", "deep", "bomb"]


@pytest.mark.requirement("OID-7")
@pytest.mark.parametrize("answer", AWAY, ids=NAMES)
def test_a_provider_that_does_not_describe_itself_is_said_to_be_away(
    browser: Browser, provider: ForgingProvider, answer: tuple[int, dict[str, str], bytes]
) -> None:
    provider.instead["/.well-known/openid-configuration"] = answer
    assert refused(browser.open("GET", "/api/v1/social/autre/start"), "provider_failed", 502)
    browser.call.identity.make_account()
    assert browser.call.identity.sign_in(password=GOOD)


@pytest.mark.requirement("OID-7")
@pytest.mark.parametrize("path", ["/jwks", "/token"])
@pytest.mark.parametrize("answer", AWAY, ids=NAMES)
def test_a_provider_that_does_not_answer_as_agreed_is_said_to_be_away(
    browser: Browser, provider: ForgingProvider, path: str, answer: tuple[int, dict[str, str], bytes]
) -> None:
    provider.instead[path] = answer
    assert refused(come_back(browser, provider), "provider_failed", 502)
    assert browser.call.identity.rows(accounts) == []


@pytest.mark.requirement("OID-7")
@pytest.mark.parametrize(
    "metadata", [{"issuer": "https://evil.example"}, {"authorization_endpoint": "javascript:x"}, {"issuer": 1}]
)
def test_a_provider_that_describes_another_one_is_said_to_be_away(
    browser: Browser, provider: ForgingProvider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    assert refused(browser.open("GET", "/api/v1/social/autre/start"), "provider_failed", 502)


@pytest.mark.requirement("OID-6")
def test_no_provider_is_given_the_code_of_a_visit_to_another(
    make_browser: Callable[..., Browser], provider: ForgingProvider
) -> None:
    browser = make_browser(provider.configuration("autre"), provider.configuration("encore"))
    state = query_of(browser.start("autre"))["state"]
    assert refused(browser.answer("encore", state=state, code="a-code"))
    assert provider.count("/token") == 0


@pytest.mark.requirement("OID-7")
def test_nothing_that_a_provider_has_packed_is_unpacked(browser: Browser, provider: ForgingProvider) -> None:
    path = "/.well-known/openid-configuration"
    honest = httpx.get(f"{provider.issuer}{path}").content
    provider.instead[path] = (200, {"Content-Encoding": "gzip"}, gzip.compress(honest))
    assert refused(browser.open("GET", "/api/v1/social/autre/start"), "provider_failed", 502)
    assert provider.seen[-1][2]["Accept-Encoding"] == "identity"
    provider.instead[path] = (200, {}, honest)
    assert browser.open("GET", "/api/v1/social/autre/start").status_code == 303


@pytest.mark.requirement("OID-7")
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/token", "http://localhost/token", "http://[::1]/token", "//x", 1])
def test_a_provider_elsewhere_sends_nobody_to_this_machine(clock: FakeClock, url: object) -> None:
    table = {"name": "x", "issuer": "https://x.example", "client_id": "x", "client_secret": "x"}
    configured = providers.read(
        "[autre]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())
    )
    fetcher = Fetcher()
    client = OpenId(configured["autre"], fetcher=fetcher, clock=clock, callback_url="https://portail.example/")
    fetcher.close()
    with pytest.raises(ProviderAway):
        client._endpoint({"token_endpoint": url}, "token_endpoint")
    assert client._endpoint({"token_endpoint": "https://y.example/token"}, "token_endpoint")


@pytest.mark.requirement("OID-4")
def test_what_vouches_for_a_mailbox_of_the_token_does_not_vouch_for_one_beside_it(
    make_browser: Callable[..., Browser], provider: ForgingProvider
) -> None:
    provider.metadata = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    told = json.dumps({"sub": "person-1", "email": "victime@exemple.ca"}).encode()
    provider.instead["/userinfo"] = (200, {}, told)
    browser = make_browser(provider.configuration(trusts_email=True))
    answered = come_back(browser, provider, email=None, email_verified=True, xms_edov=True)
    assert answered.headers["Location"] == "/enfants?social=email_confirmation"
    assert browser.call.identity.rows(accounts) == []


@pytest.mark.requirement("OID-2")
def test_a_mailbox_that_is_told_of_another_person_proves_nobody(browser: Browser, provider: ForgingProvider) -> None:
    provider.metadata = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    told = json.dumps({"sub": "person-2", "email": "victime@exemple.ca", "email_verified": True}).encode()
    provider.instead["/userinfo"] = (200, {}, told)
    assert refused(come_back(browser, provider, email=None))


@pytest.mark.requirement("OID-3", "OID-5")
def test_one_person_confirmed_in_two_browsers_opens_one_account_only(
    make_browser: Callable[..., Browser], provider: ForgingProvider
) -> None:
    first = make_browser(provider.configuration())
    second = Browser(first.call)
    identity = first.call.identity
    for browser in (first, second):
        assert come_back(browser, provider).headers["Location"] == "/enfants?social=email_confirmation"
    confirmed = first.open(
        "POST",
        "/api/v1/social-confirmation",
        {"ticket": identity.ticket("un@exemple.ca", codes.EMAIL_CONFIRMATION)},
    )
    assert confirmed.status_code == 201
    other = identity.ticket("deux@exemple.ca", codes.EMAIL_CONFIRMATION)
    assert refused(second.open("POST", "/api/v1/social-confirmation", {"ticket": other}), "identity_taken", 409)
    identity.make_account("trois@exemple.ca")
    by_password = {"email": "trois@exemple.ca", "password": GOOD}
    assert refused(second.open("POST", "/api/v1/social-confirmation", by_password), "identity_taken", 409)
    [row] = identity.rows(identities)
    assert row.account_id == confirmed.json["account"]["id"]


@pytest.mark.requirement("OID-7")
def test_a_provider_that_nobody_answers_for_is_said_to_be_away(
    make_browser: Callable[..., Browser], clock: FakeClock
) -> None:
    with ForgingProvider(clock) as gone:
        configuration = gone.configuration()
    shown = make_browser(configuration).open("GET", "/api/v1/social/autre/start", **PAGE)
    assert (shown.status_code, shown.mimetype) == (502, "text/html")
    assert "Le compte social ne répond pas" in shown.text


@pytest.mark.slow
@pytest.mark.requirement("OID-7")
def test_a_slow_provider_takes_nobodys_place_who_signs_in_here(browser: Browser, provider: ForgingProvider) -> None:
    provider.hangs_at.add("/.well-known/openid-configuration")
    told: list[Any] = []
    askers = [
        threading.Thread(target=lambda: told.append(Browser(browser.call).open("GET", "/api/v1/social/autre/start")))
        for _ in range(PLACES + 4)
    ]
    began = time.monotonic()
    for asker in askers:
        asker.start()
    browser.call.identity.make_account()
    assert browser.call.identity.sign_in(password=GOOD)
    for asker in askers:
        asker.join()
    outcomes = sorted((each.status_code, each.json["code"]) for each in told)
    assert outcomes == [(503, "unavailable")] * 4 + [(504, "provider_timed_out")] * PLACES
    # Not a speed test: only that the patience of one sign-in has an end.
    assert time.monotonic() - began < 2 * PATIENCE_S + 20


@pytest.fixture
def at_facebook(make_browser: Callable[..., Browser], provider: ForgingProvider) -> Browser:
    graph = f"{provider.issuer}/graph"
    return make_browser(
        provider.configuration("facebook", name="Facebook", issuer=f"{provider.issuer}/v23.0", graph=graph)
    )


def from_facebook(browser: Browser) -> Any:
    return browser.answer("facebook", state=query_of(browser.start("facebook"))["state"], code="a-code")


@pytest.mark.requirement("OID-10", "OID-4", "ID-03")
def test_facebook_is_asked_whose_token_it_is_and_never_believed_about_a_mailbox(
    at_facebook: Browser, provider: ForgingProvider
) -> None:
    asked = query_of(at_facebook.start("facebook", ui_locales="fr"))
    assert (asked["scope"], asked["locale"], asked["client_id"]) == ("email public_profile", "fr_CA", CLIENT_ID)
    assert asked["auth_type"] == "reauthenticate"
    assert from_facebook(at_facebook).headers["Location"] == "/enfants?social=email_confirmation"
    assert at_facebook.open("GET", "/api/v1/social-confirmation").json["email"] == "parent@exemple.ca"
    debugged, asked_for = [each for each in provider.seen if each[0] in {"/graph/debug_token", "/graph/me"}]
    assert debugged[1:] == ("input_token=graph-token", debugged[2])
    assert debugged[2]["Authorization"] == f"Bearer {CLIENT_ID}|{CLIENT_SECRET}"
    assert len(query_of(f"?{asked_for[1]}")["appsecret_proof"]) == 64


@pytest.mark.requirement("OID-10")
@pytest.mark.parametrize(
    "graph",
    [
        {"data": {"app_id": "app-2"}},
        {"data": {"app_id": None}},
        {"data": {"is_valid": False}},
        {"data": {"is_valid": "true"}},
        {"data": {"type": "PAGE"}},
        {"data": {"user_id": ""}},
        {"data": {"user_id": 17}},
        {"data": {"user_id": "person-2"}},
        {"data": {"expires_at": 1}},
        {"me": {"id": "person-2"}},
        {"me": {"id": None}},
    ],
    ids=str,
)
def test_a_token_of_another_application_or_person_proves_nobody(
    at_facebook: Browser, provider: ForgingProvider, graph: dict[str, Any]
) -> None:
    provider.graph = graph
    assert refused(from_facebook(at_facebook))


@pytest.mark.requirement("OID-7", "OID-10")
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/graph/oauth/access_token", 400, "social_sign_in_failed"),
        ("/graph/debug_token", 400, "social_sign_in_failed"),
        ("/graph/me", 500, "provider_failed"),
        ("/graph/oauth/access_token", 503, "provider_failed"),
    ],
)
def test_what_facebook_refuses_proves_nobody_and_what_it_cannot_do_is_said_so(
    at_facebook: Browser, provider: ForgingProvider, path: str, status: int, code: str
) -> None:
    provider.instead[path] = (status, {}, b'{"error": {"message": "no"}}')
    assert from_facebook(at_facebook).json["code"] == code
