"""Turn what kafka-python raises into the door's own faults."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import errors

from shared.broker import AssignmentLost, BrokerUnavailable, GroupIsActive, RecordRefused, UnsuitableBroker
from shared.topics import UnknownTopic

# What we raise ourselves goes through as it is.
_OURS = (AssignmentLost, BrokerUnavailable, GroupIsActive, RecordRefused, UnknownTopic, UnsuitableBroker)
# The log refuses such a record whoever sends it, and however often.
REFUSING_A_RECORD = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError, errors.InvalidRecordError)


@contextmanager
def telling_unavailable() -> Iterator[None]:
    """Turn any fault of the client library into BrokerUnavailable: whoever met it starts anew with another client.

    Any at all: besides its own errors the library lets through what its inner parts stumble over while a connection
    goes away, and whatever that is, its state is no longer known.
    """
    try:
        yield
    except _OURS:
        raise
    except REFUSING_A_RECORD as fault:
        raise RecordRefused("Kafka does not take such a record") from fault
    except Exception as fault:
        # The class alone: a text may hold an address, or what was being sent.
        raise BrokerUnavailable(f"Kafka cannot be used now ({type(fault).__name__})") from fault
