"""What every process says of itself to Prometheus: tallies while it works, the rest when asked.

A tally is plain numbers that are counted up, which costs a microsecond at most and needs no library; `served` turns
tallies, the outbox, the lag and the dead events into metrics at each scrape.
"""

from shared.metrics.tallies import ConsumerTally, Histogram, LettersTally, Outcome, RelayTally, RequestTally

__all__ = ["ConsumerTally", "Histogram", "LettersTally", "Outcome", "RelayTally", "RequestTally"]
