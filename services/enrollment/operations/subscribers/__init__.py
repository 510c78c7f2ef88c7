"""Subscribers outside: who reads which events of an organisation, and what they are handed for it."""

from services.enrollment.operations.subscribers.boarding import (
    LEAD,
    STEPS,
    Boarding,
    Progress,
    Wish,
    add_subscriber,
    choose,
    event_log_troubles,
    list_subscribers,
    remove_subscriber,
    rotate_password,
)
from services.enrollment.operations.subscribers.handover import documents, write

__all__ = [
    "LEAD",
    "STEPS",
    "Boarding",
    "Progress",
    "Wish",
    "add_subscriber",
    "choose",
    "documents",
    "event_log_troubles",
    "list_subscribers",
    "remove_subscriber",
    "rotate_password",
    "write",
]
