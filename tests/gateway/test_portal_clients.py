import base64
from collections.abc import Callable
from ipaddress import ip_network

import pytest
from hypothesis import given, strategies as st
from itsdangerous import URLSafeTimedSerializer

from gateway.headers import CLIENT
from gateway.passports import Passports
from shared.passports import LIFETIME_S, SKEW_S, Passport, PassportOffice
from tests.gateway.conftest import IDENTITY_KEYS, PORTAL_KEYS, TOKEN, Door, FakeService
from tests.gateway.test_passports import mutations

PARENT = "203.0.113.9"
OWN = "127.0.0.1"
NOW = 1_768_487_400
RINGS = {"portal": PORTAL_KEYS, "identity": IDENTITY_KEYS}
FORGED = st.one_of(
    st.text(st.characters(), max_size=200),
    st.builds(
        lambda key, salt, address: URLSafeTimedSerializer(key, salt=salt).dumps({"address": address}),
        st.sampled_from([*IDENTITY_KEYS, "another-key-of-thirty-two-characters", ""]),
        st.sampled_from(["passport:portal", "passport:identity", "session"]),
        st.ip_addresses().map(str),
    ),
)


@pytest.fixture
def house(make_door: Callable[..., Door], portal: FakeService) -> Door:
    """A gateway with a portal, which a proxy of ours stands in front of."""
    return make_door(portal_url=portal.url, trusted_hops=1)


def vouched_for(house: Door, portal: FakeService, address: str = PARENT) -> str:
    """Return what the portal is given with the page of somebody at `address`."""
    house.get("/enfants", X_Forwarded_For=address)
    return portal.seen[-1].headers[CLIENT]


@pytest.mark.requirement("GWY-1")
@pytest.mark.parametrize("address", [PARENT, "2001:db8::7"])
def test_what_the_portal_asks_for_a_page_counts_for_whoever_sits_before_it(
    house: Door, portal: FakeService, identity: FakeService, address: str
) -> None:
    given = vouched_for(house, portal, address)

    house.get("/api/v1/notices", Vitrail_Client=given)

    assert identity.passport() == Passport(address=address)
    assert CLIENT not in identity.seen[0].headers


@pytest.mark.requirement("AUD-4")
def test_what_the_portal_asks_for_a_page_has_the_page_s_id(
    house: Door, portal: FakeService, identity: FakeService
) -> None:
    given = vouched_for(house, portal)
    page = portal.seen[-1].headers["X-Request-Id"]

    reply = house.get("/api/v1/notices", Vitrail_Client=given, X_Request_Id=page)

    assert identity.seen[0].headers["X-Request-Id"] == page == reply.headers["X-Request-Id"]


@pytest.mark.requirement("AUD-4", "GWY-1")
@pytest.mark.parametrize("given", ["", "x" * 36, "a line\tof a log"])
def test_what_is_no_id_is_not_taken_for_one(
    house: Door, portal: FakeService, identity: FakeService, given: str
) -> None:
    house.get("/api/v1/notices", Vitrail_Client=vouched_for(house, portal), X_Request_Id=given)

    assert identity.seen[0].headers["X-Request-Id"] not in {given, ""}


@pytest.mark.requirement("AUD-4", "GWY-1")
def test_nobody_else_gives_a_request_its_id(house: Door, portal: FakeService, identity: FakeService) -> None:
    vouched_for(house, portal)
    page = portal.seen[-1].headers["X-Request-Id"]

    reply = house.get("/api/v1/notices", Vitrail_Client="forged", X_Request_Id=page)

    assert page not in {identity.seen[0].headers["X-Request-Id"], reply.headers["X-Request-Id"]}


@pytest.mark.requirement("GWY-1")
def test_a_person_s_passport_has_the_address_of_the_person(
    house: Door, portal: FakeService, identity: FakeService
) -> None:
    house.get("/api/v1/session", Vitrail_Client=vouched_for(house, portal), Authorization=f"Bearer {TOKEN}")

    assert (identity.passport().account_id, identity.passport().address) == ("account-1", PARENT)


@pytest.mark.requirement("GWY-1")
def test_a_visitor_cannot_say_whose_page_it_is(house: Door, portal: FakeService) -> None:
    stolen = vouched_for(house, portal, "192.0.2.66")

    house.get("/enfants", X_Forwarded_For=PARENT, Vitrail_Client="forged")
    told = portal.seen[-1].headers.getall(CLIENT)

    assert [PassportOffice("portal", PORTAL_KEYS).open(each).address for each in told] == [PARENT]
    assert stolen not in told


@pytest.mark.requirement("GWY-1")
def test_no_answer_tells_a_visitor_what_the_portal_was_given(house: Door, portal: FakeService) -> None:
    portal.answer("/", text="<p>", content_type="text/html", headers={CLIENT: "leaked"})

    assert CLIENT not in house.get("/").headers


@pytest.mark.requirement("GWY-1")
@given(forged=FORGED)
def test_an_address_is_taken_from_nobody_but_ourselves(forged: str) -> None:
    assert Passports(RINGS).find_address("portal", forged) is None


@pytest.mark.requirement("GWY-1")
def test_no_mutation_of_our_own_word_is_taken_for_it() -> None:
    office = PassportOffice("portal", PORTAL_KEYS)
    signer = Passports(RINGS)
    genuine = office.sign(Passport(address=PARENT))
    assert signer.find_address("portal", genuine) == PARENT

    tried = [mutated for _, mutated in mutations(genuine) if mutated is not None]

    assert len(tried) >= 30
    assert [each for each in tried if signer.find_address("portal", each) is not None] == []


@pytest.mark.requirement("GWY-1", "S2S-6")
def test_no_passport_of_a_service_says_whose_page_it_is() -> None:
    signer = Passports(RINGS)

    assert signer.find_address("portal", signer.sign("identity", Passport(address=PARENT))) is None


@pytest.mark.requirement("GWY-1")
@given(
    age=st.one_of(
        st.integers(min_value=LIFETIME_S + SKEW_S + 1, max_value=10**8),
        st.integers(min_value=-(10**8), max_value=-SKEW_S - 1),
    )
)
def test_our_own_word_of_another_time_is_worth_nothing(age: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time", lambda: NOW)
        kept = PassportOffice("portal", PORTAL_KEYS).sign(Passport(address=PARENT))
        patch.setattr("time.time", lambda: NOW + age)

        assert Passports(RINGS).find_address("portal", kept) is None


@pytest.mark.requirement("GWY-1")
@pytest.mark.parametrize("given", ["", "forged", base64.b64encode(b'{"address":"203.0.113.9"}').decode(), "é"])
def test_what_is_not_our_word_leaves_the_caller_where_it_is(house: Door, identity: FakeService, given: str) -> None:
    reply = house.get("/api/v1/notices", Vitrail_Client=given)

    assert reply.status == 200
    assert identity.passport() == Passport(address=OWN)
    assert CLIENT not in identity.seen[0].headers


@pytest.mark.requirement("GWY-1", "GWY-2")
def test_of_two_words_of_ours_neither_counts(house: Door, portal: FakeService, identity: FakeService) -> None:
    given = [vouched_for(house, portal, address) for address in (PARENT, "203.0.113.10")]
    lines = "".join(f"{CLIENT}: {each}\r\n" for each in given)

    house.exchange(f"GET /api/v1/notices HTTP/1.1\r\nHost: x\r\n{lines}Connection: close\r\n\r\n".encode())

    assert identity.passport() == Passport(address=OWN)


@pytest.mark.requirement("GWY-1")
def test_without_a_portal_nobody_is_believed(make_door: Callable[..., Door], identity: FakeService) -> None:
    given = PassportOffice("portal", PORTAL_KEYS).sign(Passport(address=PARENT))

    make_door().get("/api/v1/notices", Vitrail_Client=given)

    assert identity.passport() == Passport(address=OWN)


@pytest.mark.requirement("GWY-1", "GWY-4")
def test_one_parent_spends_their_own_minute_and_nobody_else_s(
    make_door: Callable[..., Door], portal: FakeService
) -> None:
    door = make_door(
        portal_url=portal.url, trusted_hops=1, requests_per_minute=5, wide_networks=(ip_network("10.0.0.0/8"),)
    )
    one, other = vouched_for(door, portal, PARENT), vouched_for(door, portal, "192.0.2.7")

    of_one = [door.get("/api/v1/notices", Vitrail_Client=one).status for _ in range(5)]
    of_other = [door.get("/api/v1/notices", Vitrail_Client=other).status for _ in range(4)]

    assert of_one == [200] * 4 + [429]
    assert of_other == [200] * 4
