"""Why a child is absent: the reasons that a school offers, and those of a school that has not told its own."""

from dataclasses import dataclass
from typing import Final

LANGUAGES: Final = ("fr", "en")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A reason that a parent can choose, by its code; its labels are what the parent reads."""

    code: str
    french: str
    english: str
    needs_explanation: bool = False

    def label(self, language: str) -> str:
        """Return its label in `language`."""
        return self.english if language == "en" else self.french


# domain-facts C4: what the law and the schools take (LIP 14, 15, 242), and « Autre », which asks for an explanation (AT-08).
DEFAULT: Final = (
    Reason(code="MALADIE", french="Maladie", english="Illness"),
    Reason(
        code="RDV_PROFESSIONNEL", french="Rendez-vous avec un professionnel", english="Appointment with a professional"
    ),
    Reason(code="MORTALITE", french="Mortalité dans la famille immédiate", english="Death in the immediate family"),
    Reason(code="COMPARUTION", french="Comparution au tribunal", english="Court appearance"),
    Reason(
        code="ACTIVITE_AUTORISEE",
        french="Activité ou compétition autorisée par l’école",
        english="Activity or competition authorized by the school",
    ),
    Reason(code="RETARD_TRANSPORT", french="Retard du transport scolaire", english="School bus delay"),
    Reason(code="VOYAGE", french="Voyage (à approuver par l’école)", english="Travel (to be approved by the school)"),
    Reason(code="AUTRE", french="Autre", english="Other", needs_explanation=True),
)


def find(reasons: tuple[Reason, ...], code: str) -> Reason | None:
    """Return the reason of this code, or None."""
    return next((reason for reason in reasons if reason.code == code), None)


def lacks_explanation(reason: Reason, explanation: str | None) -> bool:
    """Tell whether an explanation is asked for and not given; blanks are none (AT-08)."""
    return reason.needs_explanation and not (explanation or "").strip()
