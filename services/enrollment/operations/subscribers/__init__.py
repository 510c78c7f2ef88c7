"""Subscribers outside: who reads which events of an organisation, and what they are handed for it."""

from services.enrollment.operations.subscribers.boarding import (
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
    tell_subscriptions,
)
from services.enrollment.operations.subscribers.handover import documents, write

__all__ = [
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
    "tell_subscriptions",
    "write",
]
