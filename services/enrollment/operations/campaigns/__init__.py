"""Re-registration (réinscription): planning campaigns, answering them, telling guardians, reading the answers (RR-01 to RR-03).

    upcoming ──opens_on──▶ open ──day after closes_on──▶ over
                            │  ▲
                            └──┘ answers, amendments; the first letters, then the reminder

`planning` is the school's, `answering` the parents', `announcing` writes the letters, `reading` hands the answers over.
"""

from services.enrollment.operations.campaigns.announcing import Pace, announce, remind
from services.enrollment.operations.campaigns.answering import answer_campaign, show_re_registration
from services.enrollment.operations.campaigns.keeping import delete_old
from services.enrollment.operations.campaigns.planning import add_campaign, change_campaign, list_campaigns
from services.enrollment.operations.campaigns.reading import Rows, list_answers, read_answers

__all__ = [
    "Pace",
    "Rows",
    "add_campaign",
    "announce",
    "answer_campaign",
    "change_campaign",
    "delete_old",
    "list_answers",
    "list_campaigns",
    "read_answers",
    "remind",
    "show_re_registration",
]
