"""The rules of absences: pure functions over days, times of day and words."""
