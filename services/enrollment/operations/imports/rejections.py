"""The lines that were left out, kept for the school to mend: file, line and reason, nothing of what they say."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from services.enrollment.registry_files import REASONS, MalformedFile, reason
from shared.texts import BILINGUAL_SEPARATOR, LANGUAGES, Bilingual

# The occasion of a refusal that is about no line.
WHOLE_FILE: Final = "whole_file"

# What only shows beside other lines, or beside what we have; the reasons of a line alone are the readers'
# (`registry_files.REASONS`).
JOINED: Final[dict[str, tuple[str, str]]] = {
    "file_number_twice": (
        "Un autre élève de l’organisme a déjà ce numéro de fiche.",
        "Another student of the organisation has this file number already.",
    ),
    "guardian_unknown": (
        "Le répondant auquel la ligne renvoie n’est pas dans le registre, ou n’y est pas répondant.",
        "The guardian that the line refers to is not in the registry, or is no guardian there.",
    ),
    "kind_differs": (
        "Ce code est déjà celui d’un organisme d’un autre genre (public ou privé).",
        "This code is already that of an organisation of the other kind (public or private).",
    ),
    "line_twice": (
        "Une autre ligne dit déjà la même chose de la même personne ou école ; la première compte.",
        "Another line already says the same thing of the same person or school; the first one counts.",
    ),
    "organisation_unknown": (
        "L’annuaire ne contient pas l’organisme auquel la ligne renvoie.",
        "The directory does not hold the organisation that the line refers to.",
    ),
    "student_unknown": (
        "L’élève auquel la ligne renvoie n’est pas dans le registre.",
        "The student that the line refers to is not in the registry.",
    ),
}


def sentences(code: str) -> tuple[str, str]:
    """Return a reason in French and in English."""
    return JOINED[code] if code in JOINED else (reason(code, "fr"), reason(code, "en"))


def write(path: Path, rejected: Iterable[tuple[str, int, str]]) -> int:
    """Write the report and return how many lines it names; only its owner may read it."""
    written = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a descriptor, for its mode
        report = csv.writer(file, lineterminator="\n")
        report.writerow(["file", "line", "code", "raison", "reason"])
        for name, line, code in rejected:
            report.writerow([name, line, code, *sentences(code)])
            written += 1
    return written


def facts_of(fault: MalformedFile) -> dict[str, Any]:
    """Return the facts of the refusal of a file that cannot be read: which, where, and why in both languages."""
    return {
        "file": fault.file,
        "line": fault.line,
        "reason": fault.code,
        "why": Bilingual(BILINGUAL_SEPARATOR.join(fault.message_in(language) for language in LANGUAGES)),
        "occasion": "" if fault.line else WHOLE_FILE,
    }


def all_codes() -> frozenset[str]:
    """Return every code that a report may hold."""
    return frozenset(REASONS) | frozenset(JOINED)
