"""What the gateway tells of a request, to traces and to metrics: its route, and never its address."""

from typing import Any

import pytest

from shared import tracing
from shared.metrics import RequestTally
from tests.gateway.conftest import Door

SIGNATURE = "VTRL-7K2M-9QX4-LLLL"


@pytest.mark.requirement("AUD-5", "COD-2")
def test_traces_and_counts_name_the_route_and_not_the_address(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    traced: list[Any] = []
    counted: list[Any] = []
    end, count = tracing.end, RequestTally.count

    def end_and_note(work: tracing.Work, **told: Any) -> None:
        traced.append(told["attributes"]["http.route"])
        end(work, **told)

    def count_and_note(tally: RequestTally, **told: Any) -> None:
        counted.append(told["route"])
        count(tally, **told)

    monkeypatch.setattr(tracing, "end", end_and_note)
    monkeypatch.setattr(RequestTally, "count", count_and_note)
    for path in (f"/verification/{SIGNATURE}", "/livez", f"/nowhere/{SIGNATURE}"):
        door.get(path)
    assert traced == ["/verification/{signature}", "/livez", ""]
    # Probes are no requests of anybody's.
    assert counted == ["/verification/{signature}", None]
