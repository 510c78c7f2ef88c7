"""What relays, consumers, exporters and senders of letters say of themselves to Prometheus: tallies while they work, the rest when asked.

A tally is a plain number that one thread counts up, so that counting costs a tenth of a microsecond and needs no library;
`served` turns tallies, the outbox, the lag and the dead events into metrics at each scrape.
"""

from shared.metrics.tallies import ConsumerTally, LettersTally, Outcome, RelayTally

__all__ = ["ConsumerTally", "LettersTally", "Outcome", "RelayTally"]
