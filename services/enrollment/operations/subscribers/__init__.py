"""Subscribers outside: who reads which events of an organisation, and what they are handed for it."""

from services.enrollment.operations.subscribers.boarding import (
    STEPS,
    Boarding,
    Progress,
    add_subscriber,
    change_subscriber,
    event_log_troubles,
    list_subscribers,
    remove_subscriber,
    rotate_password,
)
from services.enrollment.operations.subscribers.choosing import Wish, choose
from services.enrollment.operations.subscribers.granting import Grant, change_subscriptions, list_subscriptions
from services.enrollment.operations.subscribers.handover import documents, samples, write
from services.enrollment.operations.subscribers.states import LEAD

__all__ = [
    "LEAD",
    "STEPS",
    "Boarding",
    "Grant",
    "Progress",
    "Wish",
    "add_subscriber",
    "change_subscriber",
    "change_subscriptions",
    "choose",
    "documents",
    "event_log_troubles",
    "list_subscribers",
    "list_subscriptions",
    "remove_subscriber",
    "rotate_password",
    "samples",
    "write",
]
