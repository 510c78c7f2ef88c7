"""Invented families: the same seed and organisation give the same ones, one after the other, in memory that does not grow.

Every family has a random generator of its own, seeded by its place in the row, so that a smaller registry is the beginning of a
larger one. In every fifty families the cases that trip software up come round once, so that a registry of a few dozen students has them all.
"""

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from registry_generator import names
from registry_generator.permanent_codes import GivenCodes, permanent_code, plain_letters
from registry_generator.schools import Organisation, School

MOST_STUDENTS = 8_000_000
_EMAIL_DOMAINS = ("example.com", "example.org", "example.net")
_GRADES = ("PK", "KG", *(f"{year:02}" for year in range(1, 12)))
_AGE_AT_FIRST_GRADE = 4
_CASES_COME_ROUND_AFTER = 50
_CHILDREN_SHARED = 3
# Keeps the seeds of names drawn for two families apart from the seeds of single families, which count from 0.
_APART = 1 << 31


@dataclass(frozen=True, kw_only=True)
class PlacedStudent:
    """A student who must be in the registry exactly so: for a demonstration, or a test that claims a known child."""

    given_name: str
    family_name: str
    birth_on: date
    file_number: str
    guardian_emails: tuple[str, ...]
    guardian_names: tuple[tuple[str, str], ...] = ()
    middle_name: str = ""
    is_female: bool = False
    permanent_code: str | None = None
    school_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to generate.

    `shared_with` names a second organisation: the first `shared_families` families have three children and one guardian e-mail, two children in
    the organisation with the lower code and one in the other. Generating both with the same seed and each other's code makes them agree.

    `changed_percent` corrects the given names of that share of the students (another `change_seed`, others of them), for a re-import.
    """

    organisation: Organisation
    students: int
    seed: int = 1
    school_year: int = 2026
    placed: tuple[PlacedStudent, ...] = ()
    shared_with: str | None = None
    shared_families: int = 0
    changed_percent: float = 0.0
    change_seed: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.students <= MOST_STUDENTS:
            raise ValueError(f"students must be between 0 and {MOST_STUDENTS}: file numbers have seven digits")
        if len(self.placed) > self.students:
            raise ValueError("more students are placed than are to be generated")
        if self.shared_with == self.organisation.code:
            raise ValueError("an organisation cannot share families with itself")
        if bool(self.shared_with) != bool(self.shared_families):
            raise ValueError("shared families need the code of the other organisation, and a number of families")


@dataclass(frozen=True, kw_only=True)
class Guardian:
    """A parent or other guardian."""

    source_id: str
    given_name: str
    family_name: str
    email: str | None


@dataclass(frozen=True, kw_only=True)
class Student:
    """A student; the first guardian is the principal one. `rights` speaks of guardians by their `source_id`."""

    source_id: str
    given_name: str
    family_name: str
    middle_name: str
    is_female: bool
    birth_on: date
    file_number: str
    permanent_code: str
    grade: str
    school: School
    guardians: tuple[Guardian, ...]
    rights: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Family:
    """Guardians, and those of their children who are in this registry."""

    guardians: tuple[Guardian, ...]
    students: tuple[Student, ...]


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What is special about a family."""

    children: int | None = None
    community: str | None = None
    families: tuple[str, ...] = ()
    girls: tuple[str, ...] = ()
    boys: tuple[str, ...] = ()
    guardians: int | None = None
    has_emails: bool = True
    is_twins: bool = False
    is_same_initial: bool = False
    is_same_name: bool = False
    is_separated: bool = False
    is_restricted: bool = False
    is_compound: bool = False
    is_adult: bool = False


_ORDINARY = _Case()
_CASES: dict[int, _Case] = {
    0: _Case(is_twins=True),
    1: _Case(is_separated=True, guardians=2),
    2: _Case(is_same_name=True, children=1),
    3: _Case(is_same_name=True, children=1),
    4: _Case(children=3, guardians=1),
    5: _Case(families=names.TWO_LETTER_FAMILIES),
    6: _Case(girls=names.TWO_LETTER_GIRLS, boys=names.TWO_LETTER_BOYS),
    7: _Case(is_compound=True),
    8: _Case(families=names.APOSTROPHE_FAMILIES),
    9: _Case(families=names.SPACED_FAMILIES),
    10: _Case(community="cree"),
    11: _Case(community="inuit"),
    12: _Case(community="english"),
    13: _Case(community="newcomers"),
    14: _Case(has_emails=False),
    15: _Case(guardians=0, children=1),
    16: _Case(is_twins=True, is_same_initial=True),
    17: _Case(is_adult=True, children=1, guardians=0),
    18: _Case(is_separated=True, is_restricted=True, guardians=2),
    19: _Case(girls=names.HYPHENATED_GIRLS, boys=names.HYPHENATED_BOYS),
    20: _Case(families=names.CURLY_APOSTROPHE_FAMILIES),
}

# How many families in a hundred are of which community, by what kind of board it is.
_USUAL = {"french": 64, "newcomers": 22, "english": 10, "cree": 2, "inuit": 2}
_IN_ENGLISH_BOARDS = {"english": 60, "newcomers": 24, "french": 14, "cree": 1, "inuit": 1}
_IN_CREE_BOARD = {"cree": 90, "french": 5, "english": 5}
_IN_KATIVIK = {"inuit": 90, "french": 5, "english": 5}


def families(plan: Plan) -> Iterator[Family]:
    """Yield the families of a plan, the placed students first, until the number of students is reached."""
    return _Generation(plan).families()


def students(plan: Plan) -> Iterator[Student]:
    """Yield the students of a plan, each with the guardians."""
    for family in families(plan):
        yield from family.students


def shared_guardian_email(*, seed: int, organisations: tuple[str, str], family: int) -> str:
    """Return the one e-mail on the files of a shared family's three children, in both organisations."""
    key = _shared_key(organisations)
    guardians, _ = _Household(_Household.seed(seed, key), key, family, _Case(guardians=1), _USUAL).guardians(family)
    email = guardians[0].email
    assert email is not None
    return email


def _shared_key(organisations: tuple[str, str]) -> str:
    return "-".join(sorted(organisations))


def _communities(code: str) -> dict[str, int]:
    if code == "759000":
        return _IN_CREE_BOARD
    if code == "769000":
        return _IN_KATIVIK
    return _IN_ENGLISH_BOARDS if code.startswith("88") else _USUAL


class _Household:
    """The draws of one family: names, guardians, children's ages."""

    def __init__(self, base: int, key: str, index: int, case: _Case, communities: Mapping[str, int]) -> None:
        self.case = case
        self._key = key
        self.draw = random.Random(base + index)
        # Two families that stand side by side draw the child's name from the same place.
        self.name_draw = (
            random.Random(base + _APART + index // _CASES_COME_ROUND_AFTER) if case.is_same_name else self.draw
        )
        community = case.community or self.name_draw.choices(list(communities), list(communities.values()))[0]
        self.community = names.COMMUNITIES[community]
        family_names = case.families or self.community.families
        self.family_name = self.name_draw.choice(family_names)
        self.other_name = self.draw.choice(self.community.families)
        if case.is_compound:
            self.family_name = (
                f"{self.name_draw.choice(names.FRENCH.families)}-{self.name_draw.choice(names.FRENCH.families)}"
            )

    @staticmethod
    def seed(seed: int, key: str) -> int:
        # hash() is salted anew in each process; the same seed must give the same registry.
        return int.from_bytes(hashlib.sha256(f"{seed}/{key}".encode()).digest()[:12], "big") << 32

    def given_name(self, is_female: bool) -> str:
        pool = (self.case.girls or self.community.girls) if is_female else (self.case.boys or self.community.boys)
        return self.name_draw.choice(pool)

    def guardians(self, index: int) -> tuple[tuple[Guardian, ...], bool]:
        """Return the guardians and whether they live apart."""
        draw, case = self.draw, self.case
        number = draw.choices((1, 2), (35, 65))[0] if case.guardians is None else case.guardians
        is_separated = case.is_separated or (number == 2 and draw.random() < 0.25)
        found = []
        for position in range(number):
            is_female = position == 0
            given = draw.choice(self.community.girls if is_female else self.community.boys)
            family = self.other_name if is_female and number > 1 else self.family_name
            # A couple under one roof often leaves one address; two homes leave two.
            has_email = case.has_emails and (position == 0 or is_separated or draw.random() < 0.6)
            found.append(
                Guardian(
                    source_id=f"g-{self._key}-{index}-{position + 1}",
                    given_name=given,
                    family_name=family,
                    email=_email(given, family, f"{self._key}-{index}{'ab'[position]}", draw) if has_email else None,
                )
            )
        return tuple(found), is_separated

    def ages(self) -> list[int]:
        """Return the place in `_GRADES` of each child, the eldest first."""
        draw, case = self.draw, self.case
        number = draw.choices((1, 2, 3), (45, 42, 13))[0] if case.children is None else case.children
        if case.is_twins:
            return [draw.randrange(len(_GRADES))] * 2
        return sorted(draw.sample(range(len(_GRADES)), number), reverse=True)


def _email(given: str, family: str, unique: str, draw: random.Random) -> str:
    """Return an address at a domain that nobody has (RFC 2606), without `_` or `+` before the @."""
    return f"{plain_letters(given)}.{plain_letters(family)}.{unique}@{draw.choice(_EMAIL_DOMAINS)}".lower()


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
            key = _shared_key((self._code, plan.shared_with))
            base = _Household.seed(plan.seed, key)
            for index in range(plan.shared_families):
                if self._made >= plan.students:
                    return
                case = _Case(children=_CHILDREN_SHARED, guardians=1)
                yield self._family(_Household(base, key, index, case, _USUAL), index, key, is_shared=True)
        base, communities = _Household.seed(plan.seed, self._code), _communities(self._code)
        index = 0
        while self._made < plan.students:
            case = _CASES.get(index % _CASES_COME_ROUND_AFTER, _ORDINARY)
            yield self._family(
                _Household(base, self._code, index, case, communities), index, self._code, is_shared=False
            )
            index += 1

    def _family(self, household: _Household, index: int, key: str, *, is_shared: bool) -> Family:
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
                    grade="11" if case.is_adult else _GRADES[age],
                    level="adult" if case.is_adult else _level(_GRADES[age]),
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

    def _birth_on(self, draw: random.Random, age: int, case: _Case) -> date:
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

    def _corrected(self, student: Student, household: _Household) -> Student:
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
        grade = _GRADES[min(max(age - _AGE_AT_FIRST_GRADE, 0), len(_GRADES) - 1)]
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


def _rights(case: _Case, guardians: tuple[Guardian, ...]) -> dict[str, dict[str, object]]:
    """Return what a judgment says of the second guardian: nothing, unless the case is one of restriction."""
    if not case.is_restricted:
        return {}
    return {guardians[1].source_id: {"rights": [], "restrictions": ["no_access"], "from": "2024-09-01"}}
