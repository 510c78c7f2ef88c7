"""The bell times of a secondary school, for tests: four periods and a long break."""

from datetime import time

from services.attendance.rules.timetables import Period, Timetable

SCHOOL = Timetable(
    periods=(
        Period(code="P1", starts_at=time(8, 40), ends_at=time(9, 55)),
        Period(code="P2", starts_at=time(10, 10), ends_at=time(11, 25)),
        Period(code="P3", starts_at=time(12, 40), ends_at=time(13, 55)),
        Period(code="P4", starts_at=time(14, 10), ends_at=time(15, 25)),
    ),
    break_starts_at=time(11, 25),
    break_ends_at=time(12, 40),
)
