import re
import tracemalloc
from collections import Counter, defaultdict, deque
from datetime import date
from itertools import islice, pairwise

import pytest

from registry_generator import PlacedStudent, families, shared_guardian_email, students
from registry_generator.names import COMMUNITIES
from services.enrollment.directory_files import BOARDS, read_directory

PLACED = PlacedStudent(
    given_name="Zoé",
    family_name="Tremblay-Roy",
    birth_on=date(2015, 3, 9),
    file_number="1728003",
    guardian_emails=("maman@example.org", "papa@example.org"),
    is_female=True,
)


def _everybody(plan):
    return [
        *(student for student in students(plan)),
        *(guardian for family in families(plan) for guardian in family.guardians),
    ]


def test_students_are_as_many_as_planned(make_plan):
    assert [sum(1 for _ in students(make_plan(students=number))) for number in (0, 1, 2, 99)] == [0, 1, 2, 99]


def test_students_are_the_same_for_the_same_seed(make_plan):
    assert list(students(make_plan())) == list(students(make_plan()))


def test_students_differ_for_another_seed(make_plan):
    assert list(students(make_plan(seed=1))) != list(students(make_plan(seed=2)))


def test_students_of_a_smaller_plan_begin_those_of_a_larger_one(make_plan):
    assert list(students(make_plan(students=200)))[:80] == list(students(make_plan(students=80)))


def test_students_have_permanent_codes_of_their_own(make_plan):
    codes = [student.permanent_code for student in students(make_plan(students=5000))]

    assert len(set(codes)) == 5000
    assert all(re.fullmatch("[A-Z]{4}[0-9]{8}", code) for code in codes)


def test_permanent_codes_mark_girls_and_those_born_after_1999(make_plan):
    for student in students(make_plan(students=500)):
        day, month, year = (int(student.permanent_code[start : start + 2]) for start in (4, 6, 8))

        assert day == student.birth_on.day + 62 * (student.birth_on.year > 1999)
        assert month == student.birth_on.month + 50 * student.is_female
        assert year == student.birth_on.year % 100


def test_students_are_partly_girls_and_partly_born_before_2000(make_plan):
    everybody = list(students(make_plan(students=500)))

    assert 150 < sum(student.is_female for student in everybody) < 350
    assert any(student.birth_on.year < 2000 for student in everybody)


def test_file_numbers_are_dense_and_of_seven_digits(make_plan):
    numbers = [int(student.file_number) for student in students(make_plan(students=300))]

    assert all(second - first == 1 for first, second in pairwise(numbers))
    assert all(len(str(number)) == 7 for number in numbers)


def test_file_numbers_of_every_board_leave_room(make_plan):
    for board in read_directory(BOARDS):
        [student] = students(make_plan(organisation=board.code, students=1))

        assert 1_000_000 <= int(student.file_number) < 2_000_000


@pytest.mark.parametrize(
    "spelling",
    ["[À-ÿ]", "-", "'", "’", " ", "^.{2}$", "^(St|Saint|Ste)-", "^Ma?c"],
)
def test_names_hold_every_spelling(make_plan, spelling):
    everybody = _everybody(make_plan(students=1000))

    assert any(re.search(spelling, person.family_name) for person in everybody)


@pytest.mark.parametrize("spelling", ["[À-ÿ]", "-", "'", " ", "^.{2}$"])
def test_given_names_hold_every_spelling(make_plan, spelling):
    assert any(re.search(spelling, person.given_name) for person in _everybody(make_plan(students=1000)))


@pytest.mark.parametrize("community", COMMUNITIES)
def test_hundred_students_are_of_every_community(make_plan, community):
    named = {(student.given_name, student.family_name) for student in students(make_plan())}
    bearers = COMMUNITIES[community]

    assert any(given in bearers.girls + bearers.boys and family in bearers.families for given, family in named)


@pytest.mark.parametrize(
    ("organisation", "community"), [("759000", "cree"), ("769000", "inuit"), ("887000", "english")]
)
def test_most_students_of_a_board_are_of_its_community(make_plan, organisation, community):
    named = [student.family_name for student in students(make_plan(organisation=organisation, students=1000))]

    assert sum(name in COMMUNITIES[community].families for name in named) > 400


def test_hundred_students_hold_twins_whose_codes_begin_alike(make_plan):
    twins = [
        family.students
        for family in families(make_plan())
        if len(family.students) == 2 and family.students[0].birth_on == family.students[1].birth_on
    ]

    assert len(twins) >= 2
    assert any(first.permanent_code[:10] == second.permanent_code[:10] for first, second in twins)
    assert all(first.given_name != second.given_name for first, second in twins)


def test_hundred_students_hold_a_pair_of_the_same_name_in_two_families(make_plan):
    bearers = defaultdict(list)
    for student in students(make_plan()):
        bearers[student.given_name, student.family_name].append(student)
    pairs = [pair for pair in bearers.values() if len(pair) > 1]

    assert pairs
    assert all(first.birth_on != second.birth_on for first, second, *_ in pairs)
    assert all(not set(first.guardians) & set(second.guardians) for first, second, *_ in pairs)


def test_hundred_students_hold_separated_guardians_with_two_emails(make_plan):
    separated = [
        family.guardians
        for family in families(make_plan())
        if len({guardian.email for guardian in family.guardians if guardian.email}) == 2
    ]

    assert separated


def test_hundred_students_hold_a_judgment_that_restricts_one_guardian(make_plan):
    restricted = [student for student in students(make_plan()) if student.rights]

    assert restricted
    assert all(set(student.rights) == {student.guardians[1].source_id} for student in restricted)


def test_hundred_students_hold_some_without_guardian_or_email(make_plan):
    everybody = list(students(make_plan()))

    assert any(not student.guardians for student in everybody)
    assert any(student.guardians and not any(each.email for each in student.guardians) for student in everybody)


def test_emails_lie_at_example_domains_and_are_accepted_everywhere(make_plan):
    emails = [
        person.email for family in families(make_plan(students=2000)) for person in family.guardians if person.email
    ]

    assert all(re.fullmatch(r"[a-z0-9.-]+@example\.(com|org|net)", email) for email in emails)
    assert all(count == 1 for count in Counter(emails).values())


def test_students_are_of_the_age_of_their_grade(make_plan):
    for student in students(make_plan(students=500)):
        grade = {"PK": -1, "KG": 0}.get(student.grade)
        age = 2026 - student.birth_on.year - ((student.birth_on.month, student.birth_on.day) > (9, 30))

        assert student.birth_on.year < 2000 or age == 5 + (int(student.grade) if grade is None else grade)


def test_students_attend_a_school_that_teaches_their_level(make_plan):
    for student in students(make_plan(students=500)):
        is_secondary = student.grade in ("07", "08", "09", "10", "11")

        assert student.school.has_secondary == is_secondary
        assert student.school.is_for_adults == (student.birth_on.year < 2000)


def test_shared_families_have_one_email_for_three_children_in_two_boards(make_plan):
    email = shared_guardian_email(seed=7, organisations=("732000", "712000"), family=0)
    children = {
        code: [
            student
            for student in students(make_plan(organisation=code, shared_with=other, shared_families=3))
            if email in {guardian.email for guardian in student.guardians}
        ]
        for code, other in (("712000", "732000"), ("732000", "712000"))
    }

    assert {code: len(found) for code, found in children.items()} == {"712000": 2, "732000": 1}
    assert len({child.family_name.split("-")[0] for found in children.values() for child in found}) == 1
    assert len({child.source_id for found in children.values() for child in found}) == 3


@pytest.mark.parametrize("seed", range(20))
def test_shared_guardian_email_is_the_one_on_file_for_every_family(make_plan, seed):
    plan = make_plan(seed=seed, students=8, shared_with="732000", shared_families=4)
    written = [family.guardians[0].email for family in families(plan)][:4]

    assert written == [
        shared_guardian_email(seed=seed, organisations=("712000", "732000"), family=family) for family in range(4)
    ]


def test_placed_students_are_there_exactly_so(make_plan):
    everybody = list(students(make_plan(placed=(PLACED,))))
    child = everybody[0]

    assert (child.given_name, child.family_name, child.birth_on) == ("Zoé", "Tremblay-Roy", date(2015, 3, 9))
    assert [guardian.email for guardian in child.guardians] == ["maman@example.org", "papa@example.org"]
    assert (child.file_number, child.grade, child.permanent_code) == ("1728003", "06", "TREZ71531501")
    assert Counter(student.file_number for student in everybody).most_common(1)[0][1] == 1
    assert len(everybody) == 100


def test_placed_students_with_one_email_have_one_guardian(make_plan):
    brother = PlacedStudent(
        given_name="Léo",
        family_name="Tremblay-Roy",
        birth_on=date(2017, 5, 1),
        file_number="1728001",
        guardian_emails=("maman@example.org",),
        guardian_names=(("Anne", "Roy"),),
        school_code="712902",
    )
    family = next(families(make_plan(placed=(brother, PLACED))))

    assert [(guardian.given_name, guardian.email) for guardian in family.guardians] == [
        ("Anne", "maman@example.org"),
        ("Dominique", "papa@example.org"),
    ]
    assert family.students[0].guardians[0] is family.students[1].guardians[0]
    assert family.students[0].school.code == "712902"


def test_changed_students_keep_everything_but_the_given_name(make_plan):
    before = list(students(make_plan(students=2000)))
    after = list(students(make_plan(students=2000, changed_percent=5)))
    changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]

    assert 60 < len(changed) < 150
    assert all(old.given_name != new.given_name for old, new in changed)
    assert all((old.permanent_code, old.birth_on) == (new.permanent_code, new.birth_on) for old, new in changed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"students": -1},
        {"students": 8_000_001},
        {"students": 0, "placed": (PLACED,)},
        {"shared_with": "712000", "shared_families": 1},
        {"shared_with": "732000"},
        {"shared_families": 2},
    ],
)
def test_plan_refuses_numbers_that_do_not_fit(make_plan, wrong):
    with pytest.raises(ValueError, match=r"student|famil"):
        make_plan(**wrong)


def test_students_keep_memory_flat(make_plan):
    generated = students(make_plan(students=6000))
    tracemalloc.start()
    try:
        deque(islice(generated, 2000), maxlen=0)
        _, early_peak = tracemalloc.get_traced_memory()
        deque(generated, maxlen=0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak - early_peak < 100_000
