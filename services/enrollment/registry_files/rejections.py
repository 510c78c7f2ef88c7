"""What is wrong with a line or a file of a registry or a directory, said without personal data.

A bad *line* is set aside as a `RejectedLine` and the reading goes on; a bad *file* stops it with `MalformedFile`. Both carry a stable
code, the file and the line; neither ever carries what the line says (registry.md, "Rules").
"""

from typing import NamedTuple

# code: (French, English)
REASONS: dict[str, tuple[str, str]] = {
    # lines
    "birth_date_impossible": (
        "La date de naissance n’est pas une date AAAA-MM-JJ possible.",
        "The birth date is not a possible YYYY-MM-DD date.",
    ),
    "cells_wrong_number": (
        "La ligne n’a pas autant de cellules que l’en-tête.",
        "The line does not have as many cells as the header.",
    ),
    "code_malformed": (
        "Le code de l’organisme n’a pas six chiffres.",
        "The organisation's code is not six digits.",
    ),
    "control_character": (
        "La ligne contient un caractère de commande.",
        "The line contains a control character.",
    ),
    "email_malformed": (
        "Le courriel n’a pas la forme d’une adresse.",
        "The e-mail does not have the form of an address.",
    ),
    "file_number_malformed": (
        "Le numéro de fiche n’a pas sept chiffres.",
        "The file number is not seven digits.",
    ),
    "flag_malformed": (
        "Un indicateur de niveau ne vaut ni 0 ni 1.",
        "A level flag is neither 0 nor 1.",
    ),
    "guardian_rights_malformed": (
        "Les droits des répondants ne se lisent pas : « metadata.guardianRights » doit être du JSON de la forme documentée.",
        "The guardians' rights cannot be read: metadata.guardianRights must be JSON of the documented form.",
    ),
    "header_repeated": (
        "L’en-tête est répété.",
        "The header is repeated.",
    ),
    "line_break_in_cell": (
        "Une cellule contient un saut de ligne.",
        "A cell contains a line break.",
    ),
    "line_too_long": (
        "La ligne est trop longue.",
        "The line is too long.",
    ),
    "name_missing": (
        "Le nom ou le prénom manque.",
        "The family name or the given name is missing.",
    ),
    "network_unknown": (
        "Le réseau n’est ni « francophone », ni « anglophone », ni « special ».",
        "The network is neither francophone, anglophone nor special.",
    ),
    "nul_byte": (
        "La ligne contient un octet nul.",
        "The line contains a NUL byte.",
    ),
    "permanent_code_malformed": (
        "Le code permanent n’a pas quatre lettres et huit chiffres.",
        "The permanent code is not four letters and eight digits.",
    ),
    "principal_guardian_unknown": (
        "Le répondant principal n’est pas parmi les répondants de l’élève.",
        "The principal guardian is not among the student's guardians.",
    ),
    "quotes_unbalanced": (
        "Un guillemet droit n’est pas fermé.",
        "A quotation mark is not closed.",
    ),
    "reference_missing": (
        "Un identifiant auquel la ligne renvoie manque.",
        "An identifier that the line refers to is missing.",
    ),
    "role_missing": (
        "Le rôle manque.",
        "The role is missing.",
    ),
    "source_id_missing": (
        "L’identifiant de la ligne (sourcedId) manque ou dépasse 255 caractères.",
        "The line's identifier (sourcedId) is missing or longer than 255 characters.",
    ),
    "status_unknown": (
        "L’état n’est ni vide, ni « active », ni « tobedeleted ».",
        "The status is neither empty, active nor tobedeleted.",
    ),
    "undecodable": (
        "La ligne n’est pas dans l’encodage attendu. Un fichier en Windows-1252 doit être déclaré comme tel.",
        "The line is not in the expected encoding. A Windows-1252 file must be declared as such.",
    ),
    # files
    "column_missing": (
        "Une colonne requise manque.",
        "A required column is missing.",
    ),
    "column_twice": (
        "Une colonne paraît deux fois dans l’en-tête.",
        "A column appears twice in the header.",
    ),
    "columns_unknown": (
        "Les colonnes ne sont ni celles des organismes, ni celles des écoles, ni celles des écoles privées.",
        "The columns are neither those of boards, nor of schools, nor of private schools.",
    ),
    "encoding_unknown": (
        "L’encodage déclaré n’est ni « utf-8 » ni « windows-1252 ».",
        "The declared encoding is neither utf-8 nor windows-1252.",
    ),
    "file_missing": (
        "Un fichier requis manque.",
        "A required file is missing.",
    ),
    "file_twice": (
        "Le même fichier paraît deux fois.",
        "The same file appears twice.",
    ),
    "file_unreadable": (
        "Le fichier ne peut pas être lu.",
        "The file cannot be read.",
    ),
    "header_missing": (
        "Le fichier est vide ou son en-tête ne se lit pas comme du CSV.",
        "The file is empty or its header cannot be read as CSV.",
    ),
    "manifest_malformed": (
        "Le manifeste (manifest.csv) contient une ligne ou une valeur qui ne se lit pas.",
        "The manifest (manifest.csv) contains a line or a value that cannot be read.",
    ),
    "separator_unknown": (
        "Les colonnes doivent être séparées par des virgules.",
        "Columns must be separated by commas.",
    ),
    "shape_unknown": (
        "Ces fichiers ne sont ni OneRoster 1.1, ni OneRoster 1.2, ni SDS v2.1.",
        "These files are neither OneRoster 1.1, OneRoster 1.2 nor SDS v2.1.",
    ),
    "version_unknown": (
        "Cette version de OneRoster n’est pas prise en charge (1.1 et 1.2 le sont).",
        "This version of OneRoster is not supported (1.1 and 1.2 are).",
    ),
    "zip_malformed": (
        "Ce n’est pas une archive zip, ou elle est incomplète, endommagée ou chiffrée.",
        "This is no zip archive, or it is cut off, damaged or encrypted.",
    ),
    "zip_path_unsafe": (
        "L’archive zip contient un chemin qui sort du dossier.",
        "The zip archive contains a path that leaves its folder.",
    ),
    "zip_too_large": (
        "L’archive zip se décompresse en beaucoup plus qu’un registre.",
        "The zip archive expands to far more than a registry.",
    ),
}


def reason(code: str, language: str = "fr") -> str:
    """Return the sentence of a reason code in a language (French unless English is asked for)."""
    french, english = REASONS[code]
    return english if language == "en" else french


class RejectedLine(NamedTuple):
    """A line that was set aside.

    `source_id` is for the importer alone, which must leave that record as it is instead of taking it for gone; it is in no message
    and no log.
    """

    file: str
    line: int
    code: str
    source_id: str | None = None

    @property
    def message(self) -> str:
        """Say in French, without personal data, what is wrong."""
        return self.message_in("fr")

    def message_in(self, language: str) -> str:
        """Say in a language, without personal data, what is wrong."""
        return reason(self.code, language)

    def __repr__(self) -> str:
        return f"RejectedLine({self.file}:{self.line} {self.code})"


class MalformedFile(ValueError):
    """A file that cannot be read at all; `subject` names the column or the file meant, never a cell."""

    def __init__(self, file: str, line: int, code: str, *, subject: str | None = None) -> None:
        super().__init__(f"{file}:{line}: {code}" + (f" ({subject})" if subject else ""))
        self.file = file
        self.line = line
        self.code = code
        self.subject = subject

    def message_in(self, language: str) -> str:
        """Say in a language what is wrong, and with which column or file."""
        sentence = reason(self.code, language)
        return f"{sentence.removesuffix('.')} ({self.subject})." if self.subject else sentence

    @property
    def message(self) -> str:
        """Say in French what is wrong, and with which column or file."""
        return self.message_in("fr")


class MalformedRegistry(MalformedFile):
    """A registry that cannot be read at all."""
