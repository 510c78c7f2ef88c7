"""The draws of one family: which case it is, whose names it bears, who lives in it."""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass

from registry_generator import names
from registry_generator.people import Guardian
from registry_generator.permanent_codes import plain_letters

_EMAIL_DOMAINS = ("example.com", "example.org", "example.net")
GRADES = ("PK", "KG", *(f"{year:02}" for year in range(1, 12)))
CASES_COME_ROUND_AFTER = 50
# Keeps the seeds of names drawn for two families apart from the seeds of single families, which count from 0.
_APART = 1 << 31


@dataclass(frozen=True, kw_only=True)
class Case:
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


ORDINARY = Case()
# By the place of a family among fifty. Two and three stand side by side: they draw the child's name from the same place.
CASES: dict[int, Case] = {
    0: Case(is_twins=True),
    1: Case(is_separated=True, guardians=2),
    2: Case(is_same_name=True, children=1),
    3: Case(is_same_name=True, children=1),
    4: Case(children=3, guardians=1),
    5: Case(families=names.TWO_LETTER_FAMILIES),
    6: Case(girls=names.TWO_LETTER_GIRLS, boys=names.TWO_LETTER_BOYS),
    7: Case(is_compound=True),
    8: Case(families=names.APOSTROPHE_FAMILIES),
    9: Case(families=names.SPACED_FAMILIES),
    10: Case(community="cree"),
    11: Case(community="inuit"),
    12: Case(community="english"),
    13: Case(community="newcomers"),
    14: Case(has_emails=False),
    15: Case(guardians=0, children=1),
    16: Case(is_twins=True, is_same_initial=True),
    17: Case(is_adult=True, children=1, guardians=0),
    18: Case(is_separated=True, is_restricted=True, guardians=2),
    19: Case(girls=names.HYPHENATED_GIRLS, boys=names.HYPHENATED_BOYS),
    20: Case(families=names.CURLY_APOSTROPHE_FAMILIES),
}

# How many families in a hundred are of which community, by what kind of board it is.
USUAL = {"french": 64, "newcomers": 22, "english": 10, "cree": 2, "inuit": 2}
_IN_ENGLISH_BOARDS = {"english": 60, "newcomers": 24, "french": 14, "cree": 1, "inuit": 1}
_IN_CREE_BOARD = {"cree": 90, "french": 5, "english": 5}
_IN_KATIVIK = {"inuit": 90, "french": 5, "english": 5}


def shared_key(organisations: tuple[str, str]) -> str:
    """Return what both organisations of a pair seed their shared families with."""
    return "-".join(sorted(organisations))


def communities(code: str) -> dict[str, int]:
    """Return how many families in a hundred are of which community in an organisation."""
    if code == "759000":
        return _IN_CREE_BOARD
    if code == "769000":
        return _IN_KATIVIK
    return _IN_ENGLISH_BOARDS if code.startswith("88") else USUAL


class Household:
    """The draws of one family: names, guardians, children's ages."""

    def __init__(self, base: int, key: str, index: int, case: Case, shares: Mapping[str, int]) -> None:
        self.case = case
        self._key = key
        self.draw = random.Random(base + index)
        # Two families that stand side by side draw the child's name from the same place.
        self.name_draw = (
            random.Random(base + _APART + index // CASES_COME_ROUND_AFTER) if case.is_same_name else self.draw
        )
        community = case.community or self.name_draw.choices(list(shares), list(shares.values()))[0]
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
        """Return the number that, with a family's place added, seeds the family."""
        # hash() is salted anew in each process; the same seed must give the same registry.
        return int.from_bytes(hashlib.sha256(f"{seed}/{key}".encode()).digest()[:12], "big") << 32

    def given_name(self, is_female: bool) -> str:
        """Draw a child's name."""
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
        """Return the place in `GRADES` of each child, the eldest first."""
        draw, case = self.draw, self.case
        number = draw.choices((1, 2, 3), (45, 42, 13))[0] if case.children is None else case.children
        if case.is_twins:
            return [draw.randrange(len(GRADES))] * 2
        return sorted(draw.sample(range(len(GRADES)), number), reverse=True)


def _email(given: str, family: str, unique: str, draw: random.Random) -> str:
    """Return an address at a domain that nobody has (RFC 2606), without `_` or `+` before the @."""
    return f"{plain_letters(given)}.{plain_letters(family)}.{unique}@{draw.choice(_EMAIL_DOMAINS)}".lower()
