import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.identity.models import accounts, sessions
from services.identity.rules import codes
from shared.passports import GATEWAY, PARENT, Passport
from tests.identity.conftest import AS_GATEWAY, Caller
from tests.identity.world import GOOD, HOME, OTHER, REAUTHENTICATION, RESEND, wrong

ASK = "/api/v1/verification-codes"
BODIES = {"POST", "PATCH", "PUT"}
NOBODYS = "01a20370-755c-401b-ad3c-db075ca1a658"
WITHOUT_SESSION = [
    ("GET", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/session/reauthentication"),
    ("GET", "/api/v1/sessions"),
    ("DELETE", "/api/v1/sessions"),
    ("DELETE", f"/api/v1/sessions/{NOBODYS}"),
    ("GET", "/api/v1/account"),
    ("PATCH", "/api/v1/account"),
    ("DELETE", "/api/v1/account"),
    ("PUT", "/api/v1/account/password"),
    ("PUT", "/api/v1/account/email"),
    ("GET", "/api/v1/account/activity"),
    ("POST", "/api/v1/account/exports"),
    ("GET", "/api/v1/account/identities"),
    ("POST", "/api/v1/account/identities"),
    ("DELETE", f"/api/v1/account/identities/{NOBODYS}"),
    ("POST", "/internal/session-introspections"),
    ("POST", "/internal/school-token-introspections"),
]
PUBLIC = [
    ("GET", "/api/v1/password-policy"),
    ("GET", "/api/v1/notices"),
    ("GET", "/api/v1/help-links"),
    ("POST", ASK),
    ("GET", f"{ASK}/{NOBODYS}"),
    ("DELETE", f"{ASK}/{NOBODYS}"),
    ("POST", f"{ASK}/{NOBODYS}/verification"),
    ("POST", "/api/v1/accounts"),
    ("POST", "/api/v1/password-resets"),
    ("POST", "/api/v1/email-change-undos"),
    ("GET", "/api/v1/social-providers"),
    ("GET", "/api/v1/social/google/start"),
    ("GET", "/api/v1/social/google/callback"),
    ("POST", "/api/v1/social/google/callback"),
    ("GET", "/api/v1/social-confirmation"),
    ("POST", "/api/v1/social-confirmation"),
    ("DELETE", "/api/v1/social-confirmation"),
    ("POST", "/api/v1/session"),
    ("POST", "/school/v1/token"),
]


def saving(ticket: str, password: str = GOOD) -> dict[str, str]:
    return {"ticket": ticket, "password": password, "password_confirmation": password}


def refusal(response: Any) -> tuple[int, str]:
    assert response.mimetype == "application/problem+json"
    document = response.json
    assert document["status"] == response.status_code
    assert document["severity"] == "error"
    assert document["request_id"]
    assert document["type"].startswith("/problems/identity/")
    return response.status_code, document["code"]


@pytest.mark.requirement("ID-07", "ID-11", "ID-13")
def test_a_code_can_be_asked_for_and_taken_up_again(call: Caller) -> None:
    asked = call("POST", ASK, {"email": "parent@exemple.ca", "purpose": codes.ACCOUNT_CREATION})
    assert asked.status_code == 202
    assert asked.json == {
        "challenge_id": asked.json["challenge_id"],
        "expires_at": "2026-01-15T16:30:00+00:00",
        "retry_after_s": 60,
    }
    read = call("GET", f"{ASK}/{asked.json['challenge_id']}")
    assert (read.status_code, read.json) == (
        200,
        {"state": "pending", "expires_at": "2026-01-15T16:30:00+00:00", "retry_after_s": 60},
    )


@pytest.mark.requirement("COD-13")
def test_asking_answers_alike_with_and_without_an_account(call: Caller) -> None:
    call.identity.make_account("known@exemple.ca")
    call.identity.ctx.clock.advance(RESEND)  # type: ignore[attr-defined]
    for purpose in codes.PURPOSES:
        answers = [call("POST", ASK, {"email": email, "purpose": purpose}) for email in ("known@exemple.ca", "x@y.ca")]
        one, other = [
            (each.status_code, each.json | {"challenge_id": ""}, sorted(each.headers.keys())) for each in answers
        ]
        assert one == other
        call.identity.ctx.clock.advance(RESEND)  # type: ignore[attr-defined]


@pytest.mark.requirement("ID-26", "ID-27", "COD-18")
@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("jean_p@exemple.ca", "email_not_accepted"),
        ("jean+p@exemple.ca", "email_not_accepted"),
        ("no address", "email_invalid"),
        ("parent@exemple.ca\r\nBcc: victime@exemple.ca", "email_invalid"),
        ("parent＠exemple.ca", "email_invalid"),
        ("", "email_invalid"),
    ],
)
def test_asking_with_another_address_is_refused_with_its_own_code(call: Caller, email: str, code: str) -> None:
    asked = call("POST", ASK, {"email": email, "purpose": codes.ACCOUNT_CREATION})
    assert refusal(asked) == (422, code)
    assert "jean" not in asked.text
    assert call.identity.letters() == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "parent@exemple.ca"}, "#/purpose"),
        ({"email": "parent@exemple.ca", "purpose": "login"}, "#/purpose"),
        ({"purpose": "account_creation"}, "#/email"),
        ({"email": ["parent@exemple.ca"], "purpose": "account_creation"}, "#/email"),
        ({"email": None, "purpose": "account_creation"}, "#/email"),
        ({"email": "x" * 2000, "purpose": "account_creation"}, "#/email"),
        ({"email": "parent@exemple.ca", "purpose": "account_creation", "is_verified": True}, "#/is_verified"),
    ],
)
def test_asking_with_another_body_is_refused_and_says_where(call: Caller, body: Any, pointer: str) -> None:
    asked = call("POST", ASK, body)
    assert refusal(asked) == (422, "validation_failed")
    assert [error["pointer"] for error in asked.json["errors"]] == [pointer]


@pytest.mark.requirement("COD-15")
def test_asking_too_often_says_when_to_come_back(call: Caller) -> None:
    for number in range(5):
        call("POST", ASK, {"email": f"parent{number}@exemple.ca", "purpose": codes.ACCOUNT_CREATION})
    asked = call("POST", ASK, {"email": "parent@exemple.ca", "purpose": codes.ACCOUNT_CREATION})
    assert refusal(asked) == (429, "too_many_requests")
    assert 0 < int(asked.headers["Retry-After"]) <= 61


@pytest.mark.requirement("ID-20")
def test_giving_up_is_answered_with_nothing(call: Caller) -> None:
    challenge_id = call.identity.ask()
    assert call("DELETE", f"{ASK}/{challenge_id}").status_code == 204
    assert call("GET", f"{ASK}/{challenge_id}").json["state"] == "cancelled"
    assert refusal(call("POST", f"{ASK}/{challenge_id}/verification", {"code": call.identity.code()})) == (
        410,
        "code_cancelled",
    )


@pytest.mark.requirement("COD-5", "ID-15")
def test_a_code_is_exchanged_for_a_ticket_once(call: Caller) -> None:
    path = f"{ASK}/{call.identity.ask()}/verification"
    code = call.identity.code()
    assert refusal(call("POST", path, {"code": wrong(code)})) == (422, "code_rejected")
    taken = call("POST", path, {"code": f" {code}\u00a0"})
    assert (taken.status_code, taken.json["expires_at"]) == (200, "2026-01-15T14:45:00+00:00")
    assert refusal(call("POST", path, {"code": code})) == (422, "code_rejected")


@pytest.mark.requirement("COD-5", "ID-12")
def test_the_same_request_sent_again_gets_the_same_ticket(call: Caller) -> None:
    path = f"{ASK}/{call.identity.ask()}/verification"
    given = {"Idempotency-Key": "a-key-of-the-front-end"}
    code = call.identity.code()
    first, again = [call("POST", path, {"code": code}, headers=given) for _ in range(2)]
    assert (again.status_code, again.json) == (200, first.json)
    assert refusal(call("POST", path, {"code": wrong(code)}, headers=given)) == (422, "idempotency_key_reused")


@pytest.mark.requirement("ID-10", "COD-4", "COD-6")
def test_a_code_that_is_no_longer_the_one_to_give_says_why(call: Caller, clock: Any) -> None:
    first = call.identity.ask()
    code = call.identity.code()
    clock.advance(RESEND)
    second = call.identity.ask()
    assert refusal(call("POST", f"{ASK}/{first}/verification", {"code": code})) == (410, "code_superseded")
    clock.advance(timedelta(hours=2))
    assert refusal(call("POST", f"{ASK}/{second}/verification", {"code": call.identity.code()})) == (
        410,
        "code_expired",
    )
    third = f"{ASK}/{call.identity.ask()}/verification"
    for _ in range(5):
        call("POST", third, {"code": wrong(call.identity.code())})
    worn = call("POST", third, {"code": call.identity.code()})
    assert refusal(worn) == (429, "too_many_attempts")
    assert worn.headers["Retry-After"] == "60"


@pytest.mark.requirement("COD-12")
@pytest.mark.parametrize(
    ("code", "refused_as"),
    [
        ("39213", (422, "code_rejected")),
        ("3921311", (422, "code_rejected")),
        ("39213a", (422, "code_rejected")),
        ("", (422, "code_rejected")),
        ("1" * 10_240, (422, "validation_failed")),
        (392131, (422, "validation_failed")),
        (["392131"], (422, "validation_failed")),
        ({"code": "392131"}, (422, "validation_failed")),
        (None, (422, "validation_failed")),
        (True, (422, "validation_failed")),
    ],
)
def test_what_is_no_code_spends_no_guess(call: Caller, code: Any, refused_as: tuple[int, str]) -> None:
    path = f"{ASK}/{call.identity.ask()}/verification"
    for _ in range(6):
        assert refusal(call("POST", path, {"code": code})) == refused_as
    assert call("POST", path, {"code": call.identity.code()}).status_code == 200


@pytest.mark.requirement("ID-18", "ID-19")
@pytest.mark.parametrize(
    ("policy", "language", "answer"),
    [
        (
            "mozaik-2021",
            "fr",
            {
                "name": "mozaik-2021",
                "min_length": 8,
                "max_length": 16,
                "required_classes": 3,
                "classes": ["lower", "upper", "digit", "symbol"],
                "symbols": "#$/%?&*",
                "hint": "Le mot de passe doit être composé de 8 à 16 caractères contenant 3 des 4 éléments suivants : "
                "minuscules, majuscules, chiffres (0-9), symboles (# $ / % ? & *)",
            },
        ),
        (
            "mozaik-2017",
            "fr-CA",
            {
                "name": "mozaik-2017",
                "min_length": 8,
                "max_length": 128,
                "required_classes": 3,
                "classes": ["lower", "upper", "symbol"],
                "symbols": "#$/%?&*",
                "hint": "Choisissez un mot de passe, celui-ci doit avoir 8 caractères ou plus et contenir au moins une "
                "majuscule, une minuscule et un symbole.",
            },
        ),
        (
            "nist",
            "en",
            {
                "name": "nist",
                "min_length": 15,
                "max_length": 128,
                "required_classes": 0,
                "classes": [],
                "symbols": "",
                "hint": "Choose a phrase of 15 characters or more that you use nowhere else.",
            },
        ),
    ],
)
def test_the_policy_is_told_with_the_guides_own_sentence(
    make_call: Callable[..., Caller], policy: str, language: str, answer: dict[str, Any]
) -> None:
    told = make_call(password_policy=policy)("GET", "/api/v1/password-policy", headers={"Accept-Language": language})
    assert (told.status_code, told.json) == (200, answer)


@pytest.mark.requirement("ID-28", "ID-33")
@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "fr",
            [
                "Avant de vous connecter, assurez-vous que votre établissement scolaire est abonné au service.",
                "Le courriel doit être celui que vous avez fourni à l'école.",
            ],
        ),
        (
            "en",
            [
                "Before you sign in, make sure that your school subscribes to the service.",
                "The e-mail address must be the one that you gave to the school.",
            ],
        ),
    ],
)
def test_the_instructions_are_told_as_such_and_not_as_errors(call: Caller, language: str, texts: list[str]) -> None:
    told = call("GET", "/api/v1/notices", headers={"Accept-Language": language})
    assert told.status_code == 200
    assert [(each["severity"], each["text"]) for each in told.json] == [("info", text) for text in texts]


@pytest.mark.requirement("ID-39")
@pytest.mark.parametrize(
    ("language", "texts"),
    [("fr", ["Aide à la connexion", "Besoin d’aide\u00a0?"]), ("en", ["Help with signing in", "Need help?"])],
)
def test_the_help_links_are_those_of_the_deployment(
    make_call: Callable[..., Caller], language: str, texts: list[str]
) -> None:
    urls = ["https://www.cssphares.gouv.qc.ca/aide", "mailto:soutien@exemple.ca"]
    call = make_call(sign_in_help_url=urls[0], help_url=urls[1])
    told = call("GET", "/api/v1/help-links", headers={"Accept-Language": language})
    assert told.status_code == 200
    assert [each["code"] for each in told.json] == ["sign_in_help", "help"]
    assert [(each["text"], each["url"]) for each in told.json] == list(zip(texts, urls, strict=True))


@pytest.mark.requirement("ID-39")
def test_a_deployment_without_help_pages_shows_no_links(make_call: Callable[..., Caller]) -> None:
    assert make_call()("GET", "/api/v1/help-links").json == []
    [only] = make_call(help_url="https://aide.exemple.ca/")("GET", "/api/v1/help-links").json
    assert only["code"] == "help"


@pytest.mark.requirement("ID-17", "ID-21", "SES-2", "PRV-6")
def test_an_account_is_created_signed_in(call: Caller) -> None:
    created = call("POST", "/api/v1/accounts", saving(call.identity.ticket()), headers={"Accept-Language": "en"})
    assert created.status_code == 201
    account = created.json["account"]
    assert account == {
        "id": account["id"],
        "email": "parent@exemple.ca",
        "language": "en",
        "created_at": "2026-01-15T14:30:00+00:00",
    }
    assert set(created.json) == {"account", "token", "csrf_token"}
    session_cookie, device_cookie = created.headers.getlist("Set-Cookie")
    assert session_cookie == (f"__Host-vitrail={created.json['token']}; Secure; HttpOnly; Path=/; SameSite=Lax")
    assert device_cookie.startswith("__Host-vitrail-device=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=15552000"} <= set(device_cookie.split("; "))


@pytest.mark.requirement("SES-2")
def test_on_ones_own_machine_the_cookies_are_plain(make_call: Callable[..., Caller]) -> None:
    call = make_call(public_url="http://127.0.0.1:8080")
    created = call("POST", "/api/v1/accounts", saving(call.identity.ticket()))
    assert created.headers.getlist("Set-Cookie")[0] == (
        f"vitrail={created.json['token']}; HttpOnly; Path=/; SameSite=Lax"
    )


@pytest.mark.requirement("ID-24", "ACC-7", "ACC-1")
def test_an_existing_account_is_told_in_the_guides_words_after_the_code(call: Caller, clock: Any) -> None:
    call.identity.make_account()
    clock.advance(RESEND)
    ticket = call.identity.ticket()
    told = call("POST", "/api/v1/accounts", saving(ticket))
    assert refusal(told) == (409, "account_exists")
    assert told.json["title"] == "Un utilisateur avec le courriel spécifié existe déjà"
    assert "Mot de passe oublié?" in told.json["detail"]
    assert call("POST", "/api/v1/password-resets", saving(ticket, OTHER)).status_code == 204
    assert call("POST", "/api/v1/session", {"email": "parent@exemple.ca", "password": OTHER}).status_code == 201


@pytest.mark.requirement("ID-14")
@pytest.mark.parametrize("path", ["/api/v1/accounts", "/api/v1/password-resets"])
@pytest.mark.parametrize("body", [{}, {"ticket": ""}, {"ticket": "made.up"}])
def test_saving_before_verifying_is_a_conflict(call: Caller, path: str, body: dict[str, str]) -> None:
    told = call("POST", path, body | {"password": GOOD, "password_confirmation": GOOD})
    assert refusal(told) == (409, "not_verified")
    assert "Vérifier le code" in told.json["detail"]


@pytest.mark.requirement("ID-17", "ID-19", "PWD-1", "PWD-4")
def test_a_password_that_cannot_be_taken_says_every_reason(call: Caller) -> None:
    ticket = call.identity.ticket()
    given = {"ticket": ticket, "password": GOOD, "password_confirmation": OTHER}
    assert refusal(call("POST", "/api/v1/accounts", given)) == (422, "password_mismatch")
    told = call("POST", "/api/v1/accounts", saving(ticket, "abcdefg"))
    assert refusal(told) == (422, "password_rejected")
    assert [(error["pointer"], error["detail"]) for error in told.json["errors"]] == [
        ("#/password", "Le mot de passe doit avoir au moins 8 caractères."),
        (
            "#/password",
            (
                "Le mot de passe doit contenir 3 des 4 éléments suivants : minuscules, majuscules, chiffres (0-9), "
                "symboles (# $ / % ? & *)."
            ),
        ),
    ]
    told = call("POST", "/api/v1/accounts", saving(ticket, "Password1!"), headers={"Accept-Language": "en"})
    assert [error["detail"] for error in told.json["errors"]] == [
        "This password is too common: others would try it first."
    ]
    told = call("POST", "/api/v1/accounts", saving(ticket, "Password1!"))
    assert "trop courant" in told.json["errors"][0]["detail"]
    assert call("POST", "/api/v1/accounts", saving(ticket)).status_code == 201


@pytest.mark.requirement("ACC-1", "ID-25", "ACC-10")
def test_a_forgotten_password_is_replaced_and_every_session_ends(call: Caller, clock: Any) -> None:
    created = call.identity.make_account()
    clock.advance(RESEND)
    told = call("POST", "/api/v1/password-resets", saving(call.identity.ticket(purpose=codes.PASSWORD_RESET), OTHER))
    assert (told.status_code, told.data) == (204, b"")
    assert told.headers["Vitrail-Sessions-Ended"] == f"account:{created.account.id}"
    assert told.headers["Set-Cookie"].startswith("__Host-vitrail=; ")
    gone = call("POST", "/internal/session-introspections", {"token": created.session.token}, passport=AS_GATEWAY)
    assert refusal(gone) == (401, "not_signed_in")


def test_a_new_password_for_an_account_that_is_gone_says_so(call: Caller, clock: Any) -> None:
    call.identity.make_account()
    clock.advance(RESEND)
    ticket = call.identity.ticket(purpose=codes.PASSWORD_RESET)
    with call.identity.ctx.db.transaction() as session:
        session.execute(accounts.delete())
    assert refusal(call("POST", "/api/v1/password-resets", saving(ticket))) == (409, "account_missing")


@pytest.mark.requirement("ID-22", "SES-2", "SES-3")
def test_signing_in_opens_a_session_and_ends_the_one_before(call: Caller) -> None:
    before = call.identity.make_account().session
    told = call(
        "POST",
        "/api/v1/session",
        {"email": "parent@exemple.ca", "password": GOOD},
        passport=call.as_parent(before.token),
        headers={"User-Agent": "A browser"},
    )
    assert told.status_code == 201
    assert set(told.json) == {"account", "token", "csrf_token", "must_confirm_children"}
    assert told.json["must_confirm_children"] is False
    assert told.headers["Vitrail-Sessions-Ended"] == before.session_id
    assert f"__Host-vitrail={told.json['token']};" in told.headers["Set-Cookie"]
    assert [row.device for row in call.identity.rows(sessions)] == ["A browser"]


@pytest.mark.requirement("ID-23", "ACC-3")
def test_signing_in_wrongly_is_one_answer_in_the_guides_words(call: Caller) -> None:
    call.identity.make_account()
    tried = [("parent@exemple.ca", OTHER)] * 6 + [
        ("parent@exemple.ca", GOOD),
        ("parent@exemple.ca", ""),
        ("nobody@exemple.ca", GOOD),
        ("parent@exemple.ca", "kw" * 64 + "k"),
        ("jean_p@exemple.ca", GOOD),
        ("", ""),
    ]
    told = [call("POST", "/api/v1/session", {"email": email, "password": password}) for email, password in tried]
    assert {refusal(each) for each in told} == {(401, "credentials_rejected")}
    assert {each.json["title"] for each in told} == {"Courriel ou mot de passe invalide."}
    assert len({str(each.json | {"request_id": ""}) for each in told}) == 1
    assert {each.headers["WWW-Authenticate"] for each in told} == {'Bearer realm="vitrail"'}
    assert [each for each in told if "Set-Cookie" in each.headers] == []


@pytest.mark.requirement("ACC-5")
def test_a_known_device_signs_in_during_a_strangers_lock(call: Caller) -> None:
    device = call.identity.make_account().device_token
    given = {"email": "parent@exemple.ca", "password": OTHER}
    for _ in range(6):
        call("POST", "/api/v1/session", given)
    right = given | {"password": GOOD}
    assert call("POST", "/api/v1/session", right).status_code == 401
    assert call("POST", "/api/v1/session", right, headers={"Device-Token": device}).status_code == 201


@pytest.mark.requirement("ID-35", "SES-5", "SES-9")
def test_a_session_is_read_and_ended(call: Caller) -> None:
    created = call.identity.make_account()
    passport = call.as_parent(created.session.token)
    told = call("GET", "/api/v1/session", passport=passport)
    assert told.status_code == 200
    assert told.json["csrf_token"] == created.session.csrf_token
    assert told.json["account"]["email"] == "parent@exemple.ca"
    assert told.json["expires_at"] == "2026-01-15T15:00:00+00:00"
    assert told.headers["Cache-Control"] == "no-store"
    ended = call("DELETE", "/api/v1/session", passport=passport)
    assert ended.status_code == 204
    assert ended.headers["Clear-Site-Data"] == '"cookies"'
    assert ended.headers["Vitrail-Sessions-Ended"] == created.session.session_id
    assert ended.headers["Set-Cookie"].startswith("__Host-vitrail=; ")
    assert refusal(call("GET", "/api/v1/session", passport=passport)) == (401, "not_signed_in")
    assert refusal(call("DELETE", "/api/v1/session", passport=passport)) == (401, "not_signed_in")


@pytest.mark.requirement("SES-6")
def test_sessions_are_listed_and_ended_one_by_one_or_all_others(call: Caller, clock: Any) -> None:
    created = call.identity.make_account()
    passport = call.as_parent(created.session.token)
    others = []
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        others.append(call.identity.sign_in().session.session_id)
    listed = call("GET", "/api/v1/sessions", passport=passport)
    assert [row["id"] for row in listed.json] == [*reversed(others), created.session.session_id]
    assert [row["is_current"] for row in listed.json] == [False, False, False, True]
    assert '"total": 4' in listed.headers["X-Pagination"]
    assert len(call("GET", "/api/v1/sessions?page=2&page_size=3", passport=passport).json) == 1
    ended = call("DELETE", f"/api/v1/sessions/{others[0]}", passport=passport)
    assert (ended.status_code, ended.headers["Vitrail-Sessions-Ended"]) == (204, others[0])
    assert "Set-Cookie" not in ended.headers
    ended = call("DELETE", "/api/v1/sessions", passport=passport)
    assert (ended.status_code, sorted(ended.headers["Vitrail-Sessions-Ended"].split(","))) == (204, sorted(others[1:]))
    assert [row["id"] for row in call("GET", "/api/v1/sessions", passport=passport).json] == [
        created.session.session_id
    ]


@pytest.mark.requirement("SES-6")
def test_another_accounts_session_is_not_found(call: Caller) -> None:
    passport = call.as_parent(call.identity.make_account().session.token)
    strangers = call.identity.make_account("stranger@exemple.ca").session
    path = f"/api/v1/sessions/{strangers.session_id}"
    assert refusal(call("DELETE", path, passport=passport)) == (404, "not_found")
    assert call.as_parent(strangers.token)


def test_an_account_shows_itself_and_changes_its_language(call: Caller) -> None:
    passport = call.as_parent(call.identity.make_account().session.token)
    shown = call("GET", "/api/v1/account", passport=passport).json
    assert (shown["language"], shown["has_password"], shown["must_confirm_children"]) == ("fr", True, False)
    changed = call("PATCH", "/api/v1/account", {"language": "en"}, passport=passport)
    assert (changed.status_code, changed.json["language"]) == (200, "en")
    told = call("PATCH", "/api/v1/account", {"language": "de"}, passport=passport)
    assert refusal(told) == (422, "validation_failed")


@pytest.mark.requirement("SES-3", "SES-2")
def test_proving_again_who_one_is_gives_new_tokens(call: Caller) -> None:
    created = call.identity.make_account()
    passport = call.as_parent(created.session.token)
    path = "/api/v1/session/reauthentication"
    given = {"Idempotency-Key": "again-1"}
    assert refusal(call("POST", path, {"password": OTHER}, passport=passport)) == (422, "current_password_wrong")
    told, again = [call("POST", path, {"password": GOOD}, passport=passport, headers=given) for _ in range(2)]
    assert (told.status_code, set(told.json)) == (200, {"token", "csrf_token"})
    assert told.headers["Vitrail-Sessions-Ended"] == created.session.session_id
    assert told.headers["Set-Cookie"].startswith(f"__Host-vitrail={told.json['token']}; Secure; HttpOnly")
    # An answer that was lost on the way does not cost the session.
    assert again.json == told.json
    assert call.as_parent(told.json["token"]).session_id == created.session.session_id


@pytest.mark.requirement("PWD-11", "ACC-10", "SES-3")
def test_a_known_password_is_changed(call: Caller) -> None:
    created = call.identity.make_account()
    passport = call.as_parent(created.session.token)
    path = "/api/v1/account/password"
    both = {"password": OTHER, "password_confirmation": OTHER}
    for current, code in ((OTHER, "current_password_wrong"), (None, "current_password_wrong")):
        body = both | ({"current_password": current} if current else {})
        assert refusal(call("PUT", path, body, passport=passport)) == (422, code)
    same = {"current_password": GOOD, "password": GOOD, "password_confirmation": GOOD}
    assert refusal(call("PUT", path, same, passport=passport)) == (422, "password_unchanged")
    told = call("PUT", path, both | {"current_password": GOOD}, passport=passport)
    assert (told.status_code, set(told.json)) == (200, {"token", "csrf_token"})
    assert told.headers["Vitrail-Sessions-Ended"] == f"account:{created.account.id}"
    assert call.as_parent(told.json["token"]).account_id == created.account.id
    assert call("POST", "/api/v1/session", {"email": "parent@exemple.ca", "password": OTHER}).status_code == 201


@pytest.mark.requirement("ACC-11")
def test_an_email_is_changed_and_taken_back(call: Caller, clock: Any) -> None:
    created = call.identity.make_account()
    passport = call.as_parent(created.session.token)
    ticket = call.identity.ticket("nouveau@exemple.ca", codes.EMAIL_CONFIRMATION)
    assert refusal(call("PUT", "/api/v1/account/email", {}, passport=passport)) == (409, "not_verified")
    told = call("PUT", "/api/v1/account/email", {"ticket": ticket}, passport=passport)
    assert (told.status_code, told.json["email"]) == (200, "nouveau@exemple.ca")
    assert told.headers["Vitrail-Sessions-Ended"] == f"account:{created.account.id}"
    assert call.as_parent(created.session.token).email == "nouveau@exemple.ca"
    back = call.identity.ticket(purpose=codes.EMAIL_CHANGE_UNDO)
    undone = call("POST", "/api/v1/email-change-undos", {"ticket": back})
    assert (undone.status_code, undone.data) == (204, b"")
    assert undone.headers["Vitrail-Sessions-Ended"] == f"account:{created.account.id}"
    assert call("POST", "/api/v1/password-resets", saving(back, OTHER)).status_code == 204
    assert call("POST", "/api/v1/session", {"email": "parent@exemple.ca", "password": OTHER}).status_code == 201


@pytest.mark.requirement("ACC-11", "ACC-12", "SES-6", "ACC-15")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/account"),
        ("PUT", "/api/v1/account/email"),
        ("POST", "/api/v1/account/exports"),
        ("DELETE", "/api/v1/sessions"),
        ("DELETE", f"/api/v1/sessions/{NOBODYS}"),
        ("DELETE", f"/api/v1/account/identities/{NOBODYS}"),
    ],
)
def test_what_guards_the_account_wants_a_recent_proof(call: Caller, clock: Any, method: str, path: str) -> None:
    passport = call.as_parent(call.identity.make_account().session.token)
    clock.advance(REAUTHENTICATION)
    told = call(method, path, {} if method in BODIES else None, passport=passport)
    assert refusal(told) == (403, "reauthentication_required")
    assert "mot de passe" in told.json["detail"]


@pytest.mark.requirement("ACC-12", "SES-5")
def test_an_account_is_deleted(call: Caller) -> None:
    created = call.identity.make_account()
    passport = call.as_parent(created.session.token)
    told = call("DELETE", "/api/v1/account", passport=passport)
    assert (told.status_code, told.data) == (204, b"")
    assert told.headers["Vitrail-Sessions-Ended"] == f"account:{created.account.id}"
    assert told.headers["Clear-Site-Data"] == '"cookies"'
    assert told.headers["Set-Cookie"].startswith("__Host-vitrail=; ")
    assert refusal(call("GET", "/api/v1/account", passport=passport)) == (401, "not_signed_in")


def test_what_happened_is_listed_and_everything_is_handed_over(call: Caller) -> None:
    passport = call.as_parent(call.identity.make_account().session.token)
    listed = call("GET", "/api/v1/account/activity?page_size=1", passport=passport)
    assert listed.json == [
        {"kind": "account_created", "at": "2026-01-15T14:30:00+00:00", "device": "A phone", "network": "192.0.2.0/24"}
    ]
    assert '"total": 1' in listed.headers["X-Pagination"]
    told = call("POST", "/api/v1/account/exports", passport=passport)
    assert told.status_code == 201
    assert told.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    assert set(told.json) == {"exported_at", "account", "former_emails", "identities", "sessions", "activity"}
    assert told.json["account"]["email"] == "parent@exemple.ca"


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize("member", ["id", "email", "roles", "is_verified", "must_confirm_children"])
def test_an_account_changes_nothing_else_of_itself(call: Caller, member: str) -> None:
    passport = call.as_parent(call.identity.make_account().session.token)
    before = call.identity.rows(accounts)
    told = call("PATCH", "/api/v1/account", {"language": "en", member: "x"}, passport=passport)
    assert refusal(told) == (422, "validation_failed")
    assert call.identity.rows(accounts) == before


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize("member", ["id", "email", "roles", "is_verified", "account_id"])
def test_nothing_but_the_password_is_taken_with_a_ticket(call: Caller, member: str) -> None:
    ticket = call.identity.ticket()
    for path in ("/api/v1/accounts", "/api/v1/password-resets"):
        assert refusal(call("POST", path, saving(ticket) | {member: "x"})) == (422, "validation_failed")
    assert call.identity.rows(accounts) == []


def test_the_gateway_learns_whose_session_a_token_is(call: Caller) -> None:
    created = call.identity.make_account()
    told = call("POST", "/internal/session-introspections", {"token": created.session.token}, passport=AS_GATEWAY)
    assert (told.status_code, told.json) == (
        200,
        {
            "session_id": created.session.session_id,
            "account_id": created.account.id,
            "email": "parent@exemple.ca",
            "roles": ["parent"],
            "csrf_token": created.session.csrf_token,
            "expires_at": "2026-01-15T15:00:00+00:00",
        },
    )
    unknown = call("POST", "/internal/session-introspections", {"token": "x"}, passport=AS_GATEWAY)
    assert refusal(unknown) == (401, "not_signed_in")


@pytest.mark.parametrize(("method", "path"), [*PUBLIC, *WITHOUT_SESSION])
def test_no_path_opens_without_the_gateways_passport(call: Caller, method: str, path: str) -> None:
    told = call(method, path, {} if method in BODIES else None, passport=None)
    assert refusal(told) == (401, "passport_required")


@pytest.mark.parametrize(("method", "path"), WITHOUT_SESSION)
def test_what_needs_a_session_does_not_open_without_one(call: Caller, method: str, path: str) -> None:
    assert refusal(call(method, path, {} if method in BODIES else None)) == (401, "not_signed_in")


@pytest.mark.parametrize(
    ("path", "roles"), [("/internal/session-introspections", PARENT), ("/api/v1/account", GATEWAY)]
)
def test_a_role_opens_only_its_own_paths(call: Caller, path: str, roles: str) -> None:
    passport = Passport(account_id=NOBODYS, session_id=NOBODYS, roles=(roles,), address=HOME)
    method = "POST" if roles == PARENT else "GET"
    assert refusal(call(method, path, {"token": "x"} if roles == PARENT else None, passport=passport)) == (
        403,
        "not_allowed",
    )


@pytest.mark.requirement("PWD-10")
@pytest.mark.parametrize("path", ["/api/v1/session", "/api/v1/accounts", "/api/v1/password-resets"])
def test_a_large_body_is_refused_before_anything_is_hashed(
    call: Caller, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashed(*_: object) -> bool:
        raise AssertionError("a password was hashed")

    monkeypatch.setattr(call.identity.ctx.passwords, "agrees", hashed)
    monkeypatch.setattr(call.identity.ctx.passwords, "keep", hashed)
    body = {"email": "parent@exemple.ca", "password": "k" * 1_000_000}
    assert refusal(call("POST", path, body)) == (413, "body_too_large")
    assert refusal(call("POST", path, body | {"password": "k" * 8192})) == (413, "body_too_large")


def test_a_large_body_to_ask_for_a_code_is_refused(call: Caller) -> None:
    body = {"email": "x" * 20_000, "purpose": "account_creation"}
    assert refusal(call("POST", ASK, body)) == (413, "body_too_large")


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_a_foreign_pages_form_could_send_is_refused(call: Caller, content_type: str) -> None:
    told = call("POST", "/api/v1/session", data='{"email": "a@b.ca", "password": "x"}', content_type=content_type)
    assert refusal(told) == (415, "unsupported_media_type")


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe", b'"text"', b"[]", b"nul", b'{"email": NaN}'])
def test_a_body_that_cannot_be_read_is_refused(call: Caller, data: bytes) -> None:
    told = call("POST", "/api/v1/session", data=data, content_type="application/json")
    assert refusal(told)[0] in {400, 422}


@pytest.mark.requirement("ACC-15")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_refusal_is_told_in_the_readers_language_and_repeats_nothing_of_theirs(call: Caller, language: str) -> None:
    told = call(
        "POST",
        "/api/v1/session",
        {"email": "somebody@exemple.ca", "password": "Secret-Word9"},
        headers={"Accept-Language": language},
    )
    assert told.headers["Content-Language"] == language
    assert told.json["title"].startswith({"fr": "Courriel ou", "en": "Invalid e-mail"}[language])
    assert "somebody" not in told.text
    assert "Secret-Word9" not in told.text


@pytest.mark.requirement("ACC-15")
def test_every_refusal_has_a_page_behind_its_type(call: Caller) -> None:
    told = call("POST", "/api/v1/session", {"email": "x", "password": "x"})
    page = call("GET", told.json["type"])
    assert page.status_code == 200
    assert "Courriel ou mot de passe invalide." in page.text


@pytest.mark.requirement("ID-35", "SES-1")
def test_no_answer_or_log_shows_a_token_but_the_one_that_opens_it(
    call: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    created = call("POST", "/api/v1/accounts", saving(call.identity.ticket()))
    passport = call.as_parent(created.json["token"])
    answers = [call("GET", path, passport=passport).text for path in ("/api/v1/session", "/api/v1/sessions")]
    said = capsys.readouterr()
    assert created.json["token"] not in "".join(answers) + said.out + said.err
    assert GOOD not in said.out + said.err


def test_a_sign_up_sent_twice_under_one_key_is_one_account_with_one_session(call: Caller) -> None:
    ticket = call.identity.ticket()
    told = [
        call("POST", "/api/v1/accounts", saving(ticket), headers={"Idempotency-Key": "sign-up-1"}) for _ in range(2)
    ]
    assert told[0].json == told[1].json
    assert told[0].headers.getlist("Set-Cookie") == told[1].headers.getlist("Set-Cookie")
    assert len(call.identity.rows(sessions)) == 1


def test_the_description_lists_every_public_call(call: Caller) -> None:
    described = call("GET", "/openapi.json").json
    listed = {(method.upper(), path) for path, each in described["paths"].items() for method in each}
    templates = {
        (method, path.replace(NOBODYS, "{}").replace("/google/", "/{}/"))
        for method, path in [*PUBLIC, *WITHOUT_SESSION]
    }
    assert {(method, re.sub(r"{\w+}", "{}", path)) for method, path in listed} >= templates


@pytest.mark.requirement("ID-27")
def test_the_instruction_about_the_address_is_part_of_the_words_for_a_wrong_one(call: Caller) -> None:
    told = call("POST", ASK, {"email": "x", "purpose": codes.ACCOUNT_CREATION})
    assert "Le courriel doit être celui que vous avez fourni à l'école." in told.json["detail"]


@pytest.mark.requirement("ID-31")
def test_an_account_to_be_created_again_says_so_after_the_right_password_alone(call: Caller, clock: Any) -> None:
    call.identity.make_account()
    with call.identity.ctx.db.transaction() as session:
        session.execute(accounts.update().values(created_at=clock.now().replace(year=2016)))
    given = {"email": "parent@exemple.ca"}
    told = call("POST", "/api/v1/session", given | {"password": GOOD})
    assert refusal(told) == (403, "account_must_be_recreated")
    assert "Créez à nouveau votre compte avec le même courriel" in told.json["detail"]
    assert refusal(call("POST", "/api/v1/session", given | {"password": OTHER})) == (401, "credentials_rejected")
