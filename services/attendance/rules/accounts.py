"""Whose a notice or a motivation is once nobody can be asked any more."""

from typing import Final

# The nil UUID (RFC 9562, section 5.9): no account is ever called that.
ERASED: Final = "00000000-0000-0000-0000-000000000000"
