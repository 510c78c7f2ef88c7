"""Help for whoever cannot go on, signed in or not."""

from typing import Any

from flask.views import MethodView

from services.records.api import requests
from services.records.operations import help as helping
from services.records.schemas.help import HelpOut
from shared import auth
from shared.web import Blueprint

help_pages = Blueprint("help", __name__, url_prefix="/api/v1", description="Help, for everybody.")
help_pages.before_request(auth.public)


@help_pages.route("/help")
class Help(MethodView):
    @help_pages.response(200, HelpOut)
    def get(self) -> dict[str, Any]:
        """Show what to try before writing to the school, what is often asked, and what a request for help carries."""
        return helping.show_help(requests.context(), language=requests.language())
