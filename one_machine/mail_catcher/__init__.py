"""A stand-in for the outside world's mail on one machine: takes every letter, sends none, shows them on a page."""
