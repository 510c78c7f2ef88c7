"""Contains all the data models used in inputs/outputs"""

from .absence_out import AbsenceOut
from .absence_out_kind import AbsenceOutKind
from .absence_out_motivated_by_type_0 import AbsenceOutMotivatedByType0
from .absence_out_status import AbsenceOutStatus
from .account_created_out import AccountCreatedOut
from .account_details_out import AccountDetailsOut
from .account_in import AccountIn
from .account_in_language import AccountInLanguage
from .account_out import AccountOut
from .activity_out import ActivityOut
from .agenda_entry_list_out import AgendaEntryListOut
from .agenda_entry_list_out_empty_reason_type_0 import (
    AgendaEntryListOutEmptyReasonType0,
)
from .agenda_entry_out import AgendaEntryOut
from .agenda_entry_out_type import AgendaEntryOutType
from .answer_in import AnswerIn
from .answer_in_answer import AnswerInAnswer
from .arrival_in import ArrivalIn
from .arrival_out import ArrivalOut
from .arrival_out_step import ArrivalOutStep
from .assignment_list_out import AssignmentListOut
from .assignment_list_out_empty_reason_type_0 import AssignmentListOutEmptyReasonType0
from .assignment_out import AssignmentOut
from .assignment_out_category import AssignmentOutCategory
from .assignment_out_status_type_0 import AssignmentOutStatusType0
from .attendance_notice_out import AttendanceNoticeOut
from .attendance_notice_out_by import AttendanceNoticeOutBy
from .attendance_notice_out_half_day_type_0 import AttendanceNoticeOutHalfDayType0
from .attendance_notice_out_type import AttendanceNoticeOutType
from .box_out import BoxOut
from .challenge_out import ChallengeOut
from .challenge_state_out import ChallengeStateOut
from .challenge_state_out_state import ChallengeStateOutState
from .check_out import CheckOut
from .child_out import ChildOut
from .child_out_level_type_0 import ChildOutLevelType0
from .child_out_status import ChildOutStatus
from .claim_form_out import ClaimFormOut
from .claim_form_out_occasion import ClaimFormOutOccasion
from .claim_in import ClaimIn
from .claim_out import ClaimOut
from .code_in import CodeIn
from .competency_out import CompetencyOut
from .confirmation_in import ConfirmationIn
from .confirmation_out import ConfirmationOut
from .confirmation_out_step import ConfirmationOutStep
from .contact_answer_out import ContactAnswerOut
from .contact_answer_out_empty_reason_type_0 import ContactAnswerOutEmptyReasonType0
from .contact_out import ContactOut
from .continuation_out import ContinuationOut
from .continuation_out_code import ContinuationOutCode
from .credentials_in import CredentialsIn
from .departure_out import DepartureOut
from .detail_out import DetailOut
from .export_out import ExportOut
from .exported_account_out import ExportedAccountOut
from .exported_identity_out import ExportedIdentityOut
from .exported_session_out import ExportedSessionOut
from .file_answer_out import FileAnswerOut
from .file_answer_out_empty_reason_type_0 import FileAnswerOutEmptyReasonType0
from .file_out import FileOut
from .form_field_out import FormFieldOut
from .form_field_out_kind import FormFieldOutKind
from .form_field_out_shown_when_type_0 import FormFieldOutShownWhenType0
from .former_email_out import FormerEmailOut
from .given_answer_out import GivenAnswerOut
from .given_answer_out_answer import GivenAnswerOutAnswer
from .help_link_out import HelpLinkOut
from .help_link_out_code import HelpLinkOutCode
from .help_out import HelpOut
from .identity_in import IdentityIn
from .identity_out import IdentityOut
from .invitation_out import InvitationOut
from .journal_entry_out import JournalEntryOut
from .journal_entry_out_role import JournalEntryOutRole
from .journal_entry_out_who import JournalEntryOutWho
from .key_out import KeyOut
from .key_set_out import KeySetOut
from .line_out import LineOut
from .link_out import LinkOut
from .list_child_absences_status_type_0 import ListChildAbsencesStatusType0
from .list_organisations_kind import ListOrganisationsKind
from .listed_session_out import ListedSessionOut
from .message_list_out import MessageListOut
from .message_list_out_empty_reason_type_0 import MessageListOutEmptyReasonType0
from .message_out import MessageOut
from .message_read_in import MessageReadIn
from .ministerial_result_list_out import MinisterialResultListOut
from .ministerial_result_list_out_empty_reason_type_0 import (
    MinisterialResultListOutEmptyReasonType0,
)
from .ministerial_result_out import MinisterialResultOut
from .mistake_out import MistakeOut
from .motivation_in import MotivationIn
from .motivation_out import MotivationOut
from .motivation_out_by import MotivationOutBy
from .motivation_out_decision import MotivationOutDecision
from .notice_in import NoticeIn
from .notice_in_type import NoticeInType
from .notice_of_several_in import NoticeOfSeveralIn
from .notice_of_several_in_type import NoticeOfSeveralInType
from .notice_out import NoticeOut
from .notice_out_severity import NoticeOutSeverity
from .open_campaign_out import OpenCampaignOut
from .organisation_of_child_out import OrganisationOfChildOut
from .organisation_out import OrganisationOut
from .organisation_out_kind import OrganisationOutKind
from .organisation_out_network_type_0 import OrganisationOutNetworkType0
from .other_guardian_out import OtherGuardianOut
from .other_guardian_out_status import OtherGuardianOutStatus
from .pagination_metadata import PaginationMetadata
from .password_change_in import PasswordChangeIn
from .password_in import PasswordIn
from .payee_out import PayeeOut
from .policy_out import PolicyOut
from .problem_out import ProblemOut
from .problem_out_severity import ProblemOutSeverity
from .provider_out import ProviderOut
from .question_out import QuestionOut
from .re_registration_out import ReRegistrationOut
from .reason_out import ReasonOut
from .reauthentication_in import ReauthenticationIn
from .records_message_out import RecordsMessageOut
from .renewed_session_out import RenewedSessionOut
from .report_card_list_out import ReportCardListOut
from .report_card_list_out_empty_reason_type_0 import ReportCardListOutEmptyReasonType0
from .report_card_out import ReportCardOut
from .report_card_out_type import ReportCardOutType
from .resource_list_out import ResourceListOut
from .resource_list_out_empty_reason_type_0 import ResourceListOutEmptyReasonType0
from .resource_out import ResourceOut
from .result_list_out import ResultListOut
from .result_list_out_empty_reason_type_0 import ResultListOutEmptyReasonType0
from .result_out import ResultOut
from .ride_out import RideOut
from .ride_out_direction import RideOutDirection
from .school_of_child_out import SchoolOfChildOut
from .school_shown_out import SchoolShownOut
from .section_out import SectionOut
from .session_out import SessionOut
from .signature_in import SignatureIn
from .signed_in_out import SignedInOut
from .statement_list_out import StatementListOut
from .statement_list_out_empty_reason_type_0 import StatementListOutEmptyReasonType0
from .statement_out import StatementOut
from .statement_out_ledger import StatementOutLedger
from .student_shown_out import StudentShownOut
from .subject_out import SubjectOut
from .support_item_out import SupportItemOut
from .support_out import SupportOut
from .support_request_in import SupportRequestIn
from .support_request_out import SupportRequestOut
from .taught_subject_out import TaughtSubjectOut
from .tax_slip_list_out import TaxSlipListOut
from .tax_slip_list_out_empty_reason_type_0 import TaxSlipListOutEmptyReasonType0
from .tax_slip_out import TaxSlipOut
from .tax_slip_out_type import TaxSlipOutType
from .teacher_out import TeacherOut
from .term_absences_out import TermAbsencesOut
from .term_mark_out import TermMarkOut
from .ticket_in import TicketIn
from .ticket_out import TicketOut
from .tile_out import TileOut
from .tile_out_code import TileOutCode
from .tiles_out import TilesOut
from .verdict_out import VerdictOut
from .verdict_out_kind_type_0 import VerdictOutKindType0
from .verdict_out_status import VerdictOutStatus
from .verification_code_in import VerificationCodeIn
from .verification_code_in_purpose import VerificationCodeInPurpose
from .visit_in import VisitIn

__all__ = (
    "AbsenceOut",
    "AbsenceOutKind",
    "AbsenceOutMotivatedByType0",
    "AbsenceOutStatus",
    "AccountCreatedOut",
    "AccountDetailsOut",
    "AccountIn",
    "AccountInLanguage",
    "AccountOut",
    "ActivityOut",
    "AgendaEntryListOut",
    "AgendaEntryListOutEmptyReasonType0",
    "AgendaEntryOut",
    "AgendaEntryOutType",
    "AnswerIn",
    "AnswerInAnswer",
    "ArrivalIn",
    "ArrivalOut",
    "ArrivalOutStep",
    "AssignmentListOut",
    "AssignmentListOutEmptyReasonType0",
    "AssignmentOut",
    "AssignmentOutCategory",
    "AssignmentOutStatusType0",
    "AttendanceNoticeOut",
    "AttendanceNoticeOutBy",
    "AttendanceNoticeOutHalfDayType0",
    "AttendanceNoticeOutType",
    "BoxOut",
    "ChallengeOut",
    "ChallengeStateOut",
    "ChallengeStateOutState",
    "CheckOut",
    "ChildOut",
    "ChildOutLevelType0",
    "ChildOutStatus",
    "ClaimFormOut",
    "ClaimFormOutOccasion",
    "ClaimIn",
    "ClaimOut",
    "CodeIn",
    "CompetencyOut",
    "ConfirmationIn",
    "ConfirmationOut",
    "ConfirmationOutStep",
    "ContactAnswerOut",
    "ContactAnswerOutEmptyReasonType0",
    "ContactOut",
    "ContinuationOut",
    "ContinuationOutCode",
    "CredentialsIn",
    "DepartureOut",
    "DetailOut",
    "ExportedAccountOut",
    "ExportedIdentityOut",
    "ExportedSessionOut",
    "ExportOut",
    "FileAnswerOut",
    "FileAnswerOutEmptyReasonType0",
    "FileOut",
    "FormerEmailOut",
    "FormFieldOut",
    "FormFieldOutKind",
    "FormFieldOutShownWhenType0",
    "GivenAnswerOut",
    "GivenAnswerOutAnswer",
    "HelpLinkOut",
    "HelpLinkOutCode",
    "HelpOut",
    "IdentityIn",
    "IdentityOut",
    "InvitationOut",
    "JournalEntryOut",
    "JournalEntryOutRole",
    "JournalEntryOutWho",
    "KeyOut",
    "KeySetOut",
    "LineOut",
    "LinkOut",
    "ListChildAbsencesStatusType0",
    "ListedSessionOut",
    "ListOrganisationsKind",
    "MessageListOut",
    "MessageListOutEmptyReasonType0",
    "MessageOut",
    "MessageReadIn",
    "MinisterialResultListOut",
    "MinisterialResultListOutEmptyReasonType0",
    "MinisterialResultOut",
    "MistakeOut",
    "MotivationIn",
    "MotivationOut",
    "MotivationOutBy",
    "MotivationOutDecision",
    "NoticeIn",
    "NoticeInType",
    "NoticeOfSeveralIn",
    "NoticeOfSeveralInType",
    "NoticeOut",
    "NoticeOutSeverity",
    "OpenCampaignOut",
    "OrganisationOfChildOut",
    "OrganisationOut",
    "OrganisationOutKind",
    "OrganisationOutNetworkType0",
    "OtherGuardianOut",
    "OtherGuardianOutStatus",
    "PaginationMetadata",
    "PasswordChangeIn",
    "PasswordIn",
    "PayeeOut",
    "PolicyOut",
    "ProblemOut",
    "ProblemOutSeverity",
    "ProviderOut",
    "QuestionOut",
    "ReasonOut",
    "ReauthenticationIn",
    "RecordsMessageOut",
    "RenewedSessionOut",
    "ReportCardListOut",
    "ReportCardListOutEmptyReasonType0",
    "ReportCardOut",
    "ReportCardOutType",
    "ReRegistrationOut",
    "ResourceListOut",
    "ResourceListOutEmptyReasonType0",
    "ResourceOut",
    "ResultListOut",
    "ResultListOutEmptyReasonType0",
    "ResultOut",
    "RideOut",
    "RideOutDirection",
    "SchoolOfChildOut",
    "SchoolShownOut",
    "SectionOut",
    "SessionOut",
    "SignatureIn",
    "SignedInOut",
    "StatementListOut",
    "StatementListOutEmptyReasonType0",
    "StatementOut",
    "StatementOutLedger",
    "StudentShownOut",
    "SubjectOut",
    "SupportItemOut",
    "SupportOut",
    "SupportRequestIn",
    "SupportRequestOut",
    "TaughtSubjectOut",
    "TaxSlipListOut",
    "TaxSlipListOutEmptyReasonType0",
    "TaxSlipOut",
    "TaxSlipOutType",
    "TeacherOut",
    "TermAbsencesOut",
    "TermMarkOut",
    "TicketIn",
    "TicketOut",
    "TileOut",
    "TileOutCode",
    "TilesOut",
    "VerdictOut",
    "VerdictOutKindType0",
    "VerdictOutStatus",
    "VerificationCodeIn",
    "VerificationCodeInPurpose",
    "VisitIn",
)
