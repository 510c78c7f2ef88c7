import pytest

from gateway.errors import CsrfRejected
from gateway.origins import Origins

LOCAL = Origins(public_url="http://127.0.0.1:8080", allowed=())
PUBLIC = Origins(public_url="https://portail.example.ca", allowed=("https://app.example.ca",))


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize(
    ("origins", "headers"),
    [
        (PUBLIC, {}),
        (PUBLIC, {"Origin": "https://portail.example.ca"}),
        (PUBLIC, {"Origin": "https://PORTAIL.example.ca:443"}),
        (PUBLIC, {"Origin": "https://app.example.ca", "Sec-Fetch-Site": "same-site"}),
        (PUBLIC, {"Sec-Fetch-Site": "same-origin"}),
        (PUBLIC, {"Sec-Fetch-Site": "none"}),
        (LOCAL, {"Origin": "http://127.0.0.1:8080"}),
        (LOCAL, {"Origin": "http://localhost:8080"}),
        (LOCAL, {"Origin": "http://[::1]:8080"}),
    ],
)
def test_require_ours_lets_our_own_pages_and_programs_pass(origins: Origins, headers: dict[str, str]) -> None:
    origins.require_ours(headers)


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize(
    ("origins", "headers"),
    [
        (PUBLIC, {"Origin": "https://evil.example"}),
        (PUBLIC, {"Origin": "null"}),
        (PUBLIC, {"Origin": ""}),
        (PUBLIC, {"Origin": "https://"}),
        (PUBLIC, {"Origin": "http://portail.example.ca"}),
        (PUBLIC, {"Origin": "https://portail.example.ca:8443"}),
        (PUBLIC, {"Origin": "https://portail.example.ca.evil.example"}),
        (PUBLIC, {"Origin": "https://portail.example.ca@evil.example"}),
        (PUBLIC, {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}),
        (PUBLIC, {"Sec-Fetch-Site": "cross-site"}),
        (PUBLIC, {"Sec-Fetch-Site": "same-site"}),
        (PUBLIC, {"Origin": "http://localhost"}),
        (LOCAL, {"Origin": "http://localhost:9090"}),
        (LOCAL, {"Origin": "http://localhost:99999"}),
    ],
)
def test_require_ours_refuses_foreign_pages(origins: Origins, headers: dict[str, str]) -> None:
    with pytest.raises(CsrfRejected):
        origins.require_ours(headers)


@pytest.mark.requirement("GWY-6")
def test_granted_names_the_exact_origin() -> None:
    granted = PUBLIC.granted({"Origin": "https://app.example.ca"})

    assert granted["Access-Control-Allow-Origin"] == "https://app.example.ca"
    assert granted["Access-Control-Allow-Credentials"] == "true"
    assert granted["Vary"] == "Origin"


@pytest.mark.requirement("GWY-6")
@pytest.mark.parametrize("origin", ["https://evil.example", "https://app.example.ca.evil.example", "null", "*"])
def test_granted_gives_nothing_to_others(origin: str) -> None:
    assert PUBLIC.granted({"Origin": origin}) == {"Vary": "Origin"}
    assert LOCAL.granted({"Origin": origin}) == {}


@pytest.mark.requirement("GWY-6")
def test_preflight_may_be_kept_for_ten_minutes_at_most() -> None:
    headers = {"Origin": "https://app.example.ca", "Access-Control-Request-Method": "POST"}

    answered = PUBLIC.preflight(headers, methods=("GET", "POST"))

    assert answered is not None
    assert int(answered["Access-Control-Max-Age"]) <= 600
    assert answered["Access-Control-Allow-Methods"] == "GET, POST"
    assert "X-CSRF-Token" in answered["Access-Control-Allow-Headers"]


@pytest.mark.requirement("GWY-6")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
        {"Origin": "https://app.example.ca"},
        {"Access-Control-Request-Method": "POST"},
    ],
)
def test_preflight_is_not_answered_to_others(headers: dict[str, str]) -> None:
    assert PUBLIC.preflight(headers, methods=("GET",)) is None
