"""Imports and students through the schools' door: what comes in, what is answered, and what stays outside."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from structlog.testing import capture_logs

from services.enrollment.errors import ImportUnderWay
from services.enrollment.operations import imports, sweeping
from shared.problems import Unavailable
from tests.support.clock import FakeClock
from tests.support.enrollment import Registry, SchoolSystem
from tests.support.passports import school_passport
from tests.support.registries import FORMATS, Office, SchoolFile, as_call, in_order, packed, read_back, school_of

ZIP = {"Content-Type": "application/zip"}
BOTH = ("registry.read", "registry.write")


@pytest.fixture
def system(office: Office) -> SchoolSystem:
    """The board's own system, with a token that may read and write the registry."""
    return SchoolSystem(office.ctx, passport=school_passport(*BOTH))


@pytest.fixture
def hand_over(office: Office, system: SchoolSystem) -> Callable[..., Any]:
    """Post a school's file, or bytes, to the imports."""

    def post(file: SchoolFile | bytes, *, query: str = "", format: str = "oneroster-1.1", **rest: Any) -> Any:
        content = file if isinstance(file, bytes) else packed(office.write(file, format=format))
        headers = {**ZIP, **rest.pop("headers", {})}
        return system.call("POST", f"/imports{query}", data=content, headers=headers, **rest)

    return post


@pytest.mark.parametrize("format", FORMATS)
def test_an_import_by_call_is_an_import(office: Office, hand_over: Callable[..., Any], format: str) -> None:
    answer = hand_over(school_of(3), format=format)
    assert answer.status_code == 201
    assert read_back(office.ctx) == in_order(school_of(3))
    document = answer.json
    assert (document["format"], document["mode"], document["outcome"]) == (format, "bulk", "accepted")
    assert (document["counts"]["students_new"], document["has_subscribed"]) == (3, True)
    assert document["rejections"] == []


@pytest.mark.requirement("EVT-4")
def test_the_same_import_again_changes_and_tells_nothing(office: Office, hand_over: Callable[..., Any]) -> None:
    hand_over(school_of(3))
    office.told()
    answer = hand_over(school_of(3))
    assert (answer.status_code, office.told()) == (201, {})
    assert {name for name, count in answer.json["counts"].items() if count} == {"students_before"}


def test_a_dry_run_says_what_would_change_and_leaves_no_trace(
    office: Office, system: SchoolSystem, hand_over: Callable[..., Any]
) -> None:
    answer = hand_over(school_of(3), query="?dry_run=true")
    assert (answer.status_code, answer.json["id"], answer.json["outcome"]) == (200, None, "tried")
    assert answer.json["counts"]["students_new"] == 3
    assert read_back(office.ctx) == SchoolFile()
    assert system.get("/imports").json == []


def test_rejected_lines_are_told_with_their_reasons_and_found_again(
    system: SchoolSystem, hand_over: Callable[..., Any]
) -> None:
    file = school_of(4).with_pupil("s2", file_number="12").with_pupil("s3", permanent_code="x")
    answer = hand_over(file, headers={"Accept-Language": "en"})
    assert [(each["file"], each["code"]) for each in answer.json["rejections"]] == [
        ("users.csv", "file_number_malformed"),
        ("users.csv", "permanent_code_malformed"),
    ]
    assert answer.json["rejections"][0]["reason"] == "The file number is not seven digits."
    import_id = answer.json["id"]
    found = system.get(f"/imports/{import_id}", headers={"Accept-Language": "en"}).json
    assert found["rejections"] == answer.json["rejections"]
    page = system.get(f"/imports/{import_id}/rejections?page_size=1&page=2")
    assert [each["code"] for each in page.json] == ["permanent_code_malformed"]
    assert page.json[0]["reason"].startswith("Le code permanent")
    assert '"total": 2' in page.headers["X-Pagination"]


def test_too_many_removals_are_refused_kept_and_allowed_on_demand(
    office: Office, system: SchoolSystem, hand_over: Callable[..., Any]
) -> None:
    hand_over(school_of(3))
    refused = hand_over(school_of(1))
    assert (refused.status_code, refused.json["code"]) == (409, "too_many_removals")
    assert (refused.json["gone"], refused.json["active"]) == (2, 3)
    kept = system.get(f"/imports/{refused.json['import_id']}").json
    assert (kept["outcome"], kept["refusal"]) == ("refused", "too_many_removals")
    assert kept["refusal_facts"] == {"gone": 2, "active": 3}
    assert kept["client_id"] == "school-system-of-the-tests"
    assert hand_over(school_of(1), query="?dry_run=1").json["needs_allow_removals"]
    assert hand_over(school_of(1), query="?allow_removals=true").status_code == 201
    assert read_back(office.ctx) == in_order(school_of(1))


def test_imports_are_listed_newest_first(system: SchoolSystem, hand_over: Callable[..., Any], clock: FakeClock) -> None:
    ids = []
    for count in (1, 2, 3):
        ids.append(hand_over(school_of(count)).json["id"])
        clock.advance(timedelta(minutes=1))
    listed = system.get("/imports?page_size=2")
    assert [each["id"] for each in listed.json] == [ids[2], ids[1]]
    assert '"total": 3' in listed.headers["X-Pagination"]


@pytest.mark.requirement("CHD-13")
def test_another_organisation_sees_none_of_it(
    office: Office, registry: Registry, hand_over: Callable[..., Any]
) -> None:
    import_id = hand_over(school_of(1)).json["id"]
    registry.make_organisation(code="841000")
    other = SchoolSystem(office.ctx, passport=school_passport(*BOTH, organisation_code="841000"))
    nobody = SchoolSystem(office.ctx, passport=school_passport(*BOTH, organisation_code="999999"))
    for system in (other, nobody):
        listed = system.get("/imports")
        # Nor how many there are.
        assert (listed.json, json.loads(listed.headers["X-Pagination"])["total"]) == ([], 0)
        for path in (f"/imports/{import_id}", f"/imports/{import_id}/rejections", "/students/s1"):
            assert system.get(path).status_code == 404
        assert system.delete("/students/s1").status_code == 404
    # It names whose it is: nobody else can hand it over.
    refused = other.call("POST", "/imports", data=packed(office.write(school_of(1))), headers=ZIP)
    assert (refused.status_code, refused.json["code"]) == (409, "registry_of_another_organisation")
    assert read_back(office.ctx) == in_order(school_of(1))


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/imports", "registry.write"),
        ("GET", "/imports", "registry.read"),
        ("GET", "/imports/x", "registry.read"),
        ("GET", "/imports/x/rejections", "registry.read"),
        ("GET", "/students/s1", "registry.read"),
        ("PUT", "/students/s1", "registry.write"),
        ("DELETE", "/students/s1", "registry.write"),
    ],
)
def test_each_call_needs_its_scope(office: Office, method: str, path: str, scope: str) -> None:
    [other] = set(BOTH) - {scope}
    answer = SchoolSystem(office.ctx, passport=school_passport(other)).call(method, path)
    assert (answer.status_code, answer.json["code"], answer.json["scope"]) == (403, "scope_missing", scope)


# What comes in may be anything


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("users.csv", b"a" * (64 << 20))
        made.writestr("orgs.csv", b"a")
    return content.getvalue()


def zip_of(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, text in members.items():
            made.writestr(name.replace("__", "/").replace("_csv", ".csv"), text)
    return content.getvalue()


def encrypted() -> bytes:
    content = bytearray(zip_of(users_csv=b"a,b\n", orgs_csv=b"a,b\n"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        content[place + offset] |= 1
    return bytes(content)


def crowded() -> bytes:
    """Return a zip whose list of contents alone would fill the memory."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for number in range(3000):
            made.writestr(f"{number}.csv", b"")
    return content.getvalue()


def crowded_beyond_its_word() -> bytes:
    """Return the same, saying that it holds one file."""
    content = bytearray(crowded())
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", content, end + 8, 1, 1)
    return bytes(content)


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda: b"", "zip_malformed"),
        (lambda: b"PK\x05\x06" + b"\0" * 10, "zip_malformed"),
        (lambda: b"no zip at all" * 100, "zip_malformed"),
        (bomb, "zip_too_large"),
        (crowded, "zip_too_large"),
        (crowded_beyond_its_word, "zip_too_large"),
        (encrypted, "zip_malformed"),
        (lambda: zip_of(**{"..__users_csv": b"a"}), "zip_path_unsafe"),
        (lambda: zip_of(registry_zip=zip_of(users_csv=b"a")), "file_missing"),
        (lambda: zip_of(users_csv=b"sourcedId\n"), "file_missing"),
    ],
    ids=[
        *("empty", "end only", "no zip", "bomb", "crowded", "crowded in secret", "encrypted", "traversal", "nested"),
        "half",
    ],
)
def test_a_file_that_is_no_registry_is_refused_and_kept(
    system: SchoolSystem, hand_over: Callable[..., Any], content: Callable[[], bytes], reason: str
) -> None:
    answer = hand_over(content())
    assert (answer.status_code, answer.json["code"], answer.json["reason"]) == (422, "registry_malformed", reason)
    [kept] = system.get("/imports").json
    assert (kept["id"], kept["refusal"]) == (answer.json["import_id"], "registry_malformed")
    assert kept["refusal_facts"]["reason"] == reason
    assert (kept["format"], kept["mode"], kept["counts"]) == ("unknown", "unknown", {})


@pytest.mark.requirement("ACC-15", "XC-07")
@pytest.mark.parametrize(
    ("language", "whole", "line"),
    [
        (
            "fr",
            "registry.zip\u00a0: Ce n’est pas une archive zip",
            "users.csv, ligne 1\u00a0: Une colonne requise manque (",
        ),
        ("en", "registry.zip: This is no zip archive", "users.csv, line 1: A required column is missing ("),
    ],
)
def test_a_refused_file_is_told_in_words_with_a_line_only_where_there_is_one(
    system: SchoolSystem, office: Office, language: str, whole: str, line: str
) -> None:
    folder = office.write(school_of(1))
    (folder / "users.csv").write_text("sourcedId,status\n")
    told = [
        system.call("POST", "/imports", data=content, headers={**ZIP, "Accept-Language": language}).json
        for content in (b"no zip", packed(folder))
    ]
    assert [said["detail"].startswith(start) for said, start in zip(told, (whole, line), strict=True)] == [True, True]
    assert [said["reason"] in said["detail"] for said in told] == [False, False]


def test_a_zip_that_was_cut_off_is_refused(office: Office, hand_over: Callable[..., Any]) -> None:
    content = packed(office.write(school_of(200)))
    for cut in (len(content) - 1, len(content) // 2, 4):
        answer = hand_over(content[:cut])
        assert (answer.status_code, answer.json["code"]) == (422, "registry_malformed")
    assert read_back(office.ctx) == SchoolFile()


def test_a_damaged_zip_is_refused_while_it_is_read(office: Office, hand_over: Callable[..., Any]) -> None:
    content = bytearray(packed(office.write(school_of(500))))
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        users = made.getinfo("users.csv")
    middle = users.header_offset + 30 + users.compress_size // 2
    content[middle : middle + 40] = bytes(40)
    answer = hand_over(bytes(content))
    assert (answer.status_code, answer.json["code"]) == (422, "registry_malformed")
    assert read_back(office.ctx) == SchoolFile()


def test_a_file_of_another_kind_is_not_looked_at(system: SchoolSystem) -> None:
    assert system.post("/imports", {}).status_code == 415
    assert system.call("POST", "/imports", data=b"x").status_code == 415


def test_a_refusal_names_no_place_on_our_disk(hand_over: Callable[..., Any]) -> None:
    assert hand_over(b"x").json["file"] == "registry.zip"


@pytest.mark.requirement("GWY-4")
def test_a_body_over_the_limit_is_refused_by_its_length_alone(system: SchoolSystem) -> None:
    answer = system.call("POST", "/imports", headers=ZIP, environ_overrides={"CONTENT_LENGTH": str((256 << 20) + 1)})
    assert answer.status_code == 413


def test_other_bodies_keep_their_small_limit(system: SchoolSystem) -> None:
    student = as_call(school_of(1), "s1", birth_date=None, middle_names="x" * 70_000)
    assert system.put("/students/s1", student).status_code == 413


# Once, one at a time, and not at the parents' cost


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(
    office: Office, system: SchoolSystem, hand_over: Callable[..., Any]
) -> None:
    content = packed(office.write(school_of(2)))
    key = {"Idempotency-Key": "night-of-the-22nd"}
    first = hand_over(content, headers=key)
    assert hand_over(content, headers=key).json == first.json
    assert [each["id"] for each in system.get("/imports").json] == [first.json["id"]]
    other = hand_over(packed(office.write(school_of(3))), headers=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    tried = hand_over(content, query="?dry_run=true", headers=key)
    assert (tried.status_code, tried.json["code"]) == (422, "idempotency_key_reused")


def test_places_let_one_import_of_an_organisation_in_and_as_many_as_there_are() -> None:
    places = imports.ImportPlaces(1)
    with places.taken("712000"):
        with pytest.raises(ImportUnderWay), places.taken("712000"):
            pass
        with pytest.raises(Unavailable) as full, places.taken("841000"):
            pass
        assert full.value.retry_after is not None
    with places.taken("841000"):
        pass


def test_an_import_is_refused_while_another_of_the_process_is_under_way(
    system: SchoolSystem, hand_over: Callable[..., Any]
) -> None:
    places = system.app.extensions["import_places"]
    with places.taken("712000"):
        answer = hand_over(school_of(1))
        assert (answer.status_code, answer.json["code"]) == (409, "import_under_way")
        assert int(answer.headers["Retry-After"]) > 0
    with places.taken("841000"):
        answer = hand_over(school_of(1))
        assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert hand_over(school_of(1)).status_code == 201


def test_sweep_forgets_old_rejected_lines_and_keeps_the_import(
    office: Office, system: SchoolSystem, hand_over: Callable[..., Any], clock: FakeClock
) -> None:
    import_id = hand_over(school_of(2).with_pupil("s2", file_number="12")).json["id"]
    clock.advance(office.ctx.settings.rejected_lines_kept)
    assert sweeping.sweep(office.ctx)["rejected_lines"] == 0
    clock.advance(office.ctx.settings.rejected_lines_kept)
    assert sweeping.sweep(office.ctx)["rejected_lines"] == 1
    found = system.get(f"/imports/{import_id}").json
    assert (found["rejections"], found["counts"]["lines_rejected"]) == ([], 1)


# Students


def in_json(student: dict[str, Any]) -> dict[str, Any]:
    return {**student, "birth_date": student["birth_date"] and student["birth_date"].isoformat()}


def test_a_student_is_put_read_corrected_and_removed(office: Office, system: SchoolSystem) -> None:
    said = in_json(as_call(school_of(1), "s1", school_source_id=None))
    created = system.put("/students/s1", said)
    assert (created.status_code, created.json["siblings"]) == (201, [])
    read = system.get("/students/s1")
    assert read.json == created.json["student"] == {"source_id": "s1", **said}
    corrected = system.put("/students/s1", {**read.json, "given_name": "Éloïse-Marie"})
    assert (corrected.status_code, corrected.json["student"]["given_name"]) == (200, "Éloïse-Marie")
    assert office.told() == {"s1": ["names"]}
    assert system.delete("/students/s1").status_code == 204
    assert system.delete("/students/s1").status_code == 404
    assert system.get("/students/s1").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["#/family_name", "#/given_name", "#/guardians"]),
        ({"given_name": "A", "family_name": "B", "guardians": [], "status": "gone"}, ["#/status"]),
        ({"given_name": "A", "family_name": "B", "guardians": [], "birth_date": "20110309"}, ["#/birth_date"]),
        (
            {"given_name": "A", "family_name": "B", "guardians": [{"source_id": "p"}]},
            ["#/guardians/0/family_name", "#/guardians/0/given_name"],
        ),
        ({"given_name": 1, "family_name": "B", "guardians": None}, ["#/given_name", "#/guardians"]),
        (
            {
                "given_name": "A",
                "family_name": "B",
                "guardians": [],
                "file_number": "1234567",
                "school_source_id": "école",
            },
            ["#/school_source_id"],
        ),
    ],
)
@pytest.mark.usefixtures("office")
def test_a_student_that_means_nothing_is_refused_where_it_is_wrong(
    system: SchoolSystem, body: dict[str, Any], pointers: list[str]
) -> None:
    answer = system.put("/students/s1", body)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert sorted(error["pointer"] for error in answer.json["errors"]) == pointers


@pytest.mark.usefixtures("office")
def test_a_source_id_that_no_file_could_hold_is_refused(system: SchoolSystem) -> None:
    said = in_json(as_call(school_of(1), "s1", school_source_id=None))
    answer = system.put(f"/students/{'x' * 256}", said)
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (422, "source_id")


def test_a_file_number_of_another_student_is_refused_in_words(
    system: SchoolSystem, hand_over: Callable[..., Any]
) -> None:
    hand_over(school_of(2))
    said = in_json(as_call(school_of(2), "s1", file_number="1000002"))
    answer = system.put("/students/s1", said)
    assert (answer.status_code, answer.json["code"]) == (409, "file_number_taken")
    assert answer.json["errors"][0]["pointer"] == "#/file_number"
    # Whose it is, the school knows; the answer does not say.
    assert "s2" not in answer.text
    assert "1000002" not in answer.text


@pytest.mark.requirement("AUD-5")
def test_no_call_logs_what_a_file_says(system: SchoolSystem, hand_over: Callable[..., Any]) -> None:
    said = in_json(as_call(school_of(3), "s1"))
    with capture_logs() as logged:
        hand_over(school_of(3).with_pupil("s2", permanent_code="TREZ 1"))
        system.put("/students/s1", {**said, "given_name": "Maëlle"})
        system.put("/students/s1", {**said, "file_number": "1000002"})
        system.put("/students/s1", {**said, "permanent_code": "x", "family_name": "\x00"})
        system.get("/students/s1")
        system.delete("/students/s1")
        system.get("/students/s1")
    assert len(logged) > 7
    for datum in ("Tremblay", "Éloïse", "Maëlle", "parent1", "1000001", "1000002", "TREZ", "2011-03-09", "s1"):
        assert datum not in str(logged)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def bodies() -> st.SearchStrategy[dict[str, Any]]:
    """Return what a system may send that means well and gets one thing or two wrong."""
    guardian = st.fixed_dictionaries(
        {"source_id": st.text(max_size=8) | ANYTHING, "given_name": st.text(max_size=8), "family_name": st.just("Roy")},
        optional=dict.fromkeys(("email", "rights", "restrictions", "starts_on", "is_principal"), ANYTHING),
    )
    return st.fixed_dictionaries(
        {
            "given_name": st.text(max_size=8),
            "family_name": st.text(max_size=8),
            "guardians": st.lists(guardian, max_size=3),
        },
        optional=dict.fromkeys(("birth_date", "file_number", "permanent_code", "grade", "school_source_id"), ANYTHING),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    source_id=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=8),
    body=bodies(),
)
@pytest.mark.usefixtures("office")
def test_whatever_is_said_of_a_student_is_taken_or_refused(
    system: SchoolSystem, source_id: str, body: dict[str, Any]
) -> None:
    path = f"/students/{quote(source_id, safe='')}"
    answer = system.put(path, body)
    assert answer.status_code in {200, 201, 404, 409, 422}
    # What was taken is given back, and may be said again.
    taken = answer.json.get("student")
    assert taken in (None, system.get(path).json)
    assert system.put(path, taken or body).json.get("student") == taken
