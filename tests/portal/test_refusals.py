"""What each refusal leads on to: its words, and a link, a field or a page to go on with."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from portal.languages import spoken_wait
from portal.next_steps import PAGES
from portal.pages import ADDRESSES
from tests.portal.absences import ANNA, absence, hold, notice
from tests.portal.conftest import Browser, FakeApi
from tests.portal.test_account import IDENTITY, POLICY, holder
from tests.portal.test_claiming import PROOF, parent as claimant
from tests.portal.test_contacting import ASKED, post, writer
from tests.portal.test_email_changes import prove
from tests.portal.test_family import asked
from tests.portal.test_pages import CHALLENGE, STATE
from tests.portal.test_social import PROVIDER, WAITING

__all__ = ["claimant", "holder", "writer"]

PROBLEM_TYPES = Path(__file__).parents[1] / "architecture" / "problem_types.txt"
EMAIL, ROOT = "parent@example.org", "/api/v1/children/anna"
TICKET = {"ticket": "proof", "expires_at": STATE["expires_at"]}
PASSWORDS = {"password": "Fenetre-7bleue", "password_confirmation": "Fenetre-7bleue"}
SCHOOL, HELP = 'href="/enfants/anna/nous-joindre"', 'class="button" href="/nous-joindre"'
RESET = 'class="button" href="/mot-de-passe-oublie"'

# Of each part of the portal: a refusal that it may meet, its status, and what it must lead on to.
SIGN_IN = {
    "credentials_rejected": (401, RESET),
    "account_must_be_recreated": (403, 'href="/creer-un-compte"'),
    "too_many_requests": (429, HELP),
    "network_not_allowed": (403, HELP),
    "email_invalid": (422, 'href="#email"'),
}
EMAIL_STEP = {
    "email_not_accepted": (422, 'href="#email"'),
    "email_invalid": (422, 'href="#email"'),
    "too_many_requests": (429, HELP),
}
CODE_STEP = {
    code: (status, 'action="/creer-un-compte/nouveau-code"')
    for code, status in {
        "code_rejected": 422,
        "code_expired": 410,
        "code_superseded": 410,
        "too_many_attempts": 429,
    }.items()
}
PASSWORD_STEP = {
    "account_exists": (409, 'href="/mot-de-passe-oublie/mot-de-passe"'),
    "account_missing": (409, 'href="/creer-un-compte"'),
    "password_mismatch": (422, 'href="#password_confirmation"'),
    "password_unchanged": (422, 'href="#password"'),
    "password_rejected": (422, 'name="password"'),
}
# With these the steps begin anew, which the next page says.
ANEW = {"not_verified": 409, "code_cancelled": 410, "not_found": 404}
SOCIAL_OF_STRANGERS = {
    "provider_unknown": 404,
    "provider_failed": 502,
    "provider_timed_out": 504,
    "social_sign_in_failed": 400,
    "return_to_refused": 422,
}
OF_ACCOUNT = {
    "current_password_wrong": ("PUT", "/api/v1/account/password", "/compte/mot-de-passe", 422, RESET),
    "last_credential": (
        "DELETE",
        "/api/v1/account/identities/i1",
        "/compte/comptes-sociaux/i1",
        409,
        'class="button" href="/compte/mot-de-passe"',
    ),
}
CLAIM = {
    "email_not_on_file": (403, 'href="/compte/courriel"'),
    "claim_mismatch": (422, HELP),
    "identifier_malformed": (422, 'href="#identifier"'),
    "organisation_not_subscribed": (409, 'class="button" href="/enfants/ajouter"'),
    "too_many_claims": (429, HELP),
    "too_many_children": (409, 'class="button" href="/enfants"'),
    "request_in_progress": (409, 'action="/enfants/ajouter/o1"'),
    "idempotency_key_reused": (422, 'action="/enfants/ajouter/o1"'),
    "internal_error": (500, HELP),
}
ANNOUNCEMENT = {
    "explanation_required": (422, 'href="#explanation"'),
    "time_required": (422, 'href="#time"'),
    "no_school_day": (422, 'href="#day"'),
    "notice_too_late": (409, SCHOOL),
    "notice_overlaps": (409, 'class="button" href="/enfants/anna/absences"'),
    "too_many_requests": (429, 'action="/absences/annoncer"'),
}
MOTIVATION = {
    "explanation_required": (422, 'href="#explanation"'),
    "already_motivated": (409, 'class="button" href="/enfants/anna/absences"'),
    "motivation_closed": (409, SCHOOL),
}
OF_CHILD = {
    "notice_started": (409, "DELETE", "absence-notices/n-anna", "absences/avis/n-anna/annuler", "absences"),
    "not_principal_guardian": (403, "PUT", "re-registration", "reinscription", "reinscription"),
    "link_not_disputable": (
        409,
        "POST",
        "other-guardians/l1/dispute",
        "autres-repondants/l1/contester",
        "autres-repondants/l1/contester",
    ),
}
# Wherever it comes: a page of its own.
ANYWHERE = {
    "not_found": (404, 'href="/enfants"'),
    "not_allowed": (403, 'href="/enfants"'),
    "internal_error": (500, HELP),
    "validation_failed": (422, 'href="/enfants"'),
    "too_many_requests": (429, HELP),
}
AWAY = {"unavailable": 503, "upstream_failed": 502, "upstream_timed_out": 504}
LED_TO_ANOTHER_PAGE = {"not_signed_in", "reauthentication_required", "confirmation_missing", "campaign_closed"}
TESTED_ALONE = {"email_unchanged", "email_change_missing", "identity_taken", "document_unreadable"}
SUPPORT = {
    "too_many_support_requests": (429, HELP),
    "body_too_large": (413, 'action="/nous-joindre/ecrire"'),
    "unsupported_media_type": (415, 'action="/nous-joindre/ecrire"'),
}
# Said to schools' systems, to whoever runs the service, or to a program that breaks the rules: never to the portal.
NOT_FOR_PARENTS = {
    *("campaign_begun", "campaign_overlaps", "directory_malformed", "dispute_unknown", "domain_not_on_board"),
    *("event_log_away", "event_log_refuses", "field_not_exportable", "file_number_taken", "guardian_not_on_file"),
    *("import_overtaken", "import_under_way", "organisation_unknown", "pin_unknown", "purpose_missing"),
    *("reference_unknown", "registry_malformed", "registry_of_another_organisation", "student_unknown"),
    *("subscriber_name_malformed", "subscriber_name_taken", "subscriber_unknown", "too_many_removals"),
    *("type_not_exportable", "csrf_rejected", "headers_too_large", "malformed_http", "malformed_path"),
    *("request_too_slow", "token_rejected", "client_name_malformed", "client_rejected", "client_revoked"),
    *("client_secret_unknown", "client_unknown", "grant_type_unsupported", "organisation_code_malformed"),
    *("scope_refused", "scope_unknown", "token_request_malformed", "too_many_secrets", "too_many_wrong_secrets"),
    *("not_a_whole_pdf", "signing_key_in_use", "malformed_request", "method_not_allowed", "passport_required"),
    "scope_missing",
}


def leads_on(answer: TestResponse, code: str, way: str) -> bool:
    """Tell whether a page says a refusal in its words, and has a way on from it."""
    return f"Titre {code}" in answer.text and way in answer.text


def text_of(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text))


def test_every_refusal_has_been_looked_at() -> None:
    types = [line.split()[0].rpartition("/")[2].replace("-", "_") for line in PROBLEM_TYPES.read_text().splitlines()]
    tables = (SIGN_IN, EMAIL_STEP, CODE_STEP, PASSWORD_STEP, ANEW, SOCIAL_OF_STRANGERS, OF_ACCOUNT, CLAIM, ANNOUNCEMENT)
    looked_at = {code for table in (*tables, MOTIVATION, OF_CHILD, ANYWHERE, AWAY, SUPPORT) for code in table}
    looked_at |= LED_TO_ANOTHER_PAGE | TESTED_ALONE

    assert looked_at & NOT_FOR_PARENTS == set()
    assert looked_at | NOT_FOR_PARENTS == set(types)
    assert set(PAGES) <= looked_at
    assert {page for pages in PAGES.values() for page in pages} <= {each.name for each in ADDRESSES}


@pytest.mark.requirement("ID-23", "ID-30", "ID-31")
@pytest.mark.parametrize("code", SIGN_IN)
def test_sign_in_leads_on(browser: Browser, api: FakeApi, code: str) -> None:
    status, way = SIGN_IN[code]
    api.refuse("POST", "/api/v1/session", status, code)

    assert leads_on(browser.sign_in(), code, way)


@pytest.mark.requirement("ID-26", "ID-27")
@pytest.mark.parametrize("code", EMAIL_STEP)
def test_asking_for_a_code_leads_on(browser: Browser, api: FakeApi, code: str) -> None:
    status, way = EMAIL_STEP[code]
    api.refuse("POST", "/api/v1/verification-codes", status, code)

    assert leads_on(browser.send("/creer-un-compte", email=EMAIL), code, way)


def ask_for_code(browser: Browser, api: FakeApi, start: str) -> None:
    api.answer("POST", "/api/v1/verification-codes", 202, CHALLENGE)
    api.answer("GET", "/api/v1/verification-codes/c1", 200, STATE)
    api.answer("POST", "/api/v1/verification-codes/c1/verification", 200, TICKET)
    api.answer("GET", "/api/v1/password-policy", 200, POLICY)
    browser.send(start, email=EMAIL)


@pytest.mark.requirement("ID-15")
@pytest.mark.parametrize("code", CODE_STEP)
def test_a_refused_code_leads_on(browser: Browser, api: FakeApi, code: str) -> None:
    status, way = CODE_STEP[code]
    ask_for_code(browser, api, "/creer-un-compte")
    api.refuse("POST", "/api/v1/verification-codes/c1/verification", status, code)

    answer = browser.send("/creer-un-compte/code", code="123456")

    assert f'<a href="#code">Titre {code}</a>' in answer.text
    assert leads_on(answer, code, way)


@pytest.mark.requirement("ID-14")
@pytest.mark.parametrize("code", ANEW)
def test_what_is_over_begins_anew(browser: Browser, api: FakeApi, code: str) -> None:
    ask_for_code(browser, api, "/creer-un-compte")
    api.refuse("POST", "/api/v1/verification-codes/c1/verification", ANEW[code], code)

    answer = browser.send("/creer-un-compte/code", code="123456")

    assert answer.headers["Location"] == "/creer-un-compte"
    assert "Cette demande a pris fin." in browser.get("/creer-un-compte").text


@pytest.mark.requirement("ID-17", "ID-24")
@pytest.mark.parametrize("code", PASSWORD_STEP)
@pytest.mark.parametrize(
    ("start", "path"), [("/creer-un-compte", "accounts"), ("/mot-de-passe-oublie", "password-resets")]
)
def test_a_refused_password_leads_on(browser: Browser, api: FakeApi, code: str, start: str, path: str) -> None:
    status, way = PASSWORD_STEP[code]
    ask_for_code(browser, api, start)
    browser.send(f"{start}/code", code="123456")
    api.refuse("POST", f"/api/v1/{path}", status, code)

    assert leads_on(browser.send(f"{start}/mot-de-passe", **PASSWORDS), code, way)


@pytest.mark.requirement("ID-02")
@pytest.mark.parametrize("code", SOCIAL_OF_STRANGERS)
def test_social_sign_in_leads_back_to_every_way_in(browser: Browser, api: FakeApi, code: str) -> None:
    api.answer("GET", "/api/v1/social-providers", 200, [PROVIDER])
    api.refuse("POST", "/api/v1/social-visits", SOCIAL_OF_STRANGERS[code], code)

    answer = browser.get("/connexion/google")

    assert leads_on(answer, code, 'href="/connexion/google"')
    assert leads_on(answer, code, 'name="password"')


def test_a_confirmation_that_is_over_leads_to_sign_in(browser: Browser, api: FakeApi) -> None:
    api.answer("GET", "/api/v1/social-confirmation", 200, {**WAITING, "step": "password"})
    api.refuse("GET", "/api/v1/social-confirmation", 409, "confirmation_missing")

    assert browser.get("/confirmer-mon-compte-social").headers["Location"] == "/"
    assert "Recommencez en choisissant votre compte social." in browser.get("/").text


@pytest.mark.parametrize("code", OF_ACCOUNT)
def test_the_account_leads_on(holder: Browser, api: FakeApi, code: str) -> None:
    method, path, page, status, way = OF_ACCOUNT[code]
    api.answer("GET", "/api/v1/account/identities", 200, [IDENTITY])
    api.refuse(method, path, status, code)

    assert leads_on(holder.send(page, current_password="Rideau-4jaune!", **PASSWORDS), code, way)


def test_an_e_mail_that_is_the_account_s_already_leads_to_the_account(holder: Browser, api: FakeApi) -> None:
    leads_to = prove(holder, api, start="/compte/courriel", email=EMAIL)
    api.refuse("PUT", "/api/v1/account/email", 409, "email_unchanged")

    assert leads_on(holder.send(leads_to), "email_unchanged", 'class="button" href="/compte"')


def test_an_e_mail_that_nobody_took_leads_to_a_new_password_and_to_help(browser: Browser, api: FakeApi) -> None:
    leads_to = prove(browser, api, start="/ce-n-est-pas-moi", email=EMAIL)
    api.refuse("POST", "/api/v1/email-change-undos", 409, "email_change_missing")

    answer = browser.send(leads_to)

    assert leads_on(answer, "email_change_missing", RESET)
    assert leads_on(answer, "email_change_missing", HELP)


def test_a_social_account_of_somebody_else_leads_to_the_account(holder: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/social-arrivals", 409, "identity_taken")

    assert leads_on(holder.get("/connexion/google/retour?state=s&code=c"), "identity_taken", 'href="/compte"')


@pytest.mark.requirement("EN-15", "EN-24", "ID-29")
@pytest.mark.parametrize("code", CLAIM)
def test_a_refused_claim_leads_on(claimant: Browser, api: FakeApi, code: str) -> None:
    status, way = CLAIM[code]
    api.refuse("POST", "/api/v1/claims", status, code)
    api.answers["POST", "/api/v1/claims"].headers["Retry-After"] = "0"  # type: ignore[union-attr]

    answer = claimant.send("/enfants/ajouter/o1", page="/enfants/ajouter/o1?organisation=x", **PROOF)

    assert answer.status_code == status
    assert leads_on(answer, code, way)
    # The form is there again, with what was typed.
    assert 'value="Élodie"' in answer.text


@pytest.mark.requirement("EN-15", "ID-29")
@pytest.mark.parametrize("code", ["claim_mismatch", "email_not_on_file"])
def test_a_refused_claim_has_a_reference_to_tell_the_school(claimant: Browser, api: FakeApi, code: str) -> None:
    api.refuse("POST", "/api/v1/claims", 422, code, support_reference="AB-12")

    answer = claimant.send("/enfants/ajouter/o1", page="/enfants/ajouter/o1?organisation=x", **PROOF)

    assert "Référence à donner à l’école : AB-12" in text_of(answer).replace("\u00a0", " ")


@pytest.fixture
def parent(holder: Browser, api: FakeApi) -> Browser:
    """Somebody who holds Anna."""
    hold(api, ANNA)
    return holder


@pytest.mark.requirement("AT-04", "AT-06", "AT-08")
@pytest.mark.parametrize("code", ANNOUNCEMENT)
def test_a_refused_announcement_leads_on(parent: Browser, api: FakeApi, code: str) -> None:
    status, way = ANNOUNCEMENT[code]
    api.refuse("POST", f"{ROOT}/absence-notices", status, code)

    answer = parent.send("/absences/annoncer", child="anna", day="2026-11-24", part="full_day", reason="Maladie")

    assert leads_on(answer, code, way)
    assert f"Détail {code}" in answer.text


@pytest.mark.requirement("AT-03")
def test_ways_on_say_of_which_child_they_are(parent: Browser, api: FakeApi) -> None:
    jo = {**ANNA, "id": "jo", "first_name": "Jo"}
    hold(api, ANNA, jo)
    for path in ("/api/v1/absence-notices", f"{ROOT}/absence-notices", "/api/v1/children/jo/absence-notices"):
        api.refuse("POST", path, 409, "notice_too_late")
    chosen = {"child": ["anna", "jo"], "day": "2026-11-24", "part": "full_day", "reason": "Maladie"}

    answer = parent.send("/absences/annoncer", **chosen)  # type: ignore[arg-type]

    assert f"{SCHOOL}>Joindre le secrétariat de l’école – Anna</a>" in answer.text
    assert 'href="/enfants/jo/nous-joindre">Joindre le secrétariat de l’école – Jo</a>' in answer.text


@pytest.mark.requirement("AT-10")
@pytest.mark.parametrize("code", MOTIVATION)
def test_a_refused_motivation_leads_on(parent: Browser, api: FakeApi, code: str) -> None:
    status, way = MOTIVATION[code]
    api.answer("GET", f"{ROOT}/absences", 200, [absence(1)])
    api.refuse("POST", f"{ROOT}/absences/a1/motivation", status, code)

    assert leads_on(parent.send("/enfants/anna/absences/motiver", absence="a1", reason="MALADIE"), code, way)


@pytest.mark.requirement("RR-02", "CHD-11")
@pytest.mark.parametrize("code", OF_CHILD)
def test_what_the_school_alone_can_settle_leads_to_the_school(parent: Browser, api: FakeApi, code: str) -> None:
    status, method, path, form, page = OF_CHILD[code]
    other = {"link_id": "l1", "linked_at": "2026-11-03T15:00:00Z", "status": "active", "is_disputable": True}
    api.answer("GET", f"{ROOT}/absence-notices", 200, [notice("anna", date="2099-01-04", end_date="2099-01-04")])
    api.answer("GET", f"{ROOT}/re-registration", 200, asked())
    api.answer("GET", f"{ROOT}/other-guardians", 200, [other])
    api.refuse(method, f"{ROOT}/{path}", status, code)

    answer = parent.send(f"/enfants/anna/{form}", page=f"/enfants/anna/{page}", answer="returning")

    assert leads_on(answer, code, f'class="button" {SCHOOL}')


@pytest.mark.requirement("RR-03")
def test_a_closed_campaign_says_its_dates_calmly_and_leads_to_the_school(parent: Browser, api: FakeApi) -> None:
    api.refuse("GET", f"{ROOT}/re-registration", 409, "campaign_closed")

    answer = parent.get("/enfants/anna/reinscription")

    assert leads_on(answer, "campaign_closed", f'class="button" {SCHOOL}')
    assert 'class="summary"' not in answer.text


def test_a_document_that_is_spoilt_is_not_said_to_be_a_service_away(parent: Browser, api: FakeApi) -> None:
    api.refuse("GET", f"{ROOT}/report-cards/r1/document", 503, "document_unreadable")

    assert leads_on(parent.get("/enfants/anna/bulletins/r1/document"), "document_unreadable", SCHOOL)


@pytest.mark.parametrize("code", SUPPORT)
def test_a_refused_support_request_leads_on(writer: Browser, api: FakeApi, code: str) -> None:
    status, way = SUPPORT[code]
    api.refuse("POST", "/api/v1/support-requests", status, code)

    assert leads_on(post(writer, "/nous-joindre/ecrire", **ASKED), code, way)


@pytest.mark.parametrize("code", ANYWHERE)
def test_a_page_that_is_refused_leads_on(parent: Browser, api: FakeApi, code: str) -> None:
    status, way = ANYWHERE[code]
    api.refuse("GET", "/api/v1/children", status, code)

    answer = parent.get("/enfants")

    assert answer.status_code == status
    assert leads_on(answer, code, way)


@pytest.mark.parametrize("code", AWAY)
def test_a_service_that_is_away_leads_to_the_same_page_again(parent: Browser, api: FakeApi, code: str) -> None:
    api.refuse("GET", "/api/v1/children", AWAY[code], code)

    answer = parent.get("/enfants")

    assert answer.status_code == 503
    assert '<a class="button is-first" href="/enfants">Recharger la page</a>' in answer.text


def test_a_form_that_lay_open_too_long_leads_back_to_itself(parent: Browser) -> None:
    answer = parent.client.post("/absences/annoncer", data={"csrf_token": "another"})

    assert answer.status_code == 403
    assert '<a class="button is-first" href="/absences/annoncer">Revenir au formulaire</a>' in answer.text


@pytest.mark.parametrize(("code", "leads_to"), [("not_signed_in", "/?back"), ("reauthentication_required", "/confirm")])
def test_whoever_must_say_who_they_are_comes_back(parent: Browser, api: FakeApi, code: str, leads_to: str) -> None:
    api.refuse("GET", "/api/v1/children", 401, code)

    location = parent.get("/enfants").headers["Location"]

    assert location.startswith(leads_to)
    assert location.endswith("back=/enfants")


@pytest.mark.parametrize(
    ("path", "typed"),
    [("/", {"email": EMAIL, "password": "x"}), ("/creer-un-compte", {"email": EMAIL})],
)
def test_how_long_to_wait_is_said(browser: Browser, api: FakeApi, path: str, typed: dict[str, str]) -> None:
    for operation in ("/api/v1/session", "/api/v1/verification-codes"):
        api.refuse("POST", operation, 429, "too_many_requests")
        api.answers["POST", operation].headers["Retry-After"] = "61"  # type: ignore[union-attr]

    answer = browser.send(path, **typed)

    assert "Vous pourrez recommencer dans 2 minutes." in text_of(answer).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 minute"),
        (61, "2 minutes"),
        (4140, "69 minutes"),
        (4141, "2 hours"),
        (86_400, "24 hours"),
        (99_361, "2 days"),
    ],
)
def test_a_wait_is_never_said_too_short(seconds: int, said: str) -> None:
    assert spoken_wait(timedelta(seconds=seconds), "en") == said


def test_a_fault_of_ours_is_told_with_its_number(parent: Browser, api: FakeApi) -> None:
    api.refuse("GET", "/api/v1/children", 500, "internal_error", request_id="01J-NUMBER")

    assert "01J-NUMBER" in parent.get("/enfants").text
