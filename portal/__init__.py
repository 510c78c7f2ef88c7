"""The reference portal for parents: pages over the public API, and nothing else (platform.md §5)."""
