"""The road of the notice over in-memory clients: arrears found, words kept, means served, evidence shown."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

from emdia.compliance.arrears import Arrears
from emdia.compliance.notice import Consequence
from emdia.compliance.notice_file import NoticeFile, read_file, rest
from emdia.compliance.notice_record import NoticeRecord
from emdia.compliance.standing import NoticeStatus, standing
from emdia.compliance.verdict import Verdict, verdict
from emdia.errors import TryLater
from emdia.facts import Fact
from emdia.money import Centavos
from emdia.portfolio.case import Case, Invoice, InvoiceStatus, OpenInvoice, Stop, StopKind, StopRecord
from emdia.portfolio.contract import AsOf, Beneficiary, Channel, Contract
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import Act, KeyClass, Put
from emdia.state import Subject, contract_ref, invoice_ref
from emdia.workflows import find_arrears, serve_notice
from tests.fakes.house import NOTICES_QUEUE, PUBLIC_URL
from tests.flows.road import AS_OF, Road

ALL_MEANS = ("email", "sms", "whatsapp", "call", "letter", "agent")


class NoticeRoad(Road):
    """Contracts that a notice can be about, and the functions of the notice."""

    def at(self, day: str, hour: int = 10) -> None:
        """The clock to `hour` of the local `day` in São Paulo."""
        on = date.fromisoformat(day)
        self.clock.at = datetime(on.year, on.month, on.day, hour + 3, tzinfo=UTC)
        self.show_clock()

    def owing(
        self,
        n: int,
        *dues: str,
        means: tuple[str, ...] = ALL_MEANS,
        channels: tuple[Channel, ...] = (Channel.EMAIL,),
        **changes: object,
    ) -> Case:
        """Contract `n` with a fee of R$ 500,00 due on each of `dues`, one beneficiary beside the holder."""
        case = self.contract(n, dues[0], channels=channels)
        ledger = self.ledger()
        contract = ledger.get([contract_ref(case.contract)])[contract_ref(case.contract)]
        assert isinstance(contract, Contract)
        people = [
            Beneficiary(contract=case.contract, key=key, name=name, cpf=cpf, birth_on=date(1990, 1, 1), as_of=AS_OF)
            for key, name, cpf in (
                (case.holder_key, contract.holder.name, contract.holder.cpf),
                (f"{n + 2_000_000:032x}", f"Filha da Pessoa {n}", "11144477735"),
            )
        ]
        ledger.ensure_keys([(Subject(one.key), KeyClass.CADASTRO) for one in people])
        fields = {"means_of_notice": means, "beneficiaries": tuple(one.key for one in people)} | changes
        puts = [Put(replace(contract, **fields)), *map(Put, people)]
        assert ledger.commit([Act(f"people:{n}", tuple(puts), (Fact("contract.recorded", contract.ref),))]).landed
        first = ledger.get([invoice_ref(case.contract, f"{n:032x}")])[invoice_ref(case.contract, f"{n:032x}")]
        assert isinstance(first, Invoice)
        self.invoices(case, [replace(first, reference=dues[0][:7])])
        for due in dues[1:]:
            self.owe(case, due)
        return self.case(case)

    def owe(self, case: Case, due: str) -> None:
        """One more fee, as the ERP tells it."""
        new = Invoice(
            contract=case.contract,
            id=f"{case.contract[-8:]}{due.replace('-', '')}".rjust(32, "0"),
            holder_key=case.holder_key,
            number=f"FAT-{due}",
            reference=due[:7],
            due_on=date.fromisoformat(due),
            amount=Centavos(50_000),
            as_of=AS_OF,
        )
        self.invoices(case, [new])

    def invoices(self, case: Case, changed: list[Invoice]) -> None:
        """Store `changed` invoices, and the case as it follows from them."""
        stored = self.case(case)
        brief = {one.id: one for one in stored.invoices}
        for one in changed:
            brief.pop(one.id, None)
            if one.status is InvoiceStatus.OPEN:
                brief[one.id] = OpenInvoice(one.id, one.reference, one.due_on, one.amount, caused=one.caused)
        moved = replace(stored, invoices=tuple(sorted(brief.values(), key=lambda one: one.due_on)))
        act = Act(
            f"invoices:{stored.v}:{case.contract}",
            (*map(Put, changed), Put(moved)),
            (Fact("invoice.recorded", stored.ref),),
        )
        assert self.ledger().commit([act]).landed

    def pay(self, case: Case, due: str) -> None:
        """The fee due on `due` is paid now."""
        (invoice,) = [one for one in self.file(case).invoices if one.due_on == date.fromisoformat(due)]
        now = self.clock.now()
        paid = replace(invoice, status=InvoiceStatus.PAID, paid_at=now, paid_amount=invoice.amount)
        self.invoices(case, [replace(paid, closed_as_of=AsOf(2, now))])

    def stop(self, case: Case, kind: StopKind, *, active: bool = True, id_: str = "s1") -> None:
        """A stop begins or ends, as the ERP tells it."""
        stored, now = self.case(case), self.clock.now()
        others = tuple(one for one in stored.stops if one.id != id_)
        record = StopRecord(
            contract=case.contract,
            id=id_,
            holder_key=case.holder_key,
            kind=kind,
            active=active,
            as_of=AsOf(int(now.timestamp()), now),
        )
        ledger = self.ledger()
        ledger.ensure_keys([(Subject(case.holder_key), KeyClass.SAUDE)])
        held = ledger.get([record.ref]).get(record.ref)
        if held is not None:
            record = replace(record, v=held.v, last=held.last)
        moved = replace(stored, stops=(*others, Stop(kind, id_)) if active else others)
        fact = Fact("stop.placed" if active else "stop.lifted", stored.ref)
        assert ledger.commit([Act(f"stop:{stored.v}:{case.contract}", (Put(record), Put(moved)), (fact,))]).landed

    # The functions.

    def find(self) -> int:
        deps = find_arrears.Deps(self.scan, self.notices, self.clock, self.meter)
        return find_arrears.find_arrears(deps)

    def notice_deps(self) -> serve_notice.Deps:
        return serve_notice.Deps(
            self.ledgers,
            self.documents,
            self.senders,
            self.pseudonyms,
            self.randomness,
            self.clock,
            self.stopwatch,
            self.meter,
            PUBLIC_URL,
        )

    def serve(self) -> None:
        deps = self.notice_deps()
        self._drain(NOTICES_QUEUE, lambda body, _: serve_notice.serve_notice(body, deps))

    def night(self) -> None:
        """Arrears are found and looked after."""
        self.find()
        self.serve()

    def tick(self) -> None:
        """What schedules and queues do; work that fails is done again by the next tick."""
        for work in (self.sweep, self.find):
            with suppress(TryLater):
                work()
        self.serve()

    # What can be seen.

    def file(self, case: Case) -> NoticeFile:
        file = read_file(self.ledger().record(case.contract))
        return rest(file, holidays_of(file.case.ibge, self.ledger().get(holiday_refs([file.case.ibge]))))

    def arrears(self, case: Case) -> Arrears:
        return self.file(case).arrears

    def notice(self, case: Case) -> NoticeRecord:
        """The newest one."""
        return max(self.file(case).notices, key=lambda one: (one.issued_on, len(one.fees)))

    def stands(self, case: Case) -> NoticeStatus:
        arrears, wanted = self.arrears(case), self.notice(case).id
        (notice,) = [one for one in arrears.notices if one.id == wanted]
        return standing(notice, arrears, self.clock.now()).status

    def verdict(self, case: Case, what: Consequence = Consequence.RESCIND) -> Verdict:
        return verdict(self.arrears(case), what, self.clock.now())

    def unmet(self, case: Case) -> set[str]:
        return {one.rule for one in self.verdict(case).elements if not one.met}
