"""A road whose people write back, to a bot whose script is in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from emdia.compliance.notice import Consequence, Means
from emdia.compliance.notice_record import NoticeRecord, Try
from emdia.facts import Fact, LogClass
from emdia.messages.line import reply_id
from emdia.messages.reply import Reply
from emdia.messages.talk import KeptReply, reply_ref
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Channel, Operator
from emdia.ports import Act, Put
from emdia.protocols.protocol import Interaction, Protocol, Speaker, Status, WaitingProtocol
from emdia.state import QUEUE_SHARDS, Subject, operator_ref, protocol_ref, queue_partition
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.receive_reply import receive_reply
from emdia.workflows.reply_hearing import Deps
from tests.fakes.house import ACCOUNT, ANS, PUBLIC_URL
from tests.flows.notices import NoticeRoad
from tests.flows.road import OPERATOR, Road, phone

WHATSAPP, SMS = Channel.WHATSAPP, Channel.SMS
SEAT = "3550308"


def noticed(road: Road, case: Case, means: Means = Means.WHATSAPP) -> NoticeRecord:
    """A notice that went to the person's first point and waits for their word."""
    kept = road.documents.keep(ANS, Subject(case.holder_key), LogClass.CONTATO, b"as palavras")
    record = NoticeRecord(
        contract=case.contract, id="a" * 32, holder_key=case.holder_key, fees=("f",), consequence=Consequence.RESCIND,
        words=kept, issued_on=date(2026, 11, 25), drafted_at=road.clock.now(), pay_by=date(2026, 12, 7),
        last_sending=date(2026, 12, 30), tries=(Try(means, "b" * 32, f"{means[0]}1", True, road.clock.now()),),
    )  # fmt: skip
    assert road.ledger().commit([Act("notice", (Put(record),), (Fact("notice.drafted", record.ref),))]).landed
    return record


@dataclass
class TalkRoad(NoticeRoad):
    """`written(n)` is somebody whom a message has reached; `says` is what they write back."""

    messages: int = field(default=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.operator(seat=SEAT)

    def operator(self, **changes: object) -> None:
        held = self.ledger().get([operator_ref()])[operator_ref()]
        assert isinstance(held, Operator)
        act = Act(f"operator:{held.v}", (Put(replace(held, **changes)),), (Fact("operator.recorded", operator_ref()),))
        assert self.ledger().commit([act]).landed

    def written(self, n: int, channel: Channel = WHATSAPP, **more: object) -> Case:
        case = self.contract(n, channels=(channel, Channel.EMAIL), **more)
        self.walk()
        return case

    def talking(self) -> Deps:
        phones = {channel: self.senders[channel] for channel in (SMS, WHATSAPP)}
        return Deps(
            self.ledgers, self.owners, self.pseudonyms, phones, self.opt_outs, self.documents, self.desk,
            self.randomness, self.clock, self.meter, self.naps.append, PUBLIC_URL, ACCOUNT,
        )  # fmt: skip

    @property
    def desk(self) -> NumberDesk:
        """One worker's block of numbers, as long as the house's own stores are not made anew."""
        if getattr(self, "_desk", None) is None:
            self._desk = NumberDesk(self.clock, self.randomness, self.meter)
        return self._desk

    def reply(self, n: int, text: str, channel: Channel = WHATSAPP, name: str = "") -> Reply:
        self.messages += 1
        to = OPERATOR.sms_from if channel is SMS else OPERATOR.whatsapp_from
        return Reply(channel, to, phone(n), text, self.clock.now(), name or f"message-{self.messages}")

    def says(self, n: int, text: str, channel: Channel = WHATSAPP) -> str:
        """What the person is answered; "" for nothing."""
        before = len(self.sms.phones) + len(self.social.phones)
        reply = self.reply(n, text, channel)
        assert receive_reply([reply], self.talking()) == frozenset()
        if len(self.sms.phones) + len(self.social.phones) == before:
            return ""
        mine = [one for one in (*self.sms.phones, *self.social.phones) if one.ref.endswith(f"r{reply_id(reply)}")]
        (answer,) = mine
        assert answer.to == phone(n)
        return answer.text

    def hears(self, replies: Sequence[Reply], rounds: int = 4) -> None:
        """As SQS does: what could not be heard comes again."""
        waiting: Sequence[Reply] = replies
        for _ in range(rounds):
            waiting = sorted(receive_reply(waiting, self.talking()), key=lambda one: one.provider_id)
            if not waiting:
                return
        raise AssertionError("still not heard")

    def attendance(self, number: str) -> Protocol:
        found = self.ledger().get([protocol_ref(number)])[protocol_ref(number)]
        assert isinstance(found, Protocol)
        return found

    def attendances(self) -> list[Protocol]:
        keys = [row["pk"]["S"] for row in self.rows("emdia-test-ledger") if row["sk"]["S"] == "PROTOCOL"]
        found = [self.attendance(key.rpartition("#")[2]) for key in keys]
        return sorted((one for one in found if one.status is not Status.NOT_ISSUED), key=lambda one: one.number)

    def said(self, number: str, speaker: Speaker = Speaker.PERSON) -> list[str]:
        lines = [one for one in self.ledger().listed(f"PR#{number}", 0) if isinstance(one, Interaction)]
        return [one.words for one in sorted(lines, key=lambda one: one.sequence) if one.speaker is speaker]

    def queue(self) -> list[str]:
        """Numbers of the attendances that wait."""
        shards = [self.ledger().listed(queue_partition(n), 0) for n in range(QUEUE_SHARDS)]
        return sorted(one.number for shard in shards for one in shard if isinstance(one, WaitingProtocol))

    def kept(self, reply: Reply) -> KeptReply | None:
        ref = reply_ref(self.pseudonyms.of(ANS, "phone", reply.phone), reply_id(reply))
        found = self.ledger().get([ref]).get(ref)
        return found if isinstance(found, KeptReply) else None
