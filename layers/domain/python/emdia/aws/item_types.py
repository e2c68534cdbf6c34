"""Which state an item of the `ledger` table is, by how its sort begins."""

from collections.abc import Mapping

from emdia.audit.opened import OpenedLog
from emdia.compliance.approval import Approval, InForce
from emdia.compliance.notice_record import NoticeGap, NoticeRecord
from emdia.ladder.step_note import StepNote
from emdia.messages.line import Line
from emdia.messages.outreach import Outreach
from emdia.messages.page import Page, PagesRevoked
from emdia.messages.person import PersonLog
from emdia.messages.print_job import LetterObject, ParkedTracking, PrintJob, PrintRun
from emdia.messages.registry import Registry
from emdia.messages.talk import KeptReply, Talk
from emdia.payments.charge import Charge, ChargeName
from emdia.payments.payment import Payment
from emdia.people.disposal import DisposalRun, KeptKey, Party
from emdia.people.erasure import Erasure, LegalHold
from emdia.portfolio.case import Case, Invoice, ParkedCase, StopRecord
from emdia.portfolio.contract import Beneficiary, Contract, Endpoint, Operator
from emdia.portfolio.imports import Import
from emdia.portfolio.inbox import InboxEvent, Parked, Waiting
from emdia.portfolio.municipal import MunicipalHolidays
from emdia.portfolio.outbound import OutEvent, OutHead, OutMark
from emdia.portfolio.received import MoneyFlag
from emdia.protocols.number import NumbersOfDay
from emdia.protocols.protocol import Asked, ContractProtocol, Interaction, Protocol, WaitingProtocol
from emdia.protocols.ratings import PaymentRating, RatingsOfDay
from emdia.protocols.tracking import Challenge, Rating
from emdia.state import State

TYPES: Mapping[str, type[State]] = {
    "CASE": Case,
    "CONTRACT": Contract,
    "BENEFICIARY": Beneficiary,
    "INVOICE": Invoice,
    "STOP": StopRecord,
    "HEALTH": StopRecord,
    "OUTREACH": Outreach,
    "NOTICE": NoticeRecord,
    "NOTICEGAP": NoticeGap,
    "STEP": StepNote,
    "WAIT": Waiting,
    "PARKED": Parked,
    "PARKEDCASE": ParkedCase,
    "MONEYFLAG": MoneyFlag,
    "CHARGE": Charge,
    "TXID": ChargeName,
    "PAYMENT": Payment,
    "P": PersonLog,
    "PAGE": Page,
    "PAGESREVOKED": PagesRevoked,
    "LINE": Line,
    "REPLY": KeptReply,
    "TALK": Talk,
    "WHATSAPP": Registry,
    "IN": InboxEvent,
    "PROFILE": Operator,
    "HOLIDAYS": MunicipalHolidays,
    "PROTOCOL": Protocol,
    "ATTENDANCE": ContractProtocol,
    "NUMBERS": NumbersOfDay,
    "DUE": WaitingProtocol,
    "ASKED": Asked,
    "INTERACTION": Interaction,
    "TRACKING": Challenge,
    "RATING": Rating,
    "PAIDRATING": PaymentRating,
    "RATINGS": RatingsOfDay,
    "HEAD": OutHead,
    "EVENT": OutEvent,
    "MARK": OutMark,
    "ENDPOINT": Endpoint,
    "LETTER": PrintJob,
    "PRINTRUN": PrintRun,
    "LETTEROBJECT": LetterObject,
    "LETTEREVENT": ParkedTracking,
    "IMPORT": Import,
    "INFORCE": InForce,
    "APPROVAL": Approval,
    "ERASURE": Erasure,
    "LEGALHOLD": LegalHold,
    "PARTY": Party,
    "KEPT": KeptKey,
    "DISPOSALS": DisposalRun,
    "LOG": OpenedLog,
}
