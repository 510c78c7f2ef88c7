"""Requests for help: a parent asks, the school of the child answers, and the operator where there is none (XC-01, XC-02)."""

from services.records.operations.support.answering import Fed, handle_request, list_requests, read_screenshot
from services.records.operations.support.forgetting import forget_requests
from services.records.operations.support.operating import (
    handle_for_operator,
    list_for_operator,
    read_screenshot_for_operator,
    send_to_school,
    show_to_operator,
)
from services.records.operations.support.submitting import submit_request

__all__ = [
    "Fed",
    "forget_requests",
    "handle_for_operator",
    "handle_request",
    "list_for_operator",
    "list_requests",
    "read_screenshot",
    "read_screenshot_for_operator",
    "send_to_school",
    "show_to_operator",
    "submit_request",
]
