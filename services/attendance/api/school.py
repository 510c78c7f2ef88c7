"""What school systems do: record, read what guardians say, answer it, and decide the rules."""

from dataclasses import asdict
from typing import Any, Final

import flask
from flask.views import MethodView

from services.attendance.api import requests
from services.attendance.operations import deciding, recording, school
from services.attendance.operations.recording import Record, Written
from services.attendance.schemas.school import (
    BellTimesIn,
    BellTimesOut,
    ContradictionFeedOut,
    DecisionIn,
    FeedFilter,
    MotivationFeedOut,
    NoticeFeedOut,
    OfferedReasonOut,
    OfferedReasonsIn,
    RecordedLineOut,
    RecordIn,
    RecordLineIn,
    RecordOut,
    RulesIn,
    RulesOut,
    SchoolYearIn,
    SchoolYearOut,
)
from shared import auth
from shared.passports import SCHOOL
from shared.web import Blueprint, lines, uploads

# Seventy thousand absences of a province's day are about fifteen mebibytes.
LARGEST_BULK: Final = 64 * 1024 * 1024
READ: Final = "attendance.read"
WRITE: Final = "attendance.write"

_line: Final = RecordLineIn()

school_attendance = Blueprint(
    "attendance", __name__, url_prefix="/school/v1", description="Absences, for school systems."
)
school_attendance.before_request(auth.require(SCHOOL))


@school_attendance.route("/absences")
class Absences(MethodView):
    @auth.scope(WRITE)
    @uploads.received(name="absences.ndjson", largest_body=LARGEST_BULK, media_types=(lines.MEDIA_TYPE,))
    @school_attendance.doc(
        requestBody={"required": True, "content": {lines.MEDIA_TYPE: {"schema": {"type": "string"}}}}
    )
    @school_attendance.response(200, RecordedLineOut, content_type=lines.MEDIA_TYPE)
    def post(self) -> flask.Response:
        """Record many absences, a line each (NDJSON); the answer has a line for each, as they are written.

        Whatever breaks off, nothing that was answered is lost, and the same file again finishes the rest.
        """
        ctx, organisation_code = requests.context(), requests.organisation_code()
        return lines.answered(
            lambda records: recording.record_absences(ctx, organisation_code=organisation_code, records=records),
            schema=_line,
            make=lambda said: Record(**said),
            answer=_answer,
            named_by="source_id",
        )


@school_attendance.route("/absences/<string:source_id>")
class Absence(MethodView):
    @auth.scope(WRITE)
    @school_attendance.arguments(RecordIn)
    @school_attendance.response(200, RecordOut)
    @school_attendance.alt_response(
        201, schema=RecordOut, description="Nothing was recorded under it before.", success=True
    )
    def put(self, said: dict[str, Any], source_id: str) -> tuple[dict[str, Any], int]:
        """Record an absence under the school's own id, or correct what was recorded under it."""
        written = recording.record_absence(
            requests.context(),
            organisation_code=requests.organisation_code(),
            record=Record(source_id=source_id, **said),
        )
        return written.absence, 201 if written.result == recording.RECORDED else 200

    @auth.scope(READ)
    @school_attendance.response(200, RecordOut)
    def get(self, source_id: str) -> dict[str, Any]:
        """Show what was recorded, and what it came to."""
        return school.read_absence(
            requests.context(), organisation_code=requests.organisation_code(), source_id=source_id
        )


@school_attendance.route("/absence-notices")
class Notices(MethodView):
    @auth.scope(READ)
    @school_attendance.arguments(FeedFilter, location="query")
    @school_attendance.response(200, NoticeFeedOut)
    def get(self, wanted: dict[str, int]) -> dict[str, Any]:
        """List the notices that were submitted or withdrawn after a cursor, in that order."""
        return asdict(school.list_notices(requests.context(), organisation_code=requests.organisation_code(), **wanted))


@school_attendance.route("/absence-notices/<string:notice_id>/acknowledgement")
class Acknowledgement(MethodView):
    @auth.scope(WRITE)
    @school_attendance.response(204)
    def post(self, notice_id: str) -> None:
        """Say that the school has taken note of a notice."""
        school.acknowledge_notice(
            requests.context(), organisation_code=requests.organisation_code(), notice_id=notice_id
        )


@school_attendance.route("/motivations")
class Motivations(MethodView):
    @auth.scope(READ)
    @school_attendance.arguments(FeedFilter, location="query")
    @school_attendance.response(200, MotivationFeedOut)
    def get(self, wanted: dict[str, int]) -> dict[str, Any]:
        """List what guardians said of recorded absences after a cursor, in that order."""
        return asdict(
            school.list_motivations(requests.context(), organisation_code=requests.organisation_code(), **wanted)
        )


@school_attendance.route("/motivations/<string:motivation_id>/decision")
class Decision(MethodView):
    @auth.scope(WRITE)
    @school_attendance.arguments(DecisionIn)
    @school_attendance.response(200, RecordOut)
    def post(self, decided: dict[str, str], motivation_id: str) -> dict[str, Any]:
        """Accept what a guardian said of an absence, or refuse it."""
        return school.decide_motivation(
            requests.context(),
            organisation_code=requests.organisation_code(),
            motivation_id=motivation_id,
            **decided,
        )


@school_attendance.route("/absence-contradictions")
class Contradictions(MethodView):
    @auth.scope(READ)
    @school_attendance.arguments(FeedFilter, location="query")
    @school_attendance.response(200, ContradictionFeedOut)
    def get(self, wanted: dict[str, int]) -> dict[str, Any]:
        """List where notices and records disagree, found after a cursor and standing."""
        return asdict(
            school.list_contradictions(requests.context(), organisation_code=requests.organisation_code(), **wanted)
        )


@school_attendance.route("/attendance-rules")
class Rules(MethodView):
    @auth.scope(READ)
    @school_attendance.response(200, RulesOut)
    def get(self) -> dict[str, Any]:
        """Show until when notices and motivations are taken."""
        return deciding.read_rules(requests.context(), organisation_code=requests.organisation_code())

    @auth.scope(WRITE)
    @school_attendance.arguments(RulesIn)
    @school_attendance.response(200, RulesOut)
    def put(self, decided: dict[str, Any]) -> dict[str, Any]:
        """Decide until when notices and motivations are taken."""
        return deciding.replace_rules(requests.context(), organisation_code=requests.organisation_code(), **decided)


@school_attendance.route("/bell-times")
class BellTimes(MethodView):
    @auth.scope(READ)
    @school_attendance.response(200, BellTimesOut(many=True))
    def get(self) -> list[dict[str, Any]]:
        """List the bell times: those of every school, then those of schools that have their own."""
        return deciding.list_bell_times(requests.context(), organisation_code=requests.organisation_code())

    @auth.scope(WRITE)
    @school_attendance.arguments(BellTimesIn)
    @school_attendance.response(200, BellTimesOut)
    def put(self, told: dict[str, Any]) -> dict[str, Any]:
        """Tell the bell times of every school that has none of its own."""
        return deciding.replace_bell_times(
            requests.context(), organisation_code=requests.organisation_code(), school_source_id=None, **told
        )


@school_attendance.route("/bell-times/<string:school_source_id>")
class BellTimesOfSchool(MethodView):
    @auth.scope(WRITE)
    @school_attendance.arguments(BellTimesIn)
    @school_attendance.response(200, BellTimesOut)
    def put(self, told: dict[str, Any], school_source_id: str) -> dict[str, Any]:
        """Tell the bell times of one school."""
        return deciding.replace_bell_times(
            requests.context(),
            organisation_code=requests.organisation_code(),
            school_source_id=school_source_id,
            **told,
        )

    @auth.scope(WRITE)
    @school_attendance.response(204)
    def delete(self, school_source_id: str) -> None:
        """Let a school have the bell times of every school again."""
        deciding.remove_bell_times(
            requests.context(), organisation_code=requests.organisation_code(), school_source_id=school_source_id
        )


@school_attendance.route("/school-years")
class SchoolYears(MethodView):
    @auth.scope(READ)
    @school_attendance.response(200, SchoolYearOut(many=True))
    def get(self) -> list[dict[str, Any]]:
        """List the school years whose days were told; of others every weekday is a school day."""
        return deciding.list_school_years(requests.context(), organisation_code=requests.organisation_code())

    @auth.scope(WRITE)
    @school_attendance.arguments(SchoolYearIn)
    @school_attendance.response(200, SchoolYearOut)
    def put(self, told: dict[str, Any]) -> dict[str, Any]:
        """Tell the school days of the year that these days belong to."""
        return deciding.replace_school_year(requests.context(), organisation_code=requests.organisation_code(), **told)


@school_attendance.route("/absence-reasons")
class Reasons(MethodView):
    @auth.scope(READ)
    @school_attendance.response(200, OfferedReasonOut(many=True))
    def get(self) -> list[dict[str, Any]]:
        """List the reasons that guardians can choose."""
        return deciding.list_reasons(requests.context(), organisation_code=requests.organisation_code())

    @auth.scope(WRITE)
    @school_attendance.arguments(OfferedReasonsIn)
    @school_attendance.response(200, OfferedReasonOut(many=True))
    def put(self, offered: dict[str, Any]) -> list[dict[str, Any]]:
        """Offer these reasons and no others, in this order."""
        return deciding.replace_reasons(requests.context(), organisation_code=requests.organisation_code(), **offered)


def _answer(written: Written) -> dict[str, Any]:
    return {"result": written.result, "absence": written.absence}
