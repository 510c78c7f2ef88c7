"""Read records whose headers have names that are not UTF-8.

Kafka's protocol says that they are. A broker that packs a batch itself makes them so; one that arrives packed it passes on
as it is, and clients of other languages write what they are given.
kafka-python 3.0.12 refuses the whole record, and with it everything that follows in the partition: whoever reads it would
stand there for ever. Such a name is no attribute of ours; it is read with its bytes written out, as `\\xff`.
"""

from typing import Any, Final

from kafka.record.default_records import DefaultRecordBatch

_read_strictly: Final = DefaultRecordBatch._read_msg  # noqa: SLF001 - there is no door to it


class _Lenient(bytes):
    """Bytes that decode to a text whatever they are, and so do their parts."""

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        return type(self)(part) if isinstance(index, slice) else part

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


def _read(batch: DefaultRecordBatch) -> Any:
    try:
        return _read_strictly(batch)
    except UnicodeDecodeError:
        # It has not moved on in its buffer, and reads this record again, and the rest of the batch.
        batch._buffer = _Lenient(batch._buffer)  # noqa: SLF001 - as above
        return _read_strictly(batch)


def forgive() -> None:
    """Have the library read such records, in this process, from now on."""
    DefaultRecordBatch._read_msg = _read  # noqa: SLF001 - as above
