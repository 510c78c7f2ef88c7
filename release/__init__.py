"""Makes what a release hands over, the same bytes each time: `make release`."""
