import io
import json
import multiprocessing
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import marshmallow as ma
import pytest
from sqlalchemy import event, func, insert, select

from services.enrollment import schemas
from services.enrollment.context import Context
from services.enrollment.directory_files import BOARDS, BoardRow, read_directory
from services.enrollment.models import Link, Organisation
from services.enrollment.rules import organisation_names
from shared import ids, logs
from shared.passports import Passport
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, MOMENT, PARENT, Browser, Pupil, Registry, as_json, make_settings

NBSP = "\u00a0"
OTHER_ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"


# For what is decided before a database is asked.
on_one_kind = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def fits(schema: type[ma.Schema], document: Any, *, many: bool = False) -> bool:
    """Tell whether an answer holds what its schema says: every field, no other, of the right type."""
    return schema(many=many, unknown=ma.RAISE).validate(document) in ({}, [])


# Organisations


@pytest.fixture
def boards(ctx: Context) -> None:
    """The boards of Québec, and the test tenant that the guide's list begins with."""
    rows = [row for row in read_directory(BOARDS) if isinstance(row, BoardRow)]
    named = [(row.code, row.name, row.former_name, row.network) for row in rows]
    named.append(("999000", "Commission scolaire OPS (sur production)", None, "francophone"))
    values = [
        {
            "id": ids.new(),
            "code": code,
            "kind": "public",
            "name": name,
            "former_name": former_name,
            "network": network,
            "sort_key": organisation_names.sort_key(name, former_name),
            "search_key": organisation_names.search_text(name, former_name),
            "subscribed_at": MOMENT if code == "712000" else None,
        }
        for code, name, former_name, network in named
    ]
    values.append(
        {
            **values[0],
            "id": ids.new(),
            "code": "990500",
            "kind": "private",
            "name": "Collège de la Baie-Claire",
            "former_name": None,
            "network": None,
            "sort_key": "college de la baie claire",
            "search_key": "college de la baie claire",
            "subscribed_at": None,
        }
    )
    with ctx.db.transaction() as session:
        session.execute(insert(Organisation), values)


@pytest.fixture
def visitor(make_browser: Callable[..., Browser]) -> Browser:
    """Somebody who is not signed in."""
    return make_browser(account_id=None, email=None)


def former_names(answer: Any) -> list[str]:
    return [each["former_name"] or each["name"] for each in answer.json]


@pytest.mark.requirement("EN-04", "EN-05", "EN-06")
def test_the_first_page_of_organisations_is_the_guides(visitor: Browser, boards: None) -> None:
    answer = visitor.get("/organisations")
    assert answer.status_code == 200
    assert former_names(answer) == [
        "Commission scolaire OPS (sur production)",
        "CS au Coeur-des-Vallées",
        "CS Central Québec",
        "CS crie",
        "CS de Charlevoix",
        "CS de Kamouraska-Rivière-du-Loup",
    ]
    assert fits(schemas.OrganisationOut, answer.json, many=True)
    page = json.loads(answer.headers["X-Pagination"])
    assert (page["total"], page["total_pages"], page["next_page"]) == (73, 13, 2)


@pytest.mark.requirement("EN-05", "EN-07")
def test_la_capitale_is_on_the_second_page(visitor: Browser, boards: None) -> None:
    assert "CSS de la Capitale" in [each["name"] for each in visitor.get("/organisations?page=2").json]


@pytest.mark.requirement("EN-05")
def test_the_pages_of_organisations_hold_each_of_them_once(visitor: Browser, boards: None) -> None:
    seen = [each["id"] for page in range(1, 14) for each in visitor.get(f"/organisations?page={page}").json]
    assert len(seen) == len(set(seen)) == 73


@pytest.mark.requirement("EN-05", "EN-08", "EN-04")
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("capitale", "CSS de la Capitale"),
        ("CAPITALE", "CSS de la Capitale"),
        ("éNERGIE", "CSS de l'Énergie"),
        ("energie", "CSS de l'Énergie"),
        ("css phares", "CSS des Phares"),
        ("cs phares", "CSS des Phares"),
        ("phares centre de services", "CSS des Phares"),
        ("commission scolaire phares", "CSS des Phares"),
        ("des affluents", "CSS des Affluents"),
    ],
)
def test_a_search_finds_a_board_by_any_of_its_names(visitor: Browser, boards: None, search: str, found: str) -> None:
    names = [each["name"] for each in visitor.get("/organisations", query_string={"search": search}).json]
    assert found in names


@pytest.mark.parametrize("search", ["zzz", "phares capitale", "capitale zzz"])
def test_a_search_that_finds_nothing_is_an_empty_page(visitor: Browser, boards: None, search: str) -> None:
    answer = visitor.get("/organisations", query_string={"search": search})
    assert (answer.status_code, answer.json) == (200, [])
    assert json.loads(answer.headers["X-Pagination"])["total"] == 0


@pytest.mark.parametrize("search", ["%", "_", "'; DROP TABLE organisations; --", "\\", " ", "\x00", "a" * 200])
def test_a_search_is_only_ever_words(visitor: Browser, boards: None, search: str) -> None:
    assert visitor.get("/organisations", query_string={"search": search}).status_code == 200
    assert json.loads(visitor.get("/organisations").headers["X-Pagination"])["total"] == 73


def test_beyond_the_last_page_there_is_an_empty_one(visitor: Browser, boards: None) -> None:
    answer = visitor.get("/organisations?page=14")
    assert (answer.status_code, answer.json) == (200, [])
    assert json.loads(answer.headers["X-Pagination"])["total"] == 73


@pytest.mark.requirement("EN-03")
def test_private_schools_are_a_list_of_their_own(visitor: Browser, boards: None) -> None:
    (school,) = visitor.get("/organisations?kind=private").json
    assert (school["name"], school["kind"], school["network"]) == ("Collège de la Baie-Claire", "private", None)


@pytest.mark.requirement("EN-24", "ID-33")
def test_the_list_says_who_subscribes(visitor: Browser, boards: None) -> None:
    answer = visitor.get("/organisations?page_size=100")
    assert [each["name"] for each in answer.json if each["is_subscribed"]] == ["CSS des Phares"]


@on_one_kind
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("kind=other", "kind"),
        ("search=" + "a" * 201, "search"),
    ],
)
def test_a_wrong_parameter_is_named(visitor: Browser, query: str, parameter: str) -> None:
    answer = visitor.get(f"/organisations?{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert [error["parameter"] for error in answer.json["errors"]] == [parameter]


# Guards

FAMILY = [
    ("POST", "/claims"),
    ("GET", "/children"),
    ("GET", f"/children/{ids.new()}"),
    ("DELETE", f"/children/{ids.new()}"),
    ("GET", f"/children/{ids.new()}/access-journal"),
]


@on_one_kind
@pytest.mark.requirement("ACC-2")
@pytest.mark.parametrize(("method", "path"), FAMILY)
def test_nobody_gets_at_children_without_a_session(visitor: Browser, method: str, path: str) -> None:
    answer = visitor.call(method, path, json={})
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"]


@on_one_kind
@pytest.mark.requirement("S2S-3")
@pytest.mark.parametrize(("method", "path"), [*FAMILY, ("GET", "/organisations")])
def test_nobody_gets_in_beside_the_gateway(visitor: Browser, method: str, path: str) -> None:
    answer = visitor.call(method, path, headers={"passport": "x"})
    assert (answer.status_code, answer.json["code"]) == (401, "passport_required")


@on_one_kind
@pytest.mark.parametrize(("method", "path"), FAMILY)
def test_another_role_is_not_a_parents(make_browser: Callable[..., Browser], method: str, path: str) -> None:
    browser = make_browser()
    browser.passport = Passport(account_id=ACCOUNT, email=PARENT, roles=("gateway",))
    answer = browser.call(method, path, json={})
    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")


# Claims


@pytest.mark.requirement("EN-09", "EN-10", "EN-11", "EN-22", "ID-21")
def test_a_claim_answers_the_child(browser: Browser, registry: Registry) -> None:
    school_id = registry.make_school(organisation_id=(organisation_id := registry.make_organisation()))
    pupil = registry.make_student(organisation_id=organisation_id, school_id=school_id)
    answer = browser.post("/claims", as_json(pupil))
    assert answer.status_code == 201
    assert fits(schemas.ClaimOut, answer.json)
    child = answer.json["child"]
    assert list(child) == [
        *("id", "first_name", "last_name", "organisation", "school", "grade", "level", "status", "rights")
    ]
    assert (child["first_name"], child["last_name"]) == ("Éloïse", "Côté-Gagnon")
    assert (child["grade"], child["level"], child["status"]) == ("05", "primary", "active")
    assert child["school"] == {"id": school_id, "name": "École du Phare-Bleu"}
    assert browser.get("/children").json == [child]
    assert browser.get(f"/children/{pupil.id}").json == child


@pytest.mark.requirement("EN-18")
def test_the_same_claim_again_answers_the_same_child(browser: Browser, registry: Registry) -> None:
    pupil = registry.make_student()
    first, again = browser.post("/claims", as_json(pupil)), browser.post("/claims", as_json(pupil))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json


@pytest.mark.requirement("EN-18", "EN-19", "EN-20")
def test_another_child_can_be_added_and_both_are_listed(browser: Browser, registry: Registry) -> None:
    pupils = [registry.make_student(given_name=name) for name in ("Éloïse", "Luc")]
    for pupil in pupils:
        assert browser.post("/claims", as_json(pupil)).status_code == 201
    assert [child["id"] for child in browser.get("/children").json] == [pupil.id for pupil in pupils]
    # From one to the other and back, as « Famille » does.
    shown = [browser.get(f"/children/{pupils[number].id}").json["first_name"] for number in (1, 0, 1)]
    assert shown == ["Luc", "Éloïse", "Luc"]


@pytest.mark.requirement("XC-06", "EN-10")
def test_the_date_may_come_as_day_month_and_year(browser: Browser, registry: Registry) -> None:
    body = as_json(registry.make_student())
    del body["birth_date"]
    assert browser.post("/claims", {**body, "birth_day": 9, "birth_month": 3, "birth_year": 2014}).status_code == 201


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_pin_is_none(browser: Browser, registry: Registry, empty: str | None) -> None:
    assert browser.post("/claims", as_json(registry.make_student(), pin=empty)).status_code == 201


@on_one_kind
def test_a_pin_of_another_form_is_told_apart_and_a_wrong_one_is_not(browser: Browser, registry: Registry) -> None:
    pupil = registry.make_student()
    answer = browser.post("/claims", as_json(pupil, pin="12345"))
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    (error,) = answer.json["errors"]
    assert error["pointer"] == "#/pin"
    answer = browser.post("/claims", as_json(pupil, pin="ABCD2345"))
    assert (answer.status_code, answer.json["code"]) == (422, "claim_mismatch")


REFUSED_BODIES: list[tuple[dict[str, Any], str]] = [
    ({"last_name": ""}, "#/last_name"),
    ({"last_name": "   "}, "#/last_name"),
    ({"last_name": "x" * 151}, "#/last_name"),
    ({"last_name": "Tremblay\r\nBcc: x"}, "#/last_name"),
    ({"last_name": "Trem\u202eblay"}, "#/last_name"),
    ({"last_name": 7}, "#/last_name"),
    ({"last_name": None}, "#/last_name"),
    ({"first_name": ["Éloïse"]}, "#/first_name"),
    ({"birth_date": "2014-02-30"}, "#/birth_date"),
    ({"birth_date": "2014-13-01"}, "#/birth_date"),
    ({"birth_date": "09/03/2014"}, "#/birth_date"),
    ({"birth_date": "20140309"}, "#/birth_date"),
    ({"birth_date": "2014-W10-7"}, "#/birth_date"),
    ({"birth_date": "2014-03-09T00:00:00Z"}, "#/birth_date"),
    ({"birth_date": 20140309}, "#/birth_date"),
    ({"birth_date": None}, "#/birth_date"),
    ({"birth_date": "2026-01-16"}, "#/birth_date"),
    ({"birth_date": "1985-03-09"}, "#/birth_date"),
    ({"birth_date": "0001-01-01"}, "#/birth_date"),
    ({"birth_day": 9}, "#/birth_date"),
    ({"birth_date": None, "birth_day": 31, "birth_month": 2, "birth_year": 2014}, "#/birth_day"),
    ({"birth_date": None, "birth_day": 32, "birth_month": 2, "birth_year": 2014}, "#/birth_day"),
    ({"birth_date": None, "birth_day": 9, "birth_month": 13, "birth_year": 2014}, "#/birth_month"),
    ({"birth_date": None, "birth_day": 9, "birth_month": 3, "birth_year": 14}, "#/birth_year"),
    ({"birth_date": None, "birth_day": "9", "birth_month": 3, "birth_year": 2014}, "#/birth_day"),
    ({"birth_date": None, "birth_day": True, "birth_month": 3, "birth_year": 2014}, "#/birth_day"),
    ({"birth_date": None, "birth_day": 9, "birth_month": 3}, "#/birth_date"),
    ({"identifier": 1234567}, "#/identifier"),
    ({"identifier": None}, "#/identifier"),
    ({"identifier": "1" * 101}, "#/identifier"),
    ({"organisation_id": {"$ne": 1}}, "#/organisation_id"),
    ({"account_id": OTHER_ACCOUNT}, "#/account_id"),
    ({"email": "autre@exemple.ca"}, "#/email"),
    ({"status": "active"}, "#/status"),
]


@on_one_kind
@pytest.mark.requirement("ACC-14", "CHD-10")
@pytest.mark.parametrize(("overrides", "pointer"), REFUSED_BODIES)
def test_a_wrong_field_is_named_in_both_languages(
    browser: Browser, registry: Registry, overrides: dict[str, Any], pointer: str
) -> None:
    body = as_json(registry.make_student(), **overrides)
    french = browser.post("/claims", body)
    english = browser.post("/claims", body, headers={"Accept-Language": "en"})
    assert (french.status_code, french.json["code"]) == (english.status_code, english.json["code"])
    assert (french.status_code, french.json["code"]) == (422, "validation_failed")
    assert [error["pointer"] for error in french.json["errors"]] == [pointer]
    assert french.json["errors"][0]["detail"] != english.json["errors"][0]["detail"]
    assert "|" not in french.json["errors"][0]["detail"] + english.json["errors"][0]["detail"]


@pytest.mark.requirement("EN-11", "EN-16", "EN-17", "CHD-10")
def test_a_malformed_identifier_says_what_it_looks_like_and_where_to_find_it(
    browser: Browser, registry: Registry
) -> None:
    answer = browser.post("/claims", as_json(registry.make_student(), identifier="123456"))
    assert (answer.status_code, answer.json["code"]) == (422, "identifier_malformed")
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/identifier"]
    for word in (
        "7 chiffres",
        "12 caractères",
        "état de compte",
        "horaire",
        "carte étudiante",
        "bulletin",
        "secrétariat",
    ):
        assert word in answer.json["detail"]


@on_one_kind
@pytest.mark.parametrize("field", ["organisation_id", "last_name", "first_name", "birth_date", "identifier"])
def test_every_field_of_a_claim_is_needed(browser: Browser, registry: Registry, field: str) -> None:
    body = as_json(registry.make_student())
    del body[field]
    answer = browser.post("/claims", body)
    assert [error["pointer"] for error in answer.json["errors"]] == [f"#/{field}"]


@on_one_kind
@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"last_name": "\xff"}', "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"identifier": NaN}', "application/json", 400),
        (b"last_name=Tremblay", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b"null", "application/json", 422),
        (b"", "application/json", 422),
        (b'{"last_name": "' + b"x" * 10_000_000 + b'"}', "application/json", 413),
    ],
    ids=range(11),
)
def test_a_body_that_is_no_claim_is_refused(browser: Browser, data: bytes, content_type: str, status: int) -> None:
    answer = browser.call("POST", "/claims", data=data, content_type=content_type)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] in {
        *("malformed_request", "unsupported_media_type", "validation_failed", "body_too_large")
    }


# Refusals in the guide's words


@pytest.mark.requirement("EN-15", "EN-17", "XC-07")
def test_a_mismatch_says_what_to_check_and_not_what_differs(browser: Browser, registry: Registry) -> None:
    pupil = registry.make_student()
    answer = browser.post("/claims", as_json(pupil, first_name="Eloise"))
    document = answer.json
    assert (answer.status_code, document["code"]) == (422, "claim_mismatch")
    assert document["type"] == "/problems/enrollment/claim-mismatch"
    assert document["title"] == "Les informations ne concordent pas"
    assert document["support_reference"] in document["detail"]
    for word in ("nom", "prénom", "date de naissance", "numéro de fiche", "code permanent", "secrétariat de l’école"):
        assert word in document["detail"]
    assert answer.headers["Content-Language"] == "fr"
    english = browser.post("/claims", as_json(pupil, first_name="Eloise"), headers={"Accept-Language": "en-CA"})
    assert english.json["title"] == "The information does not match"
    assert english.headers["Content-Language"] == "en"


@pytest.mark.requirement("ID-29", "EN-23", "EN-17")
def test_an_email_on_no_file_is_told_so(make_browser: Callable[..., Browser], registry: Registry) -> None:
    pupil = registry.make_student()
    answer = make_browser(email="autre@exemple.ca").post("/claims", as_json(pupil, last_name="X", identifier="9999999"))
    assert (answer.status_code, answer.json["code"]) == (403, "email_not_on_file")
    assert answer.json["title"] == "Oups. Accès refusé"
    assert "Le courriel doit être celui que vous avez fourni à l'école." in answer.json["detail"]
    assert "secrétariat de l’école" in answer.json["detail"]
    assert answer.json["support_reference"] in answer.json["detail"]


@pytest.mark.requirement("EN-24", "ID-33")
def test_an_organisation_that_does_not_subscribe_is_told_in_the_guides_words(
    browser: Browser, registry: Registry
) -> None:
    pupil = registry.make_student(organisation_id=registry.make_organisation(subscribed_at=None))
    answer = browser.post("/claims", as_json(pupil))
    assert (answer.status_code, answer.json["code"]) == (409, "organisation_not_subscribed")
    guide = "Avant de vous connecter, assurez-vous que votre établissement scolaire est abonné au service."
    assert guide in answer.json["detail"]


@pytest.mark.requirement("EN-04")
def test_an_unknown_organisation_is_not_found(browser: Browser, registry: Registry) -> None:
    answer = browser.post("/claims", as_json(registry.make_student(), organisation_id="unknown"))
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.requirement("CHD-4")
def test_too_many_claims_say_when_to_come_back(browser: Browser, registry: Registry) -> None:
    pupil = registry.make_student()
    answers = [browser.post("/claims", as_json(pupil, last_name="X")) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[-1].json["code"] == "too_many_claims"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3720
    assert "support_reference" not in answers[-1].json


@pytest.mark.requirement("CHD-15")
def test_one_child_too_many_is_told_the_limit(
    make_context: Callable[..., Context], registry: Registry, make_browser: Callable[..., Browser]
) -> None:
    browser = Browser(make_context(most_children=1), account_id=ACCOUNT, email=PARENT)
    assert browser.post("/claims", as_json(registry.make_student())).status_code == 201
    answer = browser.post("/claims", as_json(registry.make_student()))
    assert (answer.status_code, answer.json["code"]) == (409, "too_many_children")
    assert "au plus 1 enfants" in answer.json["detail"]


# Idempotency-Key


def test_an_idempotency_key_repeats_the_answer(browser: Browser, registry: Registry, ctx: Context) -> None:
    body, key = as_json(registry.make_student()), {"Idempotency-Key": "k-1"}
    first = browser.post("/claims", body, headers=key)
    again = browser.post("/claims", body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    with ctx.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Link)) == 1


def test_an_idempotency_key_serves_one_request(browser: Browser, registry: Registry) -> None:
    key = {"Idempotency-Key": "k-1"}
    browser.post("/claims", as_json(registry.make_student()), headers=key)
    answer = browser.post("/claims", as_json(registry.make_student()), headers=key)
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_a_refused_claim_frees_its_idempotency_key(browser: Browser, registry: Registry) -> None:
    pupil, key = registry.make_student(), {"Idempotency-Key": "k-1"}
    assert browser.post("/claims", as_json(pupil, last_name="X"), headers=key).status_code == 422
    assert browser.post("/claims", as_json(pupil), headers=key).status_code == 201


# Children


@contextmanager
def statements(ctx: Context) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        # SQLite's driver is told to begin, PostgreSQL's reads need no transaction.
        seen.extend([statement] if statement != "BEGIN" else [])

    event.listen(ctx.db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(ctx.db.engine, "before_cursor_execute", note)


@pytest.fixture
def child(browser: Browser, registry: Registry) -> Pupil:
    """A child that the parent has proven."""
    pupil = registry.make_student()
    assert browser.post("/claims", as_json(pupil)).status_code == 201
    return pupil


def test_reading_children_is_one_statement(ctx: Context, browser: Browser, child: Pupil) -> None:
    browser.get(f"/children/{child.id}")
    for path in ("/children", f"/children/{child.id}"):
        with statements(ctx) as seen:
            assert browser.get(path).status_code == 200
        assert len(seen) == 1


def test_reading_organisations_is_one_statement(ctx: Context, visitor: Browser, boards: None) -> None:
    with statements(ctx) as seen:
        assert len(visitor.get("/organisations?search=cs").json) == 6
    assert len(seen) == 1


def test_children_are_cut_into_pages(browser: Browser, registry: Registry) -> None:
    pupils = [registry.make_student() for _ in range(3)]
    for pupil in pupils:
        browser.post("/claims", as_json(pupil))
    answer = browser.get("/children?page=2&page_size=2")
    assert [child["id"] for child in answer.json] == [pupils[2].id]
    assert json.loads(answer.headers["X-Pagination"])["total"] == 3
    assert browser.get("/children?page=9").json == []


def calls_about_a_child(browser: Browser) -> list[tuple[str, str]]:
    """Every call with a child's id in it, as the service's own document has them."""
    paths = browser.app.test_client().get("/openapi.json").json["paths"]
    methods = ("get", "put", "post", "patch", "delete")
    return [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, calls in paths.items()
        for method in calls
        if "{child_id}" in path and method in methods
    ]


@pytest.mark.requirement("CHD-13")
def test_a_child_that_is_not_held_is_the_same_as_none(make_browser: Callable[..., Browser], child: Pupil) -> None:
    stranger = make_browser(account_id=OTHER_ACCOUNT)
    calls = calls_about_a_child(stranger)
    assert len(calls) >= 3
    documents = []
    for method, path in calls:
        for child_id in (child.id, ids.new(), "none"):
            answer = stranger.call(method, path.replace("{child_id}", child_id), json={})
            assert answer.status_code == 404
            documents.append({**answer.json, "request_id": None})
    assert documents == [documents[0]] * len(documents)
    assert documents[0]["code"] == "not_found"


@pytest.mark.requirement("CHD-12", "CHD-13")
def test_a_suspended_child_is_listed_by_name_and_opens_nothing(
    make_browser: Callable[..., Browser], child: Pupil
) -> None:
    moved = make_browser(email="moved@exemple.ca")
    (listed,) = moved.get("/children").json
    assert fits(schemas.ChildOut, listed)
    assert (listed["status"], listed["school"], listed["rights"]) == ("suspended", None, [])
    for path in (f"/children/{child.id}", f"/children/{child.id}/access-journal"):
        assert moved.get(path).status_code == 404
    assert moved.delete(f"/children/{child.id}").status_code == 204


def test_a_child_is_let_go_once(browser: Browser, child: Pupil) -> None:
    first, again = browser.delete(f"/children/{child.id}"), browser.delete(f"/children/{child.id}")
    assert (first.status_code, first.data, again.status_code) == (204, b"", 404)
    assert browser.get("/children").json == []
    assert browser.get(f"/children/{child.id}").status_code == 404


@pytest.mark.requirement("PRV-1")
def test_the_journal_tells_who_and_when(browser: Browser, child: Pupil, clock: FakeClock) -> None:
    clock.advance(timedelta(minutes=5))
    browser.get(f"/children/{child.id}")
    answer = browser.get(f"/children/{child.id}/access-journal")
    assert fits(schemas.JournalEntryOut, answer.json, many=True)
    assert [(entry["who"], entry["action"]) for entry in answer.json] == [
        ("you", "file_opened"),
        ("you", "child_linked"),
    ]
    assert answer.json[0]["at"].startswith("2026-01-15T14:35:00")
    assert json.loads(answer.headers["X-Pagination"])["total"] == 2


# What every answer has


@pytest.mark.requirement("SES-9")
def test_no_answer_about_children_is_kept(browser: Browser, child: Pupil) -> None:
    assert browser.get("/children").headers["Cache-Control"] == "no-store"


@on_one_kind
def test_every_refusal_has_a_page(browser: Browser) -> None:
    for slug in ("claim-mismatch", "email-not-on-file", "too-many-claims", "validation-failed"):
        page = browser.call("GET", f"/problems/enrollment/{slug}", prefix="")
        assert page.status_code == 200
        assert slug.replace("-", "_") in page.get_data(as_text=True)


def test_the_service_tells_that_it_is_ready(browser: Browser) -> None:
    client = browser.app.test_client()
    assert client.get("/livez").json == {"status": "live"}
    assert client.get("/readyz").json == {"status": "ready"}


@on_one_kind
def test_the_document_describes_every_call(browser: Browser) -> None:
    document = browser.app.test_client().get("/openapi.json").json
    described = {(method.upper(), path) for path, calls in document["paths"].items() for method in calls}
    assert described >= {
        ("GET", "/api/v1/organisations"),
        ("POST", "/api/v1/claims"),
        ("GET", "/api/v1/children"),
        ("GET", "/api/v1/children/{child_id}"),
        ("DELETE", "/api/v1/children/{child_id}"),
        ("GET", "/api/v1/children/{child_id}/access-journal"),
    }
    assert {"200", "201"} <= set(document["paths"]["/api/v1/claims"]["post"]["responses"])


def said_in_the_log(url: str) -> str:
    """Return what a process of its own logs of a parent's day; its loggers are those of no other test."""
    stream = io.StringIO()
    logs.configure(part="enrollment serve", as_json=True, stream=stream)
    ctx = Context.open(make_settings(url), clock=FakeClock())
    pupil = Registry(ctx).make_student(permanent_code="TREZ71531101", file_number="7654321")
    browser = Browser(ctx, account_id=ACCOUNT, email=PARENT)
    for typed in ({}, {"identifier": "TREZ71531101"}, {"last_name": "Archambault"}, {"identifier": "NULPART"}):
        browser.post("/claims", as_json(pupil, **typed))
    Browser(ctx, account_id=ACCOUNT, email="autre@exemple.ca").post("/claims", as_json(pupil))
    browser.get(f"/children/{pupil.id}")
    browser.get("/organisations?search=archambault")
    ctx.db.close()
    return stream.getvalue().lower()


@pytest.mark.requirement("AUD-5")
def test_no_log_line_holds_anything_of_a_person(enrollment_url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as process:
        said = process.apply(said_in_the_log, [enrollment_url])
    assert [word for word in ("claim_refused", "child_linked", "/children/<string:child_id>") if word not in said] == []
    personal = ["éloïse", "\\u00e9lo", "côté", "archambault", "trez", "7654321", "nulpart", "@", "2014-03-09"]
    assert [word for word in personal if word in said] == []


# Anything at all


def anything(draw: random.Random, depth: int = 0) -> Any:
    """Return some JSON value: plain, long, strange or nested."""
    plain = [None, True, -1, 0, 2**63, 1e308, "", "x" * 300, "\u202e", "é", "2014-03-09", "1234567", "\x00", "🦉"]
    if depth < 3 and draw.random() < 0.3:
        return draw.choice([[anything(draw, depth + 1)], {"x": anything(draw, depth + 1)}])
    return draw.choice(plain)


@pytest.mark.requirement("ACC-14", "ACC-15")
@pytest.mark.parametrize("seed", range(2))
def test_nothing_that_is_sent_is_a_fault_of_ours(browser: Browser, registry: Registry, seed: int) -> None:
    draw = random.Random(seed)
    right = as_json(registry.make_student())
    fields = [*right, "birth_day", "birth_month", "birth_year", "pin", "other"]
    statuses = set()
    for _ in range(150):
        body = {**right, **{draw.choice(fields): anything(draw) for _ in range(draw.randrange(1, 4))}}
        answer = browser.post("/claims", draw.choice([body, body, body, anything(draw)]))
        statuses.add(answer.status_code)
        path = "".join(draw.choice("/%.;é\\aZ09_-") for _ in range(draw.randrange(1, 12)))
        statuses.add(browser.get(f"/children/{path}").status_code)
        query = {draw.choice(["search", "kind", "page", "page_size", "x"]): str(anything(draw)) for _ in range(2)}
        statuses.add(browser.get("/organisations", query_string=query).status_code)
    assert statuses <= {200, 201, 308, 400, 403, 404, 405, 413, 415, 422, 429}
    assert {200, 404, 422} <= statuses
