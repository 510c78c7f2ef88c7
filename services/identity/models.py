"""What identity stores: accounts, the challenges that prove a mailbox, sessions, and the systems of organisations.

Tables of SQLAlchemy Core: every rule that two callers could race for is one guarded statement on them.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from shared import answered_requests, budgets, inbox, letters, outbox
from shared.database import UtcDateTime, new_metadata

METADATA = new_metadata()

accounts = Table(
    "accounts",
    METADATA,
    Column("id", String(36), primary_key=True),
    # As it was proven; `email_key` is what is compared (ACC-8, ACC-9).
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False, unique=True),
    # Null for an account that only ever signs in through somebody else.
    Column("password_hash", String(255)),
    # Which key, kept outside the database, is mixed into it.
    Column("password_pepper", String(16)),
    Column("language", String(2), nullable=False),
    Column("must_confirm_children", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("password_changed_at", UtcDateTime),
    Column("signed_in_at", UtcDateTime),
    CheckConstraint("(password_hash IS NULL) = (password_pepper IS NULL)", name="password_with_pepper"),
)

challenges = Table(
    "challenges",
    METADATA,
    # Random through and through (UUIDv4): holding it is what binds a browser to its code (ASVS 6.6.2).
    Column("id", String(36), primary_key=True),
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False),
    Column("purpose", String(32), nullable=False),
    # Null once nothing can be verified any more.
    Column("code_digest", String(80)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("language", String(2), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    # `verified`, `superseded` or `cancelled`; null while the code may still be given.
    Column("closed_as", String(16)),
    # What the proof can be spent on; changed once, from a new account to a new password (W1).
    Column("ticket_purpose", String(32)),
    # Null once the proof is spent.
    Column("ticket_expires_at", UtcDateTime),
    # Which letter went out, so that an address without account is told so once a day (COD-13).
    Column("letter", String(32), nullable=False),
    # One live code for an e-mail and purpose (ID-10), whoever asks and however many at once.
    Index(
        "uq_challenges_live",
        "email_key",
        "purpose",
        unique=True,
        sqlite_where=text("closed_as IS NULL"),
        postgresql_where=text("closed_as IS NULL"),
    ),
    Index("ix_challenges_email_key_purpose_created_at", "email_key", "purpose", "created_at"),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    # SHA-256 of a token of 256 random bits: nothing to guess, so nothing to slow down (SES-1).
    Column("token_digest", String(64), nullable=False, unique=True),
    # Useless without the token, and the same until the session ends, whichever keys come and go.
    Column("csrf_token", String(43), nullable=False),
    # Through which identity it began, if any: it ends with it (OID-9).
    Column("identity_id", String(36)),
    # What the browser calls itself, so that a person recognizes the session in the list (SES-6).
    Column("device", String(200), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    # When the holder last proved who they are; null in a session that is older than this column: when it began.
    Column("authenticated_at", UtcDateTime),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Index("ix_sessions_account_id_created_at", "account_id", "created_at"),
)

# Who somebody is at another provider: always the pair (issuer, subject), never an e-mail (OID-3).
identities = Table(
    "identities",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    # The operator's name for the provider, to show; what is compared is its issuer.
    Column("provider", String(32), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
    UniqueConstraint("issuer", "subject"),
)

# A browser on its way to a provider; deleted when it comes back, so that each way is gone once (OID-1).
social_visits = Table(
    "social_visits",
    METADATA,
    Column("state_digest", String(64), primary_key=True),
    # SHA-256 of a cookie: the way back is for the browser that began it.
    Column("browser_digest", String(64), nullable=False),
    Column("provider", String(32), nullable=False),
    # The nonce and the code verifier.
    Column("sealed", LargeBinary, nullable=False),
    Column("return_to", String(512), nullable=False),
    Column("language", String(2), nullable=False),
    # Whose account the identity is to be linked to, and from which session; null when somebody wants in.
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("session_id", String(36)),
    # A program has sent the browser, and keeps what binds it: the answer is handed on to `return_to`.
    Column("is_handed_on", Boolean, nullable=False, server_default=false()),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

# Somebody whom a provider has recognized and whose mailbox is still to be proven; one for each browser.
social_confirmations = Table(
    "social_confirmations",
    METADATA,
    Column("browser_digest", String(64), primary_key=True),
    Column("provider", String(32), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    # What the provider says, to be suggested; nothing is decided by it.
    Column("email", String(254)),
    Column("step", String(32), nullable=False),
    Column("language", String(2), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

# What an account's holder is shown of its past. Swept after a time; nothing is decided by it.
activity = Table(
    "activity",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("device", String(200), nullable=False),
    # The /24 or /56, never the address (AUD-1).
    Column("network", String(64), nullable=False),
    Index("ix_activity_account_id_at", "account_id", "at"),
)

# An e-mail that was replaced, for as long as its holder may take it back (ACC-11).
email_changes = Table(
    "email_changes",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("old_email", String(254), nullable=False),
    Column("old_email_key", String(254), nullable=False, index=True),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("undo_until", UtcDateTime, nullable=False, index=True),
    Column("undone_at", UtcDateTime),
)

sign_in_guards = Table(
    "sign_in_guards",
    METADATA,
    # The digest of an e-mail, of an account or not, or of a known device (ACC-5).
    Column("subject", String(100), primary_key=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("blocked_until", UtcDateTime),
    # How many passwords are being judged now; void after `judging_until`, when their process has died.
    Column("judging", Integer, nullable=False, server_default="0"),
    Column("judging_until", UtcDateTime),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

# A school's own system, that of one organisation: which one, only enrollment knows more of than the code.
school_clients = Table(
    "school_clients",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("organisation_code", String(6), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    # In one order, with spaces between them, as RFC 6749 §3.3 writes them.
    Column("scopes", String(1000), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

# Two live ones at most, so that one can be replaced while the other is still in use.
school_client_secrets = Table(
    "school_client_secrets",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("client_id", ForeignKey("school_clients.id", ondelete="CASCADE"), nullable=False, index=True),
    # A keyed digest of 256 random bits: there is nothing to guess, so nothing to slow down as for a password.
    Column("digest", String(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("expires_at", UtcDateTime, nullable=False),
)

school_tokens = Table(
    "school_tokens",
    METADATA,
    # SHA-256 of a token of 256 random bits, as for sessions (SES-1).
    Column("digest", String(64), primary_key=True),
    Column("client_id", ForeignKey("school_clients.id", ondelete="CASCADE"), nullable=False),
    # A token ends with the secret that it was given for.
    Column("secret_id", ForeignKey("school_client_secrets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("scopes", String(1000), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Index("ix_school_tokens_client_id_created_at", "client_id", "created_at"),
)

answered_requests.copy_to(METADATA)
budgets.copy_to(METADATA)
inbox.copy_to(METADATA)
letters.copy_to(METADATA)
outbox.copy_to(METADATA)
