"""What identity refuses.

Problem
├── EmailInvalid              422  no address that mail could be sent to
├── EmailNotAccepted          422  a character before the @ that this deployment refuses (ID-26)
├── TooManyRequests           429  a budget is spent: asking for codes, guessing, signing in
├── CodeRejected              422  the code is wrong, or was used
├── CodeExpired               410  the code is too old          ┐
├── CodeSuperseded            410  a newer one was asked for    ├ told only to whoever holds the challenge
├── CodeCancelled             410  « Annuler »                  │
├── TooManyAttempts           429  five wrong codes             ┘
├── NotVerified               409  no ticket, or one that is forged, spent, too old or for something else
├── AccountExists             409  told only after the mailbox was proven (W1)
├── AccountMissing            409  a new password for an account that is not there
├── PasswordMismatch          422  the confirmation differs
├── PasswordRejected          422  the policy's unmet rules are in `errors`
├── CredentialsRejected       401  for every cause that a stranger must not tell apart (ID-23, ACC-3)
├── AccountMustBeRecreated    403  an account of before this portal; told only after the right password (ID-31)
├── ReauthenticationRequired  403  signed in, but too long ago for this  ┐
├── CurrentPasswordWrong      422  not the password of the account       ├ told only to whoever has a session
├── PasswordUnchanged         422  the new one is the present one        │
├── EmailUnchanged            409  the new one is the present one        ┘
├── EmailChangeMissing        409  nothing that the holder of this mailbox could take back
├── ProviderUnknown           404  nobody of this name signs people in here
├── ReturnToRefused           422  not a page of ours (OID-8)
├── SocialSignInFailed        400  what came back from the provider proves nobody
├── ProviderFailed            502  the provider does not answer as agreed  ┐ signing in here goes on
├── ProviderTimedOut          504  the provider does not answer in time    ┘
├── ConfirmationMissing       409  nothing that this browser could confirm
├── IdentityTaken             409  the identity opens another account already
└── LastCredential            409  without it nobody could sign in any more (OID-9)
"""

from collections.abc import Mapping
from typing import ClassVar

from shared.problems import Problem


class EmailInvalid(Problem):
    """What was given is not an e-mail address that mail could be sent to (ID-27)."""

    type = "/problems/identity/email-invalid"
    status = 422


class EmailNotAccepted(Problem):
    """The address has a character before the @ that this deployment does not accept (ID-26)."""

    type = "/problems/identity/email-not-accepted"
    status = 422


class TooManyRequests(Problem):
    """Too much of the same in too short a time; the same answer for known and unknown addresses."""

    type = "/problems/identity/too-many-requests"
    status = 429


class CodeRejected(Problem):
    """The code is wrong or was already used."""

    type = "/problems/identity/code-rejected"
    status = 422


class CodeExpired(Problem):
    """The code has come to the end of its lifetime (ID-09)."""

    type = "/problems/identity/code-expired"
    status = 410


class CodeSuperseded(Problem):
    """A newer code was asked for, which voids this one (ID-10)."""

    type = "/problems/identity/code-superseded"
    status = 410


class CodeCancelled(Problem):
    """The person gave up the step that this code was for (ID-20)."""

    type = "/problems/identity/code-cancelled"
    status = 410


class TooManyAttempts(Problem):
    """This code was tried too often, whether the last one was right or not (COD-6)."""

    type = "/problems/identity/too-many-attempts"
    status = 429


class NotVerified(Problem):
    """The mailbox has not been proven: no ticket, or one that is spent, too old or for something else (ID-14)."""

    type = "/problems/identity/not-verified"
    status = 409


class AccountExists(Problem):
    """There is an account with the proven address; the ticket is good for a new password (ID-24, W1)."""

    type = "/problems/identity/account-exists"
    status = 409


class AccountMissing(Problem):
    """There is no account with the proven address."""

    type = "/problems/identity/account-missing"
    status = 409


class PasswordMismatch(Problem):
    """Password and confirmation differ (ID-17)."""

    type = "/problems/identity/password-mismatch"
    status = 422


class PasswordRejected(Problem):
    """The password does not meet the policy; every unmet rule is in `errors` (ID-18, ID-19)."""

    type = "/problems/identity/password-rejected"
    status = 422


class CredentialsRejected(Problem):
    """Unknown address, wrong password, an account that waits: one answer (ID-23)."""

    type = "/problems/identity/credentials-rejected"
    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="vitrail"'}


class AccountMustBeRecreated(Problem):
    """The account is of before this portal; its holder, who knows its password, creates it again (ID-31)."""

    type = "/problems/identity/account-must-be-recreated"
    status = 403


class ReauthenticationRequired(Problem):
    """The session was opened too long ago for something that matters this much (W16, ACC-11)."""

    type = "/problems/identity/reauthentication-required"
    status = 403


class CurrentPasswordWrong(Problem):
    """What was given as the account's present password is another one (PWD-11)."""

    type = "/problems/identity/current-password-wrong"
    status = 422


class PasswordUnchanged(Problem):
    """The new password is the present one (PWD-11)."""

    type = "/problems/identity/password-unchanged"
    status = 422


class EmailUnchanged(Problem):
    """The proven mailbox is the account's own."""

    type = "/problems/identity/email-unchanged"
    status = 409


class EmailChangeMissing(Problem):
    """No account has left the proven mailbox lately, or it was taken back already (ACC-11)."""

    type = "/problems/identity/email-change-missing"
    status = 409


class ProviderUnknown(Problem):
    """No provider of this name signs people in here."""

    type = "/problems/identity/provider-unknown"
    status = 404


class ReturnToRefused(Problem):
    """`return_to` does not lead to a page of this site (OID-8)."""

    type = "/problems/identity/return-to-refused"
    status = 422


class SocialSignInFailed(Problem):
    """What came back from the provider proves nobody, or came back to another browser, or twice, or too late."""

    type = "/problems/identity/social-sign-in-failed"
    status = 400


class ProviderFailed(Problem):
    """The provider does not answer as agreed."""

    type = "/problems/identity/provider-failed"
    status = 502


class ProviderTimedOut(Problem):
    """The provider does not answer in time."""

    type = "/problems/identity/provider-timed-out"
    status = 504


class ConfirmationMissing(Problem):
    """This browser has nobody to confirm: it took too long, or it was done already."""

    type = "/problems/identity/confirmation-missing"
    status = 409


class IdentityTaken(Problem):
    """What the provider recognized opens another account already."""

    type = "/problems/identity/identity-taken"
    status = 409


class LastCredential(Problem):
    """The account has no other way in (OID-9)."""

    type = "/problems/identity/last-credential"
    status = 409


ALL: tuple[type[Problem], ...] = (
    EmailInvalid,
    EmailNotAccepted,
    TooManyRequests,
    CodeRejected,
    CodeExpired,
    CodeSuperseded,
    CodeCancelled,
    TooManyAttempts,
    NotVerified,
    AccountExists,
    AccountMissing,
    PasswordMismatch,
    PasswordRejected,
    CredentialsRejected,
    AccountMustBeRecreated,
    ReauthenticationRequired,
    CurrentPasswordWrong,
    PasswordUnchanged,
    EmailUnchanged,
    EmailChangeMissing,
    ProviderUnknown,
    ReturnToRefused,
    SocialSignInFailed,
    ProviderFailed,
    ProviderTimedOut,
    ConfirmationMissing,
    IdentityTaken,
    LastCredential,
)
