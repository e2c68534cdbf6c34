"""The message of a notice by each means: the same words, or where they can be read, in its channel's shape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from emdia.compliance.notice import Means
from emdia.compliance.notice_record import NoticeRecord
from emdia.compliance.windows import closes_at
from emdia.errors import Rejected
from emdia.messages import notice_short
from emdia.messages.letter import address_lines, sender_of
from emdia.messages.letter_page import draw
from emdia.messages.line import Line
from emdia.messages.notice_words import NoticeWords, as_html, as_letter, as_text
from emdia.messages.outreach import Outreach, Target
from emdia.messages.page import SECRET, fresh_page
from emdia.messages.ports import Mail, Message, Paper, Sms
from emdia.messages.print_job import reference_of, run_of
from emdia.messages.registry import Registry
from emdia.messages.spelling import mask_cnpj
from emdia.portfolio.contract import Channel, Contract, Operator
from emdia.portfolio.municipal import holidays_of
from emdia.ports import Ledger, Pseudonyms, Randomness
from emdia.state import State, line_ref, registry_ref
from emdia.workflows.notice_links import Links
from emdia.workflows.notice_view import View

CHANNEL_OF: Final[Mapping[Means, Channel]] = {
    Means.EMAIL: Channel.EMAIL,
    Means.WHATSAPP: Channel.WHATSAPP,
    Means.SMS: Channel.SMS,
    Means.LETTER: Channel.LETTER,
}
AT_ADDRESS: Final = "letter"  # the point of a letter: the registered address, which has no id of its own
_PAGE_LIFE = timedelta(days=180)  # as long as a notice may still be spoken of
_MARGIN = timedelta(minutes=1)  # a phone must not ring in the very minute its window closes


@dataclass(frozen=True, slots=True)
class Made:
    """What is sent to `point`, and what is stored with its claim; `life` ends with the provider."""

    message: Message
    point: str
    beside: tuple[State, ...] = ()
    life: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the messages of one operator's notices."""

    view: View
    operator: Operator
    ledger: Ledger
    pseudonyms: Pseudonyms
    randomness: Randomness
    public_url: str

    def make(self, record: NoticeRecord, outreach: Outreach, words: NoticeWords) -> Made:
        """The message of this sending.

        Raises Rejected: `contact-point-absent`, `words-barred` when Meta lets no such template out, `sms-long`, and
        the codes of messages/letter_page.py for an address that no window takes.
        """
        ref = Target(self.ledger.ans, record.contract, outreach.id).encode()
        contract = self.view.file.contract
        if outreach.channel is Channel.LETTER:
            return Made(self._letter(record, outreach, words, ref), AT_ADDRESS)
        point = contract.point(outreach.channel)
        if point is None:
            raise Rejected("contact-point-absent", "/contact_points")
        if outreach.channel is Channel.EMAIL:
            links = Links(self.pseudonyms, self.public_url, self.ledger.ans)
            confirm, stop = links.confirm(record, outreach.id), links.unsubscribe(outreach)
            told = (words.subject, as_text(words, confirm), as_html(words, confirm), stop)
            return Made(Mail(ref, self.operator.mail_from, point.value, *told), point.id)
        token, page = fresh_page(self.ledger.ans, outreach, self.randomness.token(SECRET), self.view.now)
        url = f"{self.public_url}/n/{token}"
        beside = (replace(page, until=self.view.now + _PAGE_LIFE), *self._line(point.value, contract))
        if outreach.channel is Channel.WHATSAPP:
            self._let_out()
            pay_by, name = record.pay_by, contract.holder.name
            return Made(notice_short.chat(self.operator, name, pay_by, url, ref, point.value), point.id, beside)
        life = self._life()
        text = notice_short.sms_text(self.operator, url)
        sms = Sms(ref, self.operator.sms_from, point.value, text, int(life.total_seconds()))
        return Made(sms, point.id, beside, life)

    def _letter(self, record: NoticeRecord, outreach: Outreach, words: NoticeWords, ref: str) -> Paper:
        contract, now = self.view.file.contract, self.view.now
        address = address_lines(contract.holder.name, contract.address)
        sender = sender_of(self.operator, mask_cnpj(self.operator.cnpj))
        sheet = draw(as_letter(words, reference_of(run_of(now), outreach.id), sender, address))
        told = (words.subject, as_text(words, ""), record.holder_key, run_of(now))
        return Paper(ref, self.operator.name, contract.address.postal_code, *told, registered=True, sheet=sheet)

    def _life(self) -> timedelta:
        case, now = self.view.file.case, self.view.now
        days = holidays_of(case.ibge, self.view.states)
        closes = closes_at(now, case.zone, Channel.SMS, case.uf, case.clocks_beside(Channel.SMS), days)
        return max(timedelta(0), closes - now - _MARGIN)

    def _let_out(self) -> None:
        registry = self.ledger.get([registry_ref()]).get(registry_ref())
        if not isinstance(registry, Registry) or not registry.usable(notice_short.WHATSAPP_NAME):
            raise Rejected("words-barred")

    def _line(self, phone: str, contract: Contract) -> Sequence[Line]:
        """Whom we write to on the number, so that their answer finds them; nothing when it is remembered as it is."""
        number = self.pseudonyms.of(self.ledger.ans, "phone", phone)
        ref = line_ref(number, contract.holder_key)
        held = self.ledger.get([ref]).get(ref)
        if not isinstance(held, Line):
            return (Line(key=number, holder_key=contract.holder_key, contract=contract.key),)
        return () if held.contract == contract.key else (replace(held, contract=contract.key),)
