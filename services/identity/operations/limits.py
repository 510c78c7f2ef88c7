"""Which budgets an act is charged to: by mailbox, by caller, by neighborhood. Every number is a setting."""

from datetime import timedelta
from typing import Final

from services.identity.context import Context
from services.identity.rules import addresses
from shared.budgets import Bill, Budget

MINUTE: Final = timedelta(minutes=1)
QUARTER: Final = timedelta(minutes=15)
DAY: Final = timedelta(hours=24)

MAILBOX_WRONG: Final = "mailbox-wrong"
SIGN_IN_ACCOUNT: Final = "sign-in-account"


def of_caller(ctx: Context, address: str) -> Bill:
    """Return what a request for a code costs the address that it comes from (COD-15)."""
    is_wide, settings = _is_wide(ctx, address), ctx.settings
    subject = ctx.limit_digests.digest("caller", addresses.caller(address))
    minute = settings.wide_minute_limit if is_wide else settings.address_minute_limit
    day = settings.wide_day_limit if is_wide else settings.address_day_limit
    return [
        (Budget(name="caller-minute", limit=minute, window=MINUTE), subject),
        (Budget(name="caller-day", limit=day, window=DAY), subject),
    ]


def of_social_visit(ctx: Context, address: str) -> Bill:
    """Return what a way to another provider costs the address that it begins at: each is a row until it ends."""
    settings = ctx.settings
    limit = settings.wide_social_limit if _is_wide(ctx, address) else settings.address_social_limit
    subject = ctx.limit_digests.digest("caller", addresses.caller(address))
    return [(Budget(name="social-minute", limit=limit, window=MINUTE), subject)]


def of_mailbox(ctx: Context, email_key: str) -> Bill:
    """Return what a letter with a code costs the mailbox, whoever asks for it and whatever for (COD-10)."""
    subject = ctx.limit_digests.digest("mailbox", email_key)
    return [
        (Budget(name="mailbox-quarter", limit=ctx.settings.mailbox_quarter_limit, window=QUARTER), subject),
        (Budget(name="mailbox-day", limit=ctx.settings.mailbox_day_limit, window=DAY), subject),
    ]


def of_wrong_code(ctx: Context, *, email_key: str, address: str) -> Bill:
    """Return what a wrong code costs: the e-mail over all its challenges, and the neighborhood (COD-7, COD-15)."""
    settings = ctx.settings
    limit = settings.wide_wrong_limit if _is_wide(ctx, address) else settings.address_wrong_limit
    return [
        (
            Budget(name=MAILBOX_WRONG, limit=settings.mailbox_wrong_limit, window=DAY),
            ctx.limit_digests.digest("mailbox", email_key),
        ),
        (Budget(name="neighborhood-wrong", limit=limit, window=DAY), _neighborhood(ctx, address)),
    ]


def of_failed_sign_in(ctx: Context, address: str) -> Bill:
    """Return what a failed sign-in costs the neighborhood that it comes from (ACC-6)."""
    settings = ctx.settings
    limit = settings.wide_sign_in_limit if _is_wide(ctx, address) else settings.address_sign_in_limit
    return [(Budget(name="sign-in-neighborhood", limit=limit, window=DAY), _neighborhood(ctx, address))]


def of_wrong_password(ctx: Context, subject: str) -> Bill:
    """Return what a wrong password costs the account, or the device that has a counter of its own (ACC-4)."""
    return [(Budget(name=SIGN_IN_ACCOUNT, limit=ctx.settings.account_sign_in_limit, window=DAY), subject)]


def of_wrong_secret(ctx: Context, *, client_id: str, address: str) -> Bill:
    """Return what a wrong secret costs the client that it is said to be of, and the neighborhood that it comes from."""
    settings = ctx.settings
    return [
        (
            Budget(name="client-wrong", limit=settings.client_wrong_limit, window=QUARTER),
            ctx.limit_digests.digest("client", client_id),
        ),
        (
            Budget(name="client-neighborhood", limit=settings.address_client_limit, window=QUARTER),
            _neighborhood(ctx, address),
        ),
    ]


def mailbox_subjects(ctx: Context, email_key: str) -> list[str]:
    """Return what a mailbox's sign-ins are counted under, newest key first."""
    return ctx.limit_digests.digests("sign-in", email_key)


def device_subject(ctx: Context, device_id: str) -> str:
    """Return what a known device's sign-ins are counted under."""
    return ctx.limit_digests.digest("device", device_id)


def holder_subject(ctx: Context, account_id: str) -> str:
    """Return what the passwords of somebody who is signed in are counted under: no stranger can use it up (ACC-5)."""
    return ctx.limit_digests.digest("holder", account_id)


def _neighborhood(ctx: Context, address: str) -> str:
    return ctx.limit_digests.digest("neighborhood", addresses.neighborhood(address))


def _is_wide(ctx: Context, address: str) -> bool:
    return addresses.is_within(address, ctx.settings.wide_networks)
