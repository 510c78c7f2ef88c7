"""When two e-mail addresses are the same mailbox: the account's, proven, and the one that the school has (EN-12, ID-06)."""

import unicodedata


def key(address: str) -> str:
    """Return what addresses are compared by, for comparison only; empty when it is no address.

    Capitals and Unicode's forms are folded, and an international domain is written in its ASCII form. A `+tag` and dots
    stay: with them two people's mailboxes could become one (security.md, W8).
    """
    local, _, domain = unicodedata.normalize("NFKC", address).strip().rpartition("@")
    if not local or not domain:
        return ""
    domain = domain.casefold().rstrip(".")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return f"{unicodedata.normalize('NFC', local.casefold())}@{domain}"
