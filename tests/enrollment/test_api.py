from tests.support.enrollment import Browser, Registry, as_json


def test_claim_answers_the_child(browser: Browser, registry: Registry) -> None:
    pupil = registry.make_student()
    answer = browser.post("/claims", as_json(pupil))
    assert answer.status_code == 201, answer.json
    assert answer.json["child"]["id"] == pupil.id
    again = browser.post("/claims", as_json(pupil))
    assert (again.status_code, again.json) == (200, answer.json)
    assert browser.get("/children").json == [answer.json["child"]]
