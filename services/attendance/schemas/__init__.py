"""What may come in, and what goes out, of attendance's endpoints (api.md, Attendance)."""

from services.attendance.schemas.absences import AbsenceFilter, AbsenceOut, MotivationIn, MotivationOut, ReasonOut
from services.attendance.schemas.notices import NoticeFilter, NoticeIn, NoticeOfSeveralIn, NoticeOut

__all__ = [
    "AbsenceFilter",
    "AbsenceOut",
    "MotivationIn",
    "MotivationOut",
    "NoticeFilter",
    "NoticeIn",
    "NoticeOfSeveralIn",
    "NoticeOut",
    "ReasonOut",
]
