from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.system import Parent

NEW_PASSWORD = "Rideau-4jaune!"
MakeParent = Callable[..., Parent]


@pytest.mark.requirement("ID-07", "ID-08", "ID-14", "ID-17", "ID-22", "ACC-1")
def test_sign_up_reads_the_code_from_the_mail_sets_a_password_and_signs_in(parent: Parent) -> None:
    challenge = parent.ask_code()
    verified = parent.verify(challenge, parent.code())
    too_early = parent.post("/accounts", {"ticket": "x", "password": "Aa1#aaaa", "password_confirmation": "Aa1#aaaa"})
    body = {"ticket": verified.json()["ticket"], "password": "Aa1#zzzz", "password_confirmation": "Aa1#zzzz"}
    created = parent.post("/accounts", body)
    signed_in = parent.sign_in("Aa1#zzzz")
    session = parent.get("/session")
    assert (too_early.status_code, too_early.json()["code"]) == (409, "not_verified")
    assert created.status_code == 201, created.text
    assert created.json()["account"]["email"] == parent.email
    assert signed_in.status_code == 201, signed_in.text
    assert signed_in.json()["must_confirm_children"] is False
    assert session.json()["account"]["email"] == parent.email


@pytest.mark.requirement("ID-01")
def test_nobody_gets_in_before_they_have_registered(parent: Parent) -> None:
    never_registered = parent.sign_in()
    closed = [parent.get("/children"), parent.get("/account"), parent.post("/claims", {})]
    parent.sign_up()
    registered = [parent.get("/children"), parent.get("/account")]
    assert (never_registered.status_code, never_registered.json()["code"]) == (401, "credentials_rejected")
    assert [(answer.status_code, answer.json()["code"]) for answer in closed] == [(401, "not_signed_in")] * 3
    assert [answer.status_code for answer in registered] == [200, 200]


@pytest.mark.requirement("COD-18", "XC-07")
def test_code_letter_is_bilingual_in_text_and_html_and_holds_the_code_once(parent: Parent) -> None:
    parent.ask_code()
    [letter] = parent.letters()
    code = parent.code()
    assert letter.text.count(code) == 1
    assert letter.html.count(code) == 1
    assert "code de vérification" in letter.text.lower()
    assert "verification code" in letter.text.lower()
    assert code not in letter.message["Subject"]
    assert letter.message["Auto-Submitted"] == "auto-generated"


@pytest.mark.requirement("ID-25", "ACC-10")
def test_forgotten_password_ends_every_session_and_the_new_password_opens(make_parent: MakeParent) -> None:
    parent = make_parent()
    parent.sign_up()
    ticket = make_parent(parent.email).ticket("password_reset")
    body = {"ticket": ticket, "password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    reset = make_parent(parent.email).post("/password-resets", body)
    old_session = parent.get("/session")
    old_password = make_parent(parent.email).sign_in()
    new_password = make_parent(parent.email).sign_in(NEW_PASSWORD)
    assert reset.status_code == 204, reset.text
    assert (old_session.status_code, old_session.json()["code"]) == (401, "not_signed_in")
    assert (old_password.status_code, old_password.json()["title"]) == (401, "Courriel ou mot de passe invalide.")
    assert new_password.status_code == 201


@pytest.mark.requirement("ID-15", "COD-6")
def test_a_wrong_code_is_refused_and_the_right_one_still_opens(parent: Parent) -> None:
    challenge = parent.ask_code()
    wrong = f"{(int(parent.code()) + 1) % 1_000_000:06}"
    refused = parent.verify(challenge, wrong)
    accepted = parent.verify(challenge, parent.code())
    again = parent.verify(challenge, parent.code())
    assert (refused.status_code, refused.json()["code"]) == (422, "code_rejected")
    assert accepted.status_code == 200
    assert again.status_code in {410, 422}


@pytest.mark.requirement("ID-10")
def test_a_newer_code_voids_the_older(parent: Parent) -> None:
    first = parent.ask_code()
    first_code = parent.code()
    second = parent.ask_code()
    old = parent.verify(first, first_code)
    new = parent.verify(second, parent.code())
    assert (old.status_code, old.json()["code"]) == (410, "code_superseded")
    assert new.status_code == 200


@pytest.mark.requirement("ID-16", "COD-12")
def test_a_code_pasted_with_spaces_is_accepted(parent: Parent) -> None:
    challenge = parent.ask_code()
    code = parent.code()
    assert parent.verify(challenge, f"\u00a0{code[:3]} {code[3:]} \u2003\n").status_code == 200


@pytest.mark.requirement("ID-20")
def test_a_cancelled_code_is_dead(parent: Parent) -> None:
    challenge = parent.ask_code()
    cancelled = parent.delete(f"/verification-codes/{challenge.id}")
    state = parent.get(f"/verification-codes/{challenge.id}").json()["state"]
    refused = parent.verify(challenge, parent.code())
    assert cancelled.status_code == 204
    assert state == "cancelled"
    assert refused.status_code in {410, 422}


@pytest.mark.requirement("ID-24", "ACC-7")
def test_signing_up_again_says_that_the_account_exists_only_after_the_code(make_parent: MakeParent) -> None:
    make_parent("deja.la@example.org").sign_up()
    again = make_parent("deja.la@example.org")
    asked = again.ask_code()
    ticket = again.verify(asked, again.code()).json()["ticket"]
    body = {"ticket": ticket, "password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    refused = again.post("/accounts", body)
    reset = again.post("/password-resets", body)
    assert set(asked.document) == {"challenge_id", "expires_at", "retry_after_s"}
    assert (refused.status_code, refused.json()["code"]) == (409, "account_exists")
    assert refused.json()["title"] == "Un utilisateur avec le courriel spécifié existe déjà"
    assert reset.status_code == 204
    assert again.sign_in(NEW_PASSWORD).status_code == 201


@pytest.mark.requirement("COD-5")
def test_one_code_raced_by_many_opens_once(parent: Parent) -> None:
    challenge = parent.ask_code()
    code = parent.code()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: parent.verify(challenge, code).status_code, range(12)))
    assert answers.count(200) == 1
    assert set(answers) <= {200, 410, 422, 429}


@pytest.mark.requirement("ID-35", "SES-5")
def test_signing_out_ends_the_session_at_once(parent: Parent) -> None:
    token = parent.sign_up()["token"]
    left = parent.delete("/session")
    after = parent.get("/session", headers={"Authorization": f"Bearer {token}"})
    assert left.status_code == 204
    assert (after.status_code, after.json()["code"]) == (401, "not_signed_in")


@pytest.mark.requirement("SES-7")
def test_a_write_with_the_cookie_alone_is_refused(parent: Parent) -> None:
    parent.sign_up()
    parent.csrf_token = None
    refused = parent.delete("/session")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_rejected")
    assert parent.get("/session").status_code == 200


@pytest.mark.requirement("SES-6")
def test_a_parent_sees_and_ends_another_of_their_sessions(make_parent: MakeParent) -> None:
    phone = make_parent()
    phone.sign_up()
    tablet = make_parent(phone.email)
    tablet.sign_in()
    listed = phone.get("/sessions").json()
    [other] = [each for each in listed if not each["is_current"]]
    ended = phone.delete(f"/sessions/{other['id']}")
    assert len(listed) == 2
    assert ended.status_code == 204
    assert tablet.get("/session").status_code == 401
    assert phone.get("/session").status_code == 200


@pytest.mark.requirement("ID-23", "ACC-3")
def test_an_unknown_address_and_a_wrong_password_are_refused_alike(make_parent: MakeParent) -> None:
    known = make_parent()
    known.sign_up()
    answers = [make_parent(known.email).sign_in("Wrong-1pass"), make_parent("personne@example.org").sign_in()]
    documents = [{**answer.json(), "request_id": None} for answer in answers]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert documents[0] == documents[1]
