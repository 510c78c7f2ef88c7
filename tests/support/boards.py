"""A whole board in enrollment's registry: numbers without a gap, and everything about a child but its number is known."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.enrollment.models import Guardian, Guardianship, Student
from services.enrollment.rules import student_keys
from shared import ids
from tests.support.enrollment import MOMENT, Registry

FIRST_NUMBER = 5_000_000
ATTACKER = "attacker@exemple.ca"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What anybody may know of a child; its numbers, which few may; and the e-mail on its file, if there is one."""

    last_name: str
    first_name: str
    birth_on: date
    number: str
    # Without its last two digits, it follows from the rest.
    code: str
    email: str | None

    @property
    def code_stem(self) -> str:
        return self.code[:-2]

    def claim(self, *, organisation_id: str, identifier: str) -> dict[str, Any]:
        """Return a claim of this child with a number of the claimant's choice."""
        return {
            "organisation_id": organisation_id,
            "last_name": self.last_name,
            "first_name": self.first_name,
            "birth_on": self.birth_on,
            "identifier": identifier,
        }


def make_children(count: int, *, without_email: int = 0) -> list[Known]:
    """Return the children of a board; the last ones have nobody with an address on file."""
    draw = random.Random(8)
    return [_make_child(draw, index, has_email=index < count - without_email) for index in range(count)]


def fill(registry: Registry, children: list[Known]) -> str:
    """Put a board into the registry: a parent each, and the attacker's mailbox on a child of its own; return its id."""
    organisation_id = registry.make_organisation()
    own = registry.make_student(organisation_id=organisation_id, guardian=None)
    registry.make_guardian(own, email=ATTACKER)
    rows = [_rows(registry, organisation_id, each) for each in children]
    with registry.ctx.db.transaction() as session:
        for place, model in enumerate((Student, Guardian, Guardianship)):
            session.execute(model.__table__.insert(), [of_child[place] for of_child in rows])  # type: ignore[attr-defined]
    return organisation_id


def _make_child(draw: random.Random, index: int, *, has_email: bool) -> Known:
    birth_on = date(2010, 1, 1) + timedelta(days=draw.randrange(3000))
    letters = "".join(_LETTERS[index // 26**place % 26] for place in range(4))
    return Known(
        last_name=f"Famille{index}",
        first_name=f"Enfant{draw.randrange(1000)}",
        birth_on=birth_on,
        number=f"{FIRST_NUMBER + index}",
        code=f"{letters}{birth_on:%d%m%y}{draw.randrange(100):02}",
        email=f"famille{index}@exemple.ca" if has_email else None,
    )


def _rows(registry: Registry, organisation_id: str, child: Known) -> tuple[dict[str, Any], ...]:
    student_id, guardian_id = ids.new(), ids.new()
    digester = registry.ctx.digester
    identity = student_keys.child_identity(
        organisation_id, family_name=child.last_name, given_name=child.first_name, birth_on=child.birth_on
    )
    student = {
        "id": student_id,
        "organisation_id": organisation_id,
        "source_id": child.number,
        "given_name": child.first_name,
        "family_name": child.last_name,
        "birth_on": child.birth_on,
        "file_number": child.number,
        "permanent_code_digest": digester.digest(*student_keys.permanent_code(organisation_id, child.code)),
        "permanent_code_sealed": b"",
        "identity_digest": digester.digest(*identity),
        "changed_at": MOMENT,
    }
    guardian = {
        "id": guardian_id,
        "source_id": f"g{child.number}",
        "given_name": "",
        "family_name": "",
        "organisation_id": organisation_id,
        "email": child.email,
        "email_key": child.email,
        "changed_at": MOMENT,
    }
    guardianship = {
        "student_id": student_id,
        "guardian_id": guardian_id,
        "organisation_id": organisation_id,
        "is_principal": True,
        "restrictions": [],
    }
    return student, guardian, guardianship
