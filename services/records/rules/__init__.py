"""The rules of records: pure functions over kinds, levels, days and words."""
