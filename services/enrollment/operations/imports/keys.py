"""What is stored of a student instead of, or beside, what the file says: digests to find by, and the sealed code."""

from datetime import date

from services.enrollment.rules import student_keys
from shared.digests import Digester, RowSeal


class StudentKeys:
    """Makes the keys of one organisation's students."""

    def __init__(self, digester: Digester, seal: RowSeal, *, organisation_id: str) -> None:
        self._digester = digester
        self._seal = seal
        self._organisation_id = organisation_id

    @property
    def prefix(self) -> str:
        """What every digest under the newest key begins with; a row whose digest does not was made under an older one."""
        return self._digester.digest("prefix").partition(".")[0] + "."

    def digest(self, permanent_code: str) -> str:
        """Return what a student is found by when a parent gives the permanent code."""
        return self._digester.digest(*student_keys.permanent_code(self._organisation_id, permanent_code))

    def seal(self, permanent_code: str, *, source_id: str) -> bytes:
        """Return the permanent code, sealed for this one student's row."""
        return self._seal.close(permanent_code, about=self._about(source_id))

    def unseal(self, sealed: bytes, *, source_id: str) -> str:
        """Return the permanent code of a student's row."""
        return self._seal.open(sealed, about=self._about(source_id))

    def identity(self, *, family_name: str, given_name: str, birth_on: date) -> str:
        """Return what wrong claims for one child are counted under (CHD-5)."""
        parts = student_keys.child_identity(
            self._organisation_id, family_name=family_name, given_name=given_name, birth_on=birth_on
        )
        return self._digester.digest(*parts)

    def _about(self, source_id: str) -> str:
        return f"{self._organisation_id}/{source_id}"
