"""Which state an item of the `ledger` table is, by how its sort begins.

Told by name: a class is imported when the first item of its kind is read. Every function reads the table, none all of
it, and all classes together cost a cold start a tenth of a second.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from emdia.state import State

TYPES: Mapping[str, str] = {
    "CASE": "emdia.portfolio.case:Case",
    "CONTRACT": "emdia.portfolio.contract:Contract",
    "BENEFICIARY": "emdia.portfolio.contract:Beneficiary",
    "INVOICE": "emdia.portfolio.case:Invoice",
    "STOP": "emdia.portfolio.case:StopRecord",
    "HEALTH": "emdia.portfolio.case:StopRecord",
    "OUTREACH": "emdia.messages.outreach:Outreach",
    "NOTICE": "emdia.compliance.notice_record:NoticeRecord",
    "NOTICEGAP": "emdia.compliance.notice_record:NoticeGap",
    "STEP": "emdia.ladder.step_note:StepNote",
    "WAIT": "emdia.portfolio.inbox:Waiting",
    "PARKED": "emdia.portfolio.inbox:Parked",
    "PARKEDCASE": "emdia.portfolio.case:ParkedCase",
    "MONEYFLAG": "emdia.portfolio.received:MoneyFlag",
    "CHARGE": "emdia.payments.charge:Charge",
    "TXID": "emdia.payments.charge:ChargeName",
    "PAYMENT": "emdia.payments.payment:Payment",
    "P": "emdia.messages.person:PersonLog",
    "PAGE": "emdia.messages.page:Page",
    "PAGESREVOKED": "emdia.messages.page:PagesRevoked",
    "LINE": "emdia.messages.line:Line",
    "REPLY": "emdia.messages.talk:KeptReply",
    "TALK": "emdia.messages.talk:Talk",
    "WHATSAPP": "emdia.messages.registry:Registry",
    "IN": "emdia.portfolio.inbox:InboxEvent",
    "PROFILE": "emdia.portfolio.contract:Operator",
    "HOLIDAYS": "emdia.portfolio.municipal:MunicipalHolidays",
    "PROTOCOL": "emdia.protocols.protocol:Protocol",
    "ATTENDANCE": "emdia.protocols.protocol:ContractProtocol",
    "NUMBERS": "emdia.protocols.number:NumbersOfDay",
    "DUE": "emdia.protocols.protocol:WaitingProtocol",
    "ASKED": "emdia.protocols.protocol:Asked",
    "INTERACTION": "emdia.protocols.protocol:Interaction",
    "TRACKING": "emdia.protocols.tracking:Challenge",
    "RATING": "emdia.protocols.tracking:Rating",
    "PAIDRATING": "emdia.protocols.ratings:PaymentRating",
    "RATINGS": "emdia.protocols.ratings:RatingsOfDay",
    "HEAD": "emdia.portfolio.outbound:OutHead",
    "EVENT": "emdia.portfolio.outbound:OutEvent",
    "MARK": "emdia.portfolio.outbound:OutMark",
    "ENDPOINT": "emdia.portfolio.contract:Endpoint",
    "LETTER": "emdia.messages.print_job:PrintJob",
    "PRINTRUN": "emdia.messages.print_job:PrintRun",
    "LETTEROBJECT": "emdia.messages.print_job:LetterObject",
    "LETTEREVENT": "emdia.messages.print_job:ParkedTracking",
    "IMPORT": "emdia.portfolio.imports:Import",
    "INFORCE": "emdia.compliance.approval:InForce",
    "APPROVAL": "emdia.compliance.approval:Approval",
    "ERASURE": "emdia.people.erasure:Erasure",
    "LEGALHOLD": "emdia.people.erasure:LegalHold",
    "PARTY": "emdia.people.disposal:Party",
    "KEPT": "emdia.people.disposal:KeptKey",
    "DISPOSALS": "emdia.people.disposal:DisposalRun",
    "LOG": "emdia.audit.opened:OpenedLog",
}


@cache
def type_of(sort: str) -> type[State]:
    """The class of items whose sort key begins with `sort`. Raises KeyError for a kind that is none of ours."""
    module, _, name = TYPES[sort].partition(":")
    found: type[State] = getattr(import_module(module), name)
    return found
