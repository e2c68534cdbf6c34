"""The main road over in-memory clients: from due cases to mailboxes, one function call at a time."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from emdia.compliance.charges import Clause
from emdia.errors import TryLater
from emdia.facts import Fact, LogClass
from emdia.ladder.decide import next_due
from emdia.ladder.ladder import DEFAULT
from emdia.messages import texts
from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.messages.outreach import Outreach, Target
from emdia.messages.registry import Registry, TemplateStanding
from emdia.messages.render import registered_name
from emdia.money import Centavos
from emdia.portfolio.case import Case, Invoice, OpenInvoice, reaches
from emdia.portfolio.contract import (
    Address,
    AsOf,
    Channel,
    Consent,
    ContactPoint,
    Contract,
    ContractKind,
    Holder,
    Operator,
    Plan,
)
from emdia.ports import Act, KeyClass, Put
from emdia.state import Subject, case_ref, operator_ref, outreach_ref
from emdia.workflows import climb_ladder, receive_delivery, send_message, sweep_outreach, take_step
from tests.fakes.approvals import everything
from tests.fakes.house import (
    ACCOUNT,
    ANS,
    CLOCK_FILE,
    EMAIL_QUEUE,
    JOURNAL,
    LETTER_QUEUE,
    PUBLIC_URL,
    SMS_QUEUE,
    STEPS_QUEUE,
    WHATSAPP_QUEUE,
    House,
)
from tests.fakes.phones import Arrived
from tests.fakes.ses import Delivered

# Wednesday 2026-11-25, 09:00 in São Paulo: nothing of that week is a holiday.
MORNING = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
AS_OF = AsOf(1, datetime(2026, 11, 1, tzinfo=UTC))

OPERATOR = Operator(
    ans=ANS,
    name="Operadora Exemplo Saúde S.A.",
    cnpj="11222333000181",
    address="Av. Paulista, 1000, São Paulo/SP, 01310-100",
    mail_from="cobranca@operadora.example",
    phone="+551130000000",
    site="https://operadora.example",
    how_to_pay="Pague pelo aplicativo ou peça a segunda via em nossa central.",
    sms_from="28123",
    whatsapp_from="phone-number-id-0f1e2d3c",
)
REGISTRY = Registry(
    templates=tuple(
        TemplateStanding(registered_name(text), "APPROVED", "UTILITY", AS_OF.occurred_at)
        for text in texts.texts()
        if text.channel is Channel.WHATSAPP
    )
)


@dataclass
class Road(House):
    """House with the workflows of the main road and a portfolio to walk on it."""

    sent_back: Counter[str] = field(default_factory=Counter)
    pace: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clock.at = MORNING
        ledger = self.ledger()
        classes = (KeyClass.CADASTRO, LogClass.CONTATO, LogClass.OPERACAO)
        ledger.ensure_keys([(Subject("operator"), one) for one in classes])
        self.pseudonyms.of(ANS, "contract", "the first")  # makes the operator's pseudonym key, as the intake does
        fact = Fact("operator.recorded", operator_ref())
        assert ledger.commit([Act("operator", (Put(OPERATOR), Put(REGISTRY), Put(everything())), (fact,))]).landed
        self.owners.register(Channel.SMS, OPERATOR.sms_from, ANS)
        self.owners.register(Channel.WHATSAPP, OPERATOR.whatsapp_from, ANS)

    # The portfolio.

    def contract(
        self,
        n: int,
        due_on: str = "2026-11-18",
        person: int | None = None,
        channels: Sequence[Channel] = (Channel.EMAIL,),
        **changes: object,
    ) -> Case:
        """Contract number `n` with one open invoice; `person` lets contracts share a holder.

        It has a contact point on each of `channels`, liked in that order.
        """
        holder = f"{n if person is None else person:032x}"
        key = f"{n + 1_000_000:032x}"
        contract = Contract(
            key=key,
            holder_key=holder,
            number=f"CT-{n}",
            kind=ContractKind.INDIVIDUAL,
            signed_on=date(2020, 1, 1),
            regulated=True,
            plan=Plan("Plano Exemplo", "123456789"),
            holder=Holder(f"Pessoa Número {n}", "52998224725", date(1980, 5, 17)),
            address=Address("Rua A", "1", "", "Centro", "São Paulo", "SP", "01000000", "3550308"),
            contact_points=tuple(
                ContactPoint(f"{channel[0]}1", channel, value_of(channel, n), likes)
                for likes, channel in enumerate(channels)
            ),
            consents=(Consent(Channel.WHATSAPP, True, AS_OF.occurred_at, "portal", "Aceito.", AS_OF, phone(n)),),
            clause=Clause(200, 100),
            as_of=AS_OF,
            points_as_of=AS_OF,
        )
        day = date.fromisoformat(due_on)
        invoice = Invoice(
            contract=key,
            id=f"{n:032x}",
            holder_key=holder,
            number=f"FAT-{n}",
            reference=f"{day:%Y-%m}",
            due_on=day,
            amount=Centavos(50_000),
            as_of=AS_OF,
        )
        case = Case(
            contract=key,
            holder_key=holder,
            kind=contract.kind,
            uf="SP",
            zone="America/Sao_Paulo",
            ibge="3550308",
            ladder=DEFAULT.version,
            multa_bp=200,
            juros_bp_month=100,
            reach=reaches(contract),
            invoices=(OpenInvoice(invoice.id, invoice.reference, invoice.due_on, invoice.amount),),
        )
        case = replace(case, **changes)
        case = replace(case, due=next_due(case, self.clock.now()))
        ledger = self.ledger()
        person_keys = (KeyClass.CADASTRO, LogClass.CONTATO, LogClass.OPERACAO)
        ledger.ensure_keys([(Subject(holder), one) for one in person_keys])
        fact = Fact("contract.recorded", contract.ref)
        act = Act(f"seed:{n}", (Put(contract), Put(invoice), Put(case)), (fact,))
        assert ledger.commit([act]).landed
        return case

    def portfolio(self, count: int, **changes: object) -> list[Case]:
        return [self.contract(n, **changes) for n in range(1, count + 1)]

    def settle(self, case: Case) -> None:
        """The ERP says that everything is paid."""
        ledger = self.ledger()
        stored = self.case(case)
        fact = Fact("invoice.settled", stored.ref)
        paid = replace(stored, invoices=(), due=None)
        assert ledger.commit([Act(f"paid:{case.contract}:{stored.v}", (Put(paid),), (fact,))]).landed

    def commit_case(self, case: Case, kind: str) -> None:
        """Store `case` as changed by somebody else."""
        act = Act(f"{kind}:{case.contract}:{case.v}", (Put(case),), (Fact(kind, case.ref),))
        assert self.ledger().commit([act]).landed

    # The functions, each over everything that waits for it.

    def climb(self) -> int:
        deps = climb_ladder.Deps(self.agenda, self.steps, self.clock, self.meter)
        return climb_ladder.climb_ladder(deps)

    def take(self) -> None:
        deps = take_step.Deps(self.ledgers, self.channels, self.clock, self.meter)
        self._drain(STEPS_QUEUE, lambda body, attempt: take_step.take_step(body, deps, attempt))

    def gather(self) -> None:
        """All queued outreach of a channel in one message, as a full chunk of due cases would make it."""
        for url, queue in (
            (EMAIL_QUEUE, self.email),
            (SMS_QUEUE, self.texts),
            (WHATSAPP_QUEUE, self.chats),
            (LETTER_QUEUE, self.papers),
        ):
            bodies = self.sqs.take(url, 10_000)
            if bodies:
                queue.send([{"ans": ANS, "outreach": [key for body in bodies for key in body["outreach"]]}])

    def sending(self) -> send_message.Deps:
        return send_message.Deps(
            self.ledgers,
            self.senders,
            self.pseudonyms,
            self.randomness,
            self.clock,
            self.stopwatch,
            self.meter,
            PUBLIC_URL,
            self.pace,
            self.naps.append,
        )

    def send(self, seconds_left: float = 60) -> None:
        deps = self.sending()
        for queue in (EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE, LETTER_QUEUE):
            self._drain(queue, lambda body, _: send_message.send_message(body, deps, lambda: seconds_left))

    def sweep(self) -> int:
        return sweep_outreach.sweep_clock(self._sweep_deps())

    def sweep_cases(self) -> int:
        return sweep_outreach.sweep_cases(self._sweep_deps())

    def _sweep_deps(self) -> sweep_outreach.Deps:
        return sweep_outreach.Deps(
            self.ledgers,
            self.agenda,
            self.scan,
            self.steps,
            self.channels,
            self.erp_events,
            self.outbox,
            self.notices,
            self.copies,
            self.clock,
            self.meter,
        )

    def hear(self, events: Sequence[Delivery]) -> frozenset[Delivery]:
        return receive_delivery.receive_delivery(events, self._hearing())

    def _hearing(self) -> receive_delivery.Deps:
        return receive_delivery.Deps(self.ledgers, self.owners, self.clock, self.meter, ACCOUNT)

    def hear_of_all(self, kind: DeliveryKind = DeliveryKind.DELIVERED, **more: object) -> frozenset[Delivery]:
        return self.hear([self.event(one.ref, kind, **more) for one in self.arrived()])

    def event(self, ref: str, kind: DeliveryKind, **more: object) -> Delivery:
        return Delivery(Target.decode(ref), kind, self.clock.now(), "mail-x", **more)

    def walk(self) -> None:
        """One tick of everything."""
        self.climb()
        self.take()
        self.gather()
        self.send()

    def _drain(self, url: str, work: Callable[[dict[str, object], int], None], attempts: int = 4) -> None:
        """What SQS does: messages that fail with TryLater come again, up to the dead-letter queue."""
        waiting = [(body, 1) for body in self.sqs.take(url, 10_000)]
        while waiting:
            body, attempt = waiting.pop(0)
            try:
                work(body, attempt)
            except TryLater:
                self.sent_back[url] += 1
                if attempt < attempts:
                    waiting.append((body, attempt + 1))

    def show_clock(self) -> None:
        """Functions wired as on the local stage read this file: the demo's driver sets it from outside."""
        CLOCK_FILE.set(self.clock.now())

    # What can be seen.

    def case(self, case: Case) -> Case:
        found = self.ledger().get([case_ref(case.contract)])[case_ref(case.contract)]
        assert isinstance(found, Case)
        return found

    def outreach(self, case: Case) -> Outreach:
        ref = outreach_ref(case.contract, self.case(case).last_outreach)
        found = self.ledger().get([ref])[ref]
        assert isinstance(found, Outreach)
        return found

    def facts(self) -> Counter[str]:
        return Counter(row["kind"]["S"] for row in self.rows(JOURNAL) if "kind" in row)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return [row for sorts in self.dynamodb.tables[table].items.values() for row in sorts.values()]

    def arrived(self) -> list[Delivered | Arrived]:
        """Everything in mailboxes and on phones."""
        return [*self.ses.mailbox, *self.sms.phones, *self.social.phones]

    def mails_per_person(self) -> Counter[str]:
        return Counter(mail.to for mail in self.ses.mailbox)


def phone(n: int) -> str:
    return f"+55119{80_000_000 + n}"


def value_of(channel: Channel, n: int) -> str:
    return f"pessoa{n}@caixa.example" if channel is Channel.EMAIL else phone(n)


def lawful(road: Road) -> None:
    """What must hold after anything: nobody twice a day, every state item named by a fact, nothing in clear."""
    assert max(road.mails_per_person().values(), default=0) <= 1
    text = repr([road.rows(table) for table in road.dynamodb.tables])
    assert "caixa.example" not in text
    assert "Pessoa" not in text
