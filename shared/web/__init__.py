"""What every Flask service has in common: guards, parsing, refusals, health and the OpenAPI document."""

from shared.web.application import Api, create_app
from shared.web.parsing import Blueprint

__all__ = ["Api", "Blueprint", "create_app"]
