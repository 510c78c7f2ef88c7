"""What records refuses.

Problem
└── OrganisationNotSubscribed  409
"""

from shared.problems import Problem


class OrganisationNotSubscribed(Problem):
    """We have not heard that the organisation of the token takes part, or have heard that it does no more."""

    type = "/problems/records/organisation-not-subscribed"
    status = 409


ALL = (OrganisationNotSubscribed,)
