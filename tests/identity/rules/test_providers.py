from typing import Any

import pytest

from services.identity.rules import providers
from services.identity.rules.providers import MICROSOFT_PERSONAL_TENANT

SECRETS = 'client_id = "a"\nclient_secret = "hidden"\n'
TENANT = "11111111-2222-3333-4444-555555555555"


def one(text: str) -> providers.Provider:
    [found] = providers.read(text).values()
    return found


@pytest.mark.requirement("ID-03")
@pytest.mark.parametrize(
    ("id_", "name", "metadata_url"),
    [
        ("google", "Google", "https://accounts.google.com/.well-known/openid-configuration"),
        (
            "microsoft",
            "Microsoft",
            "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
        ),
        ("linkedin", "LinkedIn", "https://www.linkedin.com/oauth/.well-known/openid-configuration"),
        ("facebook", "Facebook", "https://www.facebook.com/v23.0/.well-known/openid-configuration"),
    ],
)
def test_the_four_of_the_guides_need_no_more_than_their_secrets(id_: str, name: str, metadata_url: str) -> None:
    found = one(f"[{id_}]\n{SECRETS}")
    assert (found.id, found.name, found.metadata_url) == (id_, name, metadata_url)
    assert "hidden" not in repr(found)


def test_any_other_provider_is_a_table() -> None:
    found = one(f'[mon-centre]\nname = "Mon centre"\nissuer = "https://x.example/"\n{SECRETS}algorithms = ["ES256"]\n')
    assert found.metadata_url == "https://x.example/.well-known/openid-configuration"
    assert (found.algorithms, found.trusts_email) == (("ES256",), False)


def test_no_configuration_is_no_provider() -> None:
    assert providers.read("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "[google",
        "google = 1",
        "[Google]\n" + SECRETS,
        "[google]\nclient_id = 'a'",
        "[other]\n" + SECRETS,
        "[google]\nclient_id = 1\nclient_secret = 'hidden'",
        f"[google]\n{SECRETS}trusts_email = 'yes'",
        f"[google]\n{SECRETS}unheard_of = true",
        f"[google]\n{SECRETS}protocol = 'saml'",
        f"[google]\n{SECRETS}algorithms = ['HS256']",
        f"[google]\n{SECRETS}algorithms = 'RS256'",
        f"[google]\n{SECRETS}algorithms = ['none']",
        f"[google]\n{SECRETS}issuer = 'http://accounts.example'",
        f"[google]\n{SECRETS}issuer = 'https://user@accounts.example'",
        f"[google]\n{SECRETS}discovery = 'file:///etc/passwd'",
    ],
)
def test_a_mistake_is_told_without_a_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"TOML|\[|must") as mistake:
        providers.read(text)
    assert "hidden" not in str(mistake.value)


@pytest.mark.parametrize(
    ("url", "is_acceptable"),
    [
        ("https://x.example/a", True),
        ("http://127.0.0.1:1/a", True),
        ("http://[::1]:1/", True),
        ("http://x.example/", False),
        ("http://127.0.0.1.x.example/", False),
        ("https://", False),
        ("https://[", False),
        ("https://x.example/#a", False),
        ("ftp://127.0.0.1/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_is_acceptable_wants_tls_or_this_machine(url: str, is_acceptable: bool) -> None:
    assert providers.is_acceptable(url) is is_acceptable


@pytest.mark.requirement("OID-4")
@pytest.mark.parametrize(
    ("id_", "claims", "is_proven"),
    [
        ("google", {"email_verified": True}, True),
        ("google", {"email_verified": False}, False),
        ("google", {"email_verified": "true"}, False),
        ("google", {"email_verified": 1}, False),
        ("google", {}, False),
        ("linkedin", {"email_verified": True}, True),
        ("microsoft", {"email_verified": True, "tid": TENANT}, False),
        ("microsoft", {"tid": MICROSOFT_PERSONAL_TENANT}, True),
        ("microsoft", {"tid": TENANT, "xms_edov": True}, True),
        ("microsoft", {"tid": TENANT, "xms_edov": "1"}, True),
        ("microsoft", {"tid": TENANT, "xms_edov": False}, False),
        ("microsoft", {"tid": TENANT, "xms_edov": []}, False),
        ("facebook", {"email_verified": True}, False),
    ],
)
def test_a_providers_word_for_a_mailbox_counts_as_the_table_says(
    id_: str, claims: dict[str, Any], is_proven: bool
) -> None:
    found = providers.person(
        one(f"[{id_}]\n{SECRETS}"), {"iss": "i", "sub": "s", "email": "parent@exemple.ca"} | claims
    )
    assert found is not None
    assert found.is_email_proven is is_proven


@pytest.mark.requirement("OID-4")
def test_a_provider_of_the_operators_own_is_believed_only_when_the_operator_says_so() -> None:
    claims = {"iss": "i", "sub": "s", "email": "parent@exemple.ca", "email_verified": True}
    for trusts, is_proven in (("false", False), ("true", True)):
        table = f'[x]\nname = "X"\nissuer = "https://x.example"\n{SECRETS}trusts_email = {trusts}\n'
        found = providers.person(one(table), claims)
        assert found is not None
        assert found.is_email_proven is is_proven


@pytest.mark.requirement("OID-3")
def test_microsofts_people_are_known_by_their_object_in_their_tenant() -> None:
    provider = one(f"[microsoft]\n{SECRETS}")
    found = providers.person(provider, {"iss": "i", "sub": "pairwise", "oid": "object"})
    assert found is not None
    assert found.subject == "object"
    assert providers.person(provider, {"iss": "i", "sub": "pairwise"}) is not None


@pytest.mark.requirement("OID-6")
@pytest.mark.parametrize(
    ("told", "is_own"),
    [
        (f"https://login.example/{TENANT}/v2.0", True),
        ("https://login.example/{tenantid}/v2.0", False),
        ("https://login.example/evil/v2.0", False),
        (f"https://evil.example/{TENANT}/v2.0", False),
        (f"https://login.example/{TENANT}/x/v2.0", False),
    ],
)
def test_an_answer_of_microsofts_names_one_tenant(told: str, is_own: bool) -> None:
    announced = "https://login.example/{tenantid}/v2.0"
    assert providers.is_issuer_of(one(f"[microsoft]\n{SECRETS}"), announced, told) is is_own
