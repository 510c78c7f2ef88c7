"""The registry by call: a school's own system reads and corrects what an import brought."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from services.enrollment.api import requests
from services.enrollment.operations import imports
from services.enrollment.schemas import (
    ImportFilter,
    ImportOut,
    ImportReportOut,
    ImportWithRejectionsOut,
    RejectionOut,
    ReplacedStudentOut,
    StudentIn,
    StudentOnFileOut,
)
from shared import auth, idempotency
from shared.passports import SCHOOL
from shared.web import Blueprint, uploads
from shared.web.application import language

# A province's registry is about eighty megabytes of zip.
LARGEST_REGISTRY = 256 * 1024 * 1024
ZIP = ("application/zip", "application/x-zip-compressed")
# As long as the gateway waits for the answer; a request of longer ago died with its process.
LONGEST_IMPORT = timedelta(minutes=15)

school_registry = Blueprint(
    "registry", __name__, url_prefix="/school/v1", description="The student registry, for school systems."
)
school_registry.before_request(auth.require(SCHOOL))


def in_a_place(view: Callable[..., Any]) -> Callable[..., Any]:
    """Hold one of this process's places for imports while the view works, from before its body is read."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        with requests.import_places().taken(requests.organisation_code()):
            return view(*args, **kwargs)

    return guarded


@school_registry.route("/imports")
class Imports(MethodView):
    @auth.scope("registry.write")
    @in_a_place
    @uploads.received(name="registry.zip", largest_body=LARGEST_REGISTRY, media_types=ZIP)
    @idempotency.once_by(uploads.digest, abandoned_after=LONGEST_IMPORT)
    @school_registry.doc(
        requestBody={"required": True, "content": {ZIP[0]: {"schema": {"type": "string", "format": "binary"}}}}
    )
    @school_registry.arguments(ImportFilter, location="query")
    @school_registry.response(201, ImportReportOut)
    @school_registry.alt_response(200, schema=ImportReportOut, description="What would change.", success=True)
    def post(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Take in a student registry: a zip of OneRoster 1.1, OneRoster 1.2 or SDS v2.1 files, all of it or nothing."""
        report = imports.import_registry(
            requests.context(),
            organisation_code=requests.organisation_code(),
            client_id=requests.client_id(),
            path=uploads.current().path,
            encoding=options["encoding"],
            is_dry_run=options["dry_run"],
            allows_removals=options["allow_removals"],
        )
        return imports.describe(report, language=language()), 200 if report.is_dry_run else 201

    @auth.scope("registry.read")
    @school_registry.response(200, ImportOut(many=True))
    @school_registry.paginate(page_size=20, max_page_size=requests.LARGEST_PAGE)
    def get(self, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        """List the organisation's imports, newest first."""
        page = imports.list_imports(
            requests.context(),
            organisation_code=requests.organisation_code(),
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items


@school_registry.route("/imports/<string:import_id>")
class RegistryImport(MethodView):
    @auth.scope("registry.read")
    @school_registry.response(200, ImportWithRejectionsOut)
    def get(self, import_id: str) -> dict[str, Any]:
        """Show what became of an import, and the first lines that it left out."""
        return imports.read_import(
            requests.context(),
            organisation_code=requests.organisation_code(),
            import_id=import_id,
            language=language(),
        )


@school_registry.route("/imports/<string:import_id>/rejections")
class ImportRejections(MethodView):
    @auth.scope("registry.read")
    @school_registry.response(200, RejectionOut(many=True))
    @school_registry.paginate(page_size=100, max_page_size=1000)
    def get(self, pagination_parameters: PaginationParameters, import_id: str) -> list[dict[str, Any]]:
        """List the lines that an import left out."""
        page = imports.list_rejections(
            requests.context(),
            organisation_code=requests.organisation_code(),
            import_id=import_id,
            language=language(),
            offset=pagination_parameters.first_item,
            limit=pagination_parameters.page_size,
        )
        pagination_parameters.item_count = page.item_count
        return page.items


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
