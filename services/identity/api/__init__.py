"""The public paths of identity, and the one that only the gateway calls."""

from services.identity.api.account import account
from services.identity.api.accounts import accounts
from services.identity.api.codes import verification_codes
from services.identity.api.internal import internal
from services.identity.api.school_clients import school_clients
from services.identity.api.sessions import session, sessions
from services.identity.api.social import social

BLUEPRINTS = (verification_codes, accounts, session, sessions, account, social, school_clients, internal)

__all__ = ["BLUEPRINTS"]
