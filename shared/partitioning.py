"""Which partition a key goes to: murmur2, as Apache Kafka's default partitioner, so that both logs place keys alike."""

from functools import lru_cache

_MULTIPLIER = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


@lru_cache(maxsize=100_000)
def partition_of(key: bytes, count: int) -> int:
    """Return the partition of `key` in a topic of `count` partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % count


def murmur2(data: bytes) -> int:
    """Return the 32-bit hash of `data` (Austin Appleby's MurmurHash2 with Kafka's seed)."""
    length = len(data)
    whole = length & ~3
    result = _SEED ^ length
    for start in range(0, whole, 4):
        block = int.from_bytes(data[start : start + 4], "little") * _MULTIPLIER & _MASK
        block = (block ^ block >> 24) * _MULTIPLIER & _MASK
        result = (result * _MULTIPLIER & _MASK) ^ block
    if length > whole:
        result ^= int.from_bytes(data[whole:], "little")
        result = result * _MULTIPLIER & _MASK
    result = (result ^ result >> 13) * _MULTIPLIER & _MASK
    return result ^ result >> 15
