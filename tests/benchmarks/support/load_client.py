"""The load client: a process that sends prepared requests over kept connections and counts what comes back.

A process of its own, so that neither the measured server nor the benchmark shares its interpreter. It reads jobs from
standard input, a line of JSON each, and answers each with a line:

    {"url": …, "connections": 8, "seconds": 2.0, "repeats": true, "requests": [[method, path, headers, body], …]}
    {"seconds": 2.003, "busy": 0.31, "statuses": {"200": 3012}, "failures": 0, "latencies_ms": {"p50": …, "p99": …}}
"""

import asyncio
import itertools
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import aiohttp
import uvloop


def main() -> None:
    """Carry out jobs until standard input ends."""
    for line in sys.stdin:
        print(json.dumps(uvloop.run(carry_out(json.loads(line)))), flush=True)


async def carry_out(job: dict[str, Any]) -> dict[str, Any]:
    """Send a job's requests until its seconds are over, or its requests when they are not to be repeated."""
    source: Iterator[list[Any]] = itertools.cycle(job["requests"]) if job["repeats"] else iter(job["requests"])
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    failures = 0

    async def converse(session: aiohttp.ClientSession, ends_at: float) -> None:
        nonlocal failures
        for method, path, headers, body in source:
            asked_at = time.perf_counter()
            try:
                async with session.request(method, path, headers=headers, data=body) as answer:
                    await answer.read()
            except (aiohttp.ClientError, TimeoutError):
                failures += 1
            else:
                statuses[answer.status] += 1
                latencies.append(time.perf_counter() - asked_at)
            if time.perf_counter() >= ends_at:
                return

    options: dict[str, Any] = {
        "connector": aiohttp.TCPConnector(limit=job["connections"]),
        "cookie_jar": aiohttp.DummyCookieJar(),
        "timeout": aiohttp.ClientTimeout(total=60),
    }
    async with aiohttp.ClientSession(job["url"], **options) as session:
        began_at, busy_before = time.perf_counter(), time.process_time()
        await asyncio.gather(*(converse(session, began_at + job["seconds"]) for _ in range(job["connections"])))
        seconds = time.perf_counter() - began_at
        busy = (time.process_time() - busy_before) / seconds
    return {
        "seconds": seconds,
        "busy": busy,
        "statuses": dict(statuses),
        "failures": failures,
        "latencies_ms": {f"p{share}": percentile(latencies, share) * 1000 for share in (50, 99)},
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of `values` that `share` percent of them do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * share / 100) - 1, 0)] if ordered else 0.0


if __name__ == "__main__":
    main()
