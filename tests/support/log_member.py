"""A member of a group in a process of its own, for tests that stop it in the middle of its work.

`python -m tests.support.log_member BROKER_URL TOPIC GROUP` (a topic of 12 partitions) obeys lines on its standard
input and answers each with a line of JSON: `receive N`, `commit`, `poll`. It ends with its input.
"""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shared import logs
from shared.broker import AssignmentLost, Delivery, Partition, open_broker
from shared.topics import Catalogue, Topic

ROOT = Path(__file__).resolve().parents[2]


class LogMember:
    """The process, from outside; a context manager that ends it."""

    def __init__(self, url: str, *, topic: str, group: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, url, topic, group],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, command: str) -> Any:
        """Give a command and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()


def main() -> None:
    """Obey until the input ends."""
    url, topic, group = sys.argv[1:]
    logs.configure(part="member", as_json=True, stream=sys.stderr)
    declared = Topic(name=topic, partitions=12, retention=timedelta(days=30), event_types=frozenset())
    consumer = open_broker(url, catalogue=Catalogue(topics={topic: declared})).consumer(group=group, topics=[topic])
    received: list[Delivery] = []
    for line in sys.stdin:
        command, *numbers = line.split()
        if command == "receive":
            received = []
            while len(received) < int(numbers[0]):
                received += consumer.poll(max_records=500, timeout=0.5).deliveries
            answer: Any = sorted({each.partition for each in received})
        elif command == "commit":
            answer = []
            try:
                consumer.commit({each.place: each.offset + 1 for each in received})
            except AssignmentLost as refusal:
                answer = sorted(place.number for place in refusal.partitions)
        else:
            lost: set[Partition] = set()
            while not lost:
                lost |= consumer.poll(max_records=500, timeout=0.5).lost
            answer = sorted(place.number for place in lost)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
