"""What the events of enrollment have in common: their topic, their keys and the fields that several of them carry."""

from typing import Final

from shared.event_shapes import foreign_identifier, identifier, moment, plain_word, several, text, word

TOPIC: Final = "vitrail.enrollment.v1"
LINK: Final = identifier("Le lien entre le compte et l’enfant. | The link between the account and the child.")

CHILD: Final = identifier(
    "L’enfant : le même identifiant pour tous ses répondants, et l’identifiant de l’élève."
    " | The child: the same id for every guardian, and the student’s id."
)
ACCOUNT: Final = identifier("Le compte du parent. | The parent’s account.")
STUDENT: Final = identifier("L’élève. | The student.")

STUDENT_SOURCE: Final = foreign_identifier(
    "L’identifiant que le système de l’école donne à l’élève : ce par quoi elle le nomme dans ce qu’elle écrit."
    " | The id that the school’s system gives the student: what it calls them by in what it writes."
)
SCHOOL_SOURCE: Final = foreign_identifier(
    "L’identifiant que le système de l’école donne à l’établissement fréquenté, s’il le dit."
    " | The id that the school’s system gives the school attended, where it says so."
)

LEVEL: Final = word(
    "L’ordre d’enseignement de l’élève, si l’école le dit : le préscolaire compte avec le primaire."
    " | The student’s level of education, where the school says it: preschool counts as primary.",
    known=["primary", "secondary"],
    otherwise="L’ordre d’enseignement n’est pas connu. | The level is not known.",
)
GRADE: Final = text(
    "L’année scolaire de l’élève, telle que l’école la code : 01 à 11, KG, P1 à P6, S1 à S5."
    " | The student’s grade, by the school’s own code: 01 to 11, KG, P1 to P6, S1 to S5.",
    max_length=20,
)

ORGANISATION: Final = identifier(
    "Le centre de services scolaire, la commission scolaire ou l’école privée. | The school board or private school."
)

ORGANISATION_CODE: Final = text(
    "Son code au ministère, qui est public. | Its code at the ministry, which is public.", max_length=64
)

RIGHTS: Final = several(
    "Ce que le parent peut faire : view_file, report_absences, re_register. Un droit inconnu n’en donne aucun."
    " | What the parent may do: view_file, report_absences, re_register. An unknown right grants nothing.",
    of=plain_word(),
)
LINKED_AT: Final = moment("Le moment où l’enfant a été associé au compte. | When the child was linked to the account.")


def student_key(student_id: str) -> str:
    """Return the key that keeps the order of everything about one student."""
    return f"student:{student_id}"
