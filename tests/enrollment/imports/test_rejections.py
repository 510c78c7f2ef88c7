import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.enrollment.operations.imports import rejections
from tests.support.registries import Office, Parent, Pupil, SchoolFile, family, in_order, read_back, school_of

Rejected = Callable[[], list[list[str]]]


@pytest.fixture
def take_in(office: Office, tmp_path: Path) -> Callable[..., Any]:
    """Import a file and list what was left out."""

    def run(file: SchoolFile | Path, **options: Any) -> Any:
        return office.hand_over(file, rejections_path=tmp_path / "rejected.csv", **options)

    return run


def test_import_registry_leaves_out_the_second_student_with_a_number(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    report = take_in(school_of(3).with_pupil("s3", file_number="1000001"))
    assert report.counts["lines_rejected"] == 1
    assert rejected() == [["users.csv", "7", "file_number_twice"]]
    assert [each.source_id for each in read_back(office.ctx).pupils] == ["s1", "s2"]


def test_import_registry_leaves_a_number_to_whom_had_it(office: Office, take_in: Callable, rejected: Rejected) -> None:
    office.hand_over(school_of(3))
    take_in(school_of(3).with_pupil("s1", file_number="1000003", given_name="Autre"))
    assert rejected() == [["users.csv", "5", "file_number_twice"]]
    assert read_back(office.ctx) == in_order(school_of(3))


def test_import_registry_lets_students_exchange_their_numbers(office: Office) -> None:
    office.hand_over(school_of(3))
    numbers = {"s1": "1000002", "s2": "1000003", "s3": "1000001"}
    file = school_of(3)
    for source_id, number in numbers.items():
        file = file.with_pupil(source_id, file_number=number)
    office.hand_over(file)
    assert {each.source_id: each.file_number for each in read_back(office.ctx).pupils} == numbers


def test_import_registry_gives_the_number_of_who_left_to_who_comes(office: Office) -> None:
    office.hand_over(school_of(2))
    pupil, parent = family(3, file_number="1000001")
    file = school_of(2).without("s1")
    office.hand_over(replace(file, pupils=(*file.pupils, pupil), parents=(*file.parents, parent)))
    assert {each.source_id: each.file_number for each in read_back(office.ctx).pupils} == {
        "s2": "1000002",
        "s3": "1000001",
    }


def test_import_registry_gives_no_number_that_a_turned_away_student_keeps(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    # s1 wants what s2 keeps, so it keeps its own, which s3 wants: a chain that ends with s3.
    office.hand_over(school_of(3))
    file = school_of(3).with_pupil("s1", file_number="1000002").with_pupil("s3", file_number="1000001")
    take_in(file)
    assert rejected() == [["users.csv", "5", "file_number_twice"], ["users.csv", "7", "file_number_twice"]]
    assert read_back(office.ctx) == in_order(school_of(3))


def test_import_registry_gives_no_number_in_a_delta_that_another_student_has(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    office.hand_over(school_of(2))
    pupil, _ = family(9, file_number="1000001", guardians=())
    take_in(SchoolFile(pupils=(pupil,), is_delta=True))
    assert rejected() == [["users.csv", "2", "file_number_twice"]]
    assert read_back(office.ctx) == in_order(school_of(2))


def test_import_registry_takes_the_first_of_two_lines_of_a_person(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    file = school_of(2)
    again = replace(file.pupils[0], given_name="Une autre", file_number="7654321")
    take_in(replace(file, pupils=(*file.pupils, again), parents=(*file.parents, file.parents[1])))
    assert rejected() == [
        ["demographics.csv", "4", "line_twice"],
        ["users.csv", "4", "line_twice"],
        ["users.csv", "7", "line_twice"],
    ]
    assert read_back(office.ctx) == in_order(file)


def test_import_registry_leaves_out_guardians_who_are_not_there(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    take_in(school_of(2).with_pupil("s1", guardians=("nobody", "p2")))
    assert rejected() == [["users.csv", "4", "guardian_unknown"]]
    (first, _) = read_back(office.ctx).pupils
    # Who is named first and is not there is nobody's principal guardian.
    assert first.guardians == ("p2",)


def test_import_registry_leaves_out_relationships_of_nobody(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    path = office.write(school_of(1), format="sds-2.1")
    with (path / "relationships.csv").open("a") as relationships:
        relationships.write("nobody,p1,guardian\ns1,p1,guardian\ns1,nobody,guardian\n")
    take_in(path)
    assert rejected() == [
        ["relationships.csv", "3", "student_unknown"],
        ["relationships.csv", "5", "guardian_unknown"],
    ]
    assert read_back(office.ctx) == in_order(school_of(1))


@pytest.mark.parametrize(
    ("file", "line", "code"),
    [
        ("users.csv", "s2,,student,school-1,Éloïse-2,Tremblay,,12345,,p2,05,\n", "file_number_malformed"),
        ("users.csv", "s2,,student,school-1,Éloïse-2,,,1000002,,p2,05,\n", "name_missing"),
        ("users.csv", "s2,peut-être,student,school-1,Éloïse-2,Tremblay,,1000002,,p2,05,\n", "status_unknown"),
        ("demographics.csv", "s2,2011-02-30\n", "birth_date_impossible"),
    ],
)
def test_import_registry_leaves_a_person_as_they_were_when_their_line_is_broken(
    office: Office, take_in: Callable, rejected: Rejected, file: str, line: str, code: str
) -> None:
    office.hand_over(school_of(2))
    office.told()
    path = office.write(school_of(2).with_pupil("s1", grade="06").with_pupil("s2", grade="07"))
    lines = (path / file).read_text("utf-8").splitlines(keepends=True)
    (path / file).write_text("".join(line if each.startswith("s2,") else each for each in lines), "utf-8")
    take_in(path)
    assert [each[0:3:2] for each in rejected()] == [[file, code]]
    assert office.told() == {"s1": ["grade"]}
    assert read_back(office.ctx) == in_order(school_of(2).with_pupil("s1", grade="06"))


def test_import_registry_keeps_a_guardian_whose_line_is_broken(office: Office, take_in: Callable) -> None:
    office.hand_over(school_of(2))
    file = school_of(2)
    take_in(replace(file, parents=(file.parents[0], replace(file.parents[1], email="pas un courriel"))))
    assert read_back(office.ctx) == in_order(school_of(2))


def test_import_registry_asks_for_the_names_of_students_alone(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    office.hand_over(school_of(2), format="oneroster-1.2")
    nameless = Pupil(source_id="s2", given_name="", family_name="", grade="", birth_on=None)
    file = school_of(2)
    take_in(
        SchoolFile(
            pupils=(file.pupils[0], nameless),
            parents=(Parent(source_id="p1", given_name="", family_name="", email="p@example.com"), file.parents[1]),
        ),
        format="oneroster-1.2",
    )
    assert [each[2] for each in rejected()] == ["name_missing"]
    assert [each.given_name for each in read_back(office.ctx).pupils] == ["Éloïse-1", "Éloïse-2"]
    assert read_back(office.ctx).parents[0].family_name == ""


def test_import_registry_writes_a_report_without_anything_personal(
    office: Office, take_in: Callable, tmp_path: Path
) -> None:
    file = school_of(3).with_pupil("s3", file_number="1000001").with_pupil("s2", permanent_code="TREZ7153")
    take_in(file)
    report = tmp_path / "rejected.csv"
    content = report.read_text("utf-8")
    assert content.splitlines()[0] == "file,line,code,raison,reason"
    assert [line.split(",")[2] for line in content.splitlines()[1:]] == [
        "permanent_code_malformed",
        "file_number_twice",
    ]
    for personal in ("Tremblay", "Éloïse", "1000001", "TREZ", "example.com", "s3", "2011"):
        assert personal not in content
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_import_registry_writes_no_report_when_nothing_was_left_out(take_in: Callable, tmp_path: Path) -> None:
    take_in(school_of(1))
    assert not (tmp_path / "rejected.csv").exists()


def test_import_registry_writes_the_report_of_a_dry_run_too(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    take_in(school_of(2).with_pupil("s1", birth_on=date(2011, 1, 1), permanent_code="?"), is_dry_run=True)
    assert rejected() == [["users.csv", "4", "permanent_code_malformed"]]


def test_import_registry_lists_as_many_lines_as_were_left_out(
    office: Office, take_in: Callable, rejected: Rejected
) -> None:
    path = office.write(school_of(1))
    with (path / "demographics.csv").open("a") as births:
        births.writelines(f"x{number},1700-01-01\n" for number in range(6000))
    report = take_in(path)
    assert report.counts["lines_rejected"] == 6000
    assert rejected() == [["demographics.csv", str(line), "birth_date_impossible"] for line in range(3, 6003)]


def test_every_reason_has_its_words_in_both_languages() -> None:
    for code in rejections.all_codes():
        french, english = rejections.sentences(code)
        assert french != english
        assert french.endswith(".")
        assert english.endswith(".")
