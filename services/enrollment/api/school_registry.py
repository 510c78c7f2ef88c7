"""The registry by call: a school's own system reads and corrects what an import brought."""

from typing import Any

from flask.views import MethodView

from services.enrollment.api import requests
from services.enrollment.operations import imports
from services.enrollment.schemas import ReplacedStudentOut, StudentIn, StudentOnFileOut
from shared import auth
from shared.passports import SCHOOL
from shared.web import Blueprint

school_registry = Blueprint(
    "registry", __name__, url_prefix="/school/v1", description="The student registry, for school systems."
)
school_registry.before_request(auth.require(SCHOOL))


@school_registry.route("/students/<string:source_id>")
class RegistryStudent(MethodView):
    @auth.scope("registry.read")
    @school_registry.response(200, StudentOnFileOut)
    def get(self, source_id: str) -> dict[str, Any]:
        """Show one student as the registry has it."""
        found = imports.read_student(
            requests.context(),
            organisation_code=requests.organisation_code(),
            client_id=requests.client_id(),
            source_id=source_id,
        )
        return found.document

    @auth.scope("registry.write")
    @school_registry.arguments(StudentIn)
    @school_registry.response(201, ReplacedStudentOut)
    @school_registry.alt_response(
        200, schema=ReplacedStudentOut, description="The student was there already.", success=True
    )
    def put(self, student: dict[str, Any], source_id: str) -> tuple[dict[str, Any], int]:
        """Make one student, and who its guardians are, exactly this."""
        placed = imports.replace_student(
            requests.context(), organisation_code=requests.organisation_code(), source_id=source_id, student=student
        )
        return {"student": placed.document, "siblings": list(placed.siblings)}, 201 if placed.is_new else 200

    @auth.scope("registry.write")
    @school_registry.response(204)
    def delete(self, source_id: str) -> None:
        """Let one student leave."""
        imports.remove_student(requests.context(), organisation_code=requests.organisation_code(), source_id=source_id)
