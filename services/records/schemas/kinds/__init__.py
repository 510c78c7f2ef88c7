"""The shapes of every kind of entry: as schools send it, and as parents read it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.records.rules import kinds
from services.records.schemas.kinds import files, finances, news, report_cards, results
from services.records.schemas.kinds.sending import EntryIn, PublishedOut, Shape

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        kinds.RESULT: Shape(
            sent=results.ResultIn, line=results.ResultLineIn, content=results.ResultContent, out=results.ResultOut
        ),
        kinds.MINISTERIAL_RESULT: Shape(
            sent=results.MinisterialResultIn,
            line=results.MinisterialResultLineIn,
            content=results.MinisterialResultContent,
            out=results.MinisterialResultOut,
        ),
        kinds.ASSIGNMENT: Shape(
            sent=results.AssignmentIn,
            line=results.AssignmentLineIn,
            content=results.AssignmentContent,
            out=results.AssignmentOut,
        ),
        kinds.REPORT_CARD: Shape(
            sent=report_cards.ReportCardIn,
            line=report_cards.ReportCardLineIn,
            content=report_cards.ReportCardContent,
            out=report_cards.ReportCardOut,
        ),
        kinds.STATEMENT: Shape(
            sent=finances.StatementIn,
            line=finances.StatementLineIn,
            content=finances.StatementContent,
            out=finances.StatementOut,
        ),
        kinds.TAX_SLIP: Shape(
            sent=finances.TaxSlipIn,
            line=finances.TaxSlipLineIn,
            content=finances.TaxSlipContent,
            out=finances.TaxSlipOut,
        ),
        kinds.FILE: Shape(sent=files.FileIn, line=files.FileLineIn, content=files.FileContent, out=files.FileOut),
        kinds.AGENDA_ENTRY: Shape(
            sent=news.AgendaEntryIn,
            line=news.AgendaEntryLineIn,
            content=news.AgendaEntryContent,
            out=news.AgendaEntryOut,
        ),
        kinds.MESSAGE: Shape(
            sent=news.MessageIn, line=news.MessageLineIn, content=news.MessageContent, out=news.MessageOut
        ),
        kinds.RESOURCE: Shape(
            sent=news.ResourceIn, line=news.ResourceLineIn, content=news.ResourceContent, out=news.ResourceOut
        ),
        kinds.CONTACT: Shape(
            sent=news.ContactIn, line=news.ContactLineIn, content=news.ContactContent, out=news.ContactOut
        ),
    }
)

__all__ = ["SHAPES", "EntryIn", "PublishedOut", "Shape"]
