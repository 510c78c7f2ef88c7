"""The catalogue of events: made from what the services declare, compared with what was released, read by people.

`python -m event_catalogue` writes `deploy/events/`: the AsyncAPI document and a JSON Schema a type. `check` fails when
they are stale, or when a declaration breaks a promise of a released version; `release` records the present promises.
"""
