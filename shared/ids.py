"""Identifiers: UUIDv7 (RFC 9562), which sort by the moment they were made and fill an index from one end."""

import secrets

import uuid_utils


def new() -> str:
    """Return a new opaque identifier, unique and ordered by time."""
    return str(uuid_utils.uuid7())


def unguessable() -> str:
    """Return a new identifier of 128 random bits, for what is known to its holder alone (ASVS 11.5.1).

    It looks like the others; a UUIDv4 would give six of its bits away.
    """
    return str(uuid_utils.UUID(int=secrets.randbits(128)))


def is_id(text: object) -> bool:
    """Tell whether `text` has the form of an identifier, so that nonsense never reaches a query."""
    if not isinstance(text, str) or len(text) != 36:
        return False
    try:
        uuid_utils.UUID(text)
    except ValueError:
        return False
    return True
