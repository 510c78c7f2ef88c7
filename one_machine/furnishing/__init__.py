"""What a family finds in its portal after `make run`: sent as schools' own systems send it, through `/school/v1`.

    content/*.toml ── entries (days, terms, marks) ── sending (token, NDJSON, documents) ──▶ gateway ──▶ services

Nothing is written into a table, and no service is imported: what stands here is what any system of a school could do.
"""

from one_machine.furnishing.entries import CONTENT_FILES, Pupil
from one_machine.furnishing.family import Furnished, furnish
from one_machine.furnishing.sending import SCOPES, Credentials, Unfurnished

__all__ = ["CONTENT_FILES", "SCOPES", "Credentials", "Furnished", "Pupil", "Unfurnished", "furnish"]
