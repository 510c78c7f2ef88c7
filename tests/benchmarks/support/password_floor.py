"""The floor of a sign-in: how many argon2id hashes of our cost these cores make in a second, with nothing around them.

python -m tests.benchmarks.support.password_floor SECONDS
"""

import json
import os
import sys
import threading
import time

import argon2

from services.identity.rules.passwords import hashing


def hasher() -> argon2.PasswordHasher:
    """Return the hasher with the parameters that identity keeps passwords with."""
    return argon2.PasswordHasher(
        time_cost=hashing.PASSES, memory_cost=hashing.MEMORY_KIB, parallelism=hashing.LANES, type=argon2.Type.ID
    )


def rate(seconds: float, *, threads: int) -> float:
    """Return how many hashes a second so many threads verify together."""
    judge = hasher()
    kept = judge.hash("p" * 70)
    began_at = time.perf_counter()
    counts = [0] * threads

    def verify(place: int) -> None:
        while time.perf_counter() < began_at + seconds:
            judge.verify(kept, "p" * 70)
            counts[place] += 1

    workers = [threading.Thread(target=verify, args=(place,)) for place in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / (time.perf_counter() - began_at)


if __name__ == "__main__":
    print(json.dumps(rate(float(sys.argv[1]), threads=os.cpu_count() or 1)))
