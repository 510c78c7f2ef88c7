"""Invented families: the same seed and organisation give the same ones, one after the other, in memory that does not grow.

Every family has a random generator of its own, seeded by its place in the row, so that a smaller registry is the beginning of a
larger one. In every fifty families the cases that trip software up come round once, so that a registry of a few dozen students has them all.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from registry_generator.households import (
    CASES,
    CASES_COME_ROUND_AFTER,
    GRADES,
    ORDINARY,
    USUAL,
    Case,
    Household,
    communities,
    shared_key,
)
from registry_generator.people import Family, Guardian, PlacedStudent, Plan, Student
from registry_generator.permanent_codes import GivenCodes, permanent_code
from registry_generator.schools import School

_AGE_AT_FIRST_GRADE = 4
_CHILDREN_SHARED = 3


def families(plan: Plan) -> Iterator[Family]:
    """Yield the families of a plan, the placed students first, until the number of students is reached."""
    return _Generation(plan).families()


def students(plan: Plan) -> Iterator[Student]:
    """Yield the students of a plan, each with the guardians."""
    for family in families(plan):
        yield from family.students


def shared_guardian_email(*, seed: int, organisations: tuple[str, str], family: int) -> str:
    """Return the one e-mail on the files of a shared family's three children, in both organisations."""
    key = shared_key(organisations)
    guardians, _ = Household(Household.seed(seed, key), key, family, Case(guardians=1), USUAL).guardians(family)
    email = guardians[0].email
    assert email is not None
    return email


class _Generation:
    """One run over a plan: the running numbers, and which permanent codes are given."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._code = plan.organisation.code
        self._given_codes = GivenCodes()
        self._made = 0
        # Dense within a board, and overlapping between boards: only the pair of board and number tells a student (domain-facts C2).
        self._next_file_number = 1_000_000 + int(self._code) * 7919 % 900_000
        self._taken = {placed.file_number for placed in plan.placed}
        everywhere = list(plan.organisation.schools)
        for_adults = [school for school in everywhere if school.is_for_adults]
        for_children = [school for school in everywhere if not school.is_for_adults] or everywhere
        self._by_level = {
            "preschool": [school for school in for_children if school.has_preschool] or for_children,
            "primary": [school for school in for_children if school.has_primary] or for_children,
            "secondary": [school for school in for_children if school.has_secondary] or for_children,
            "adult": for_adults or [school for school in everywhere if school.has_secondary] or everywhere,
        }

    def families(self) -> Iterator[Family]:
        plan = self._plan
        if plan.placed:
            yield self._placed()
        if plan.shared_with:
            key = shared_key((self._code, plan.shared_with))
            base = Household.seed(plan.seed, key)
            for index in range(plan.shared_families):
                if self._made >= plan.students:
                    return
                case = Case(children=_CHILDREN_SHARED, guardians=1)
                yield self._family(Household(base, key, index, case, USUAL), index, key, is_shared=True)
        base, shares = Household.seed(plan.seed, self._code), communities(self._code)
        index = 0
        while self._made < plan.students:
            case = CASES.get(index % CASES_COME_ROUND_AFTER, ORDINARY)
            yield self._family(Household(base, self._code, index, case, shares), index, self._code, is_shared=False)
            index += 1

    def _family(self, household: Household, index: int, key: str, *, is_shared: bool) -> Family:
        draw, case = household.draw, household.case
        guardians, is_separated = household.guardians(index)
        home = draw.random()
        twin_born_on, twin_initial = None, ""
        children: list[Student] = []
        for position, age in enumerate(household.ages()):
            is_female = (
                household.name_draw.random() < 0.5 if not (case.is_same_initial and children) else children[0].is_female
            )
            given_name = household.given_name(is_female)
            if children and case.is_same_initial:
                pool = household.community.girls if is_female else household.community.boys
                alike = [name for name in pool if name[0] == twin_initial and name != children[0].given_name]
                given_name = alike[0] if alike else f"{children[0].given_name}-{given_name}"
            elif any(child.given_name == given_name for child in children):
                given_name = f"{given_name}-{household.given_name(is_female)}"
            twin_initial = given_name[0]
            birth_on = self._birth_on(draw, age, case) if twin_born_on is None else twin_born_on
            if case.is_twins:
                twin_born_on = birth_on
            family_name = household.family_name
            if guardians and not case.families and not case.is_same_name and draw.random() < 0.08:
                family_name = f"{family_name}-{household.other_name}"
            middle_name = draw.choice(household.community.girls if is_female else household.community.boys)
            digits = draw.randrange(100)
            if is_shared and not self._is_here(position):
                continue
            if self._made >= self._plan.students:
                break
            children.append(
                self._student(
                    source_id=f"s-{key}-{index}-{position + 1}",
                    given_name=given_name,
                    family_name=family_name,
                    middle_name=middle_name if digits % 3 == 0 else "",
                    is_female=is_female,
                    birth_on=birth_on,
                    digits=digits,
                    grade="11" if case.is_adult else GRADES[age],
                    level="adult" if case.is_adult else _level(GRADES[age]),
                    home=home,
                    guardians=guardians,
                    rights=_rights(case, guardians) if is_separated else {},
                )
            )
        return Family(guardians=guardians, students=tuple(self._corrected(child, household) for child in children))

    def _is_here(self, position: int) -> bool:
        # The lower code has the first and the third child, the other the second.
        is_lower = self._code < (self._plan.shared_with or "")
        return is_lower == (position % 2 == 0)

    def _birth_on(self, draw: random.Random, age: int, case: Case) -> date:
        if case.is_adult:
            # Before 2000: the days of these codes carry no +62.
            return date(1985, 1, 1) + timedelta(days=draw.randrange(15 * 365))
        # A child is four, five, six … on 30 September of the school year.
        last = date(self._plan.school_year - age - _AGE_AT_FIRST_GRADE, 9, 30)
        return last - timedelta(days=draw.randrange(365))

    def _student(
        self,
        *,
        source_id: str,
        given_name: str,
        family_name: str,
        middle_name: str,
        is_female: bool,
        birth_on: date,
        digits: int,
        grade: str,
        level: str,
        home: float,
        guardians: tuple[Guardian, ...],
        rights: Mapping[str, Mapping[str, object]],
    ) -> Student:
        bare = permanent_code(
            family_name=family_name, given_name=given_name, birth_on=birth_on, is_female=is_female, validation=0
        )[:-2]
        self._made += 1
        return Student(
            source_id=source_id,
            given_name=given_name,
            family_name=family_name,
            middle_name=middle_name,
            is_female=is_female,
            birth_on=birth_on,
            file_number=self._file_number(),
            permanent_code=f"{bare}{self._given_codes.give(bare, digits):02}",
            grade=grade,
            school=self._school(level, home),
            guardians=guardians,
            rights=rights,
        )

    def _file_number(self) -> str:
        while True:
            file_number = str(self._next_file_number)
            self._next_file_number += 1
            if file_number not in self._taken:
                return file_number

    def _school(self, level: str, home: float) -> School:
        near = self._by_level[level]
        return near[int(home * len(near))]

    def _corrected(self, student: Student, household: Household) -> Student:
        if not self._plan.changed_percent:
            return student
        draw = random.Random(f"{self._plan.change_seed}/{student.source_id}")
        if draw.random() * 100 >= self._plan.changed_percent:
            return student
        pool = household.community.girls if student.is_female else household.community.boys
        others = [name for name in pool if name != student.given_name]
        # The permanent code stays what it was, as it does when a school corrects a name.
        return replace(student, given_name=draw.choice(others))

    def _placed(self) -> Family:
        """Return the placed students as one family, where a guardian of several children stands once."""
        guardians: dict[str, Guardian] = {}
        children = []
        for position, placed in enumerate(self._plan.placed):
            own = []
            for order, email in enumerate(placed.guardian_emails):
                given, family = (
                    placed.guardian_names[order] if order < len(placed.guardian_names) else ("", placed.family_name)
                )
                guardians.setdefault(
                    email,
                    Guardian(
                        source_id=f"g-{self._code}-p-{len(guardians) + 1}",
                        given_name=given or "Dominique",
                        family_name=family,
                        email=email,
                    ),
                )
                own.append(guardians[email])
            children.append(self._placed_student(placed, f"s-{self._code}-p-{position + 1}", tuple(own)))
        return Family(guardians=tuple(guardians.values()), students=tuple(children))

    def _placed_student(self, placed: PlacedStudent, source_id: str, guardians: tuple[Guardian, ...]) -> Student:
        age = self._plan.school_year - placed.birth_on.year - ((placed.birth_on.month, placed.birth_on.day) > (9, 30))
        grade = GRADES[min(max(age - _AGE_AT_FIRST_GRADE, 0), len(GRADES) - 1)]
        schools = {school.code: school for school in self._plan.organisation.schools}
        code = placed.permanent_code or permanent_code(
            family_name=placed.family_name,
            given_name=placed.given_name,
            birth_on=placed.birth_on,
            is_female=placed.is_female,
            validation=1,
        )
        self._given_codes.give(code[:-2], int(code[-2:]))
        self._made += 1
        return Student(
            source_id=source_id,
            given_name=placed.given_name,
            family_name=placed.family_name,
            middle_name=placed.middle_name,
            is_female=placed.is_female,
            birth_on=placed.birth_on,
            file_number=placed.file_number,
            permanent_code=code,
            grade=grade,
            school=schools[placed.school_code] if placed.school_code else self._school(_level(grade), 0.0),
            guardians=guardians,
        )


def _level(grade: str) -> str:
    return "preschool" if grade in ("PK", "KG") else "primary" if grade <= "06" else "secondary"


def _rights(case: Case, guardians: tuple[Guardian, ...]) -> dict[str, dict[str, object]]:
    """Return what a judgment says of the second guardian: nothing, unless the case is one of restriction."""
    if not case.is_restricted:
        return {}
    return {guardians[1].source_id: {"rights": [], "restrictions": ["no_access"], "from": "2024-09-01"}}
