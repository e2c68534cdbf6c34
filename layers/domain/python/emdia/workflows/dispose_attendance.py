"""An attendance whose time is over goes, the references to its recordings before it, and last the key of its words."""

from dataclasses import replace

from emdia.errors import Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.people.disposal import AGAIN, DISPUTED, LEGAL_HOLD, Held, KeptKey, disputed, spread, young_until
from emdia.people.ports import Row
from emdia.portfolio.case import Case
from emdia.ports import Act, Change, Check, Forget, Put, Remove
from emdia.protocols.keeping import is_complaint, kept_until, rule_of
from emdia.protocols.protocol import Interaction, Protocol
from emdia.state import Subject, asked_ref, attendance_subject, case_ref, contract_protocol_ref
from emdia.workflows.disposing import TOGETHER, Gone, Look, clear_away, put_off, removed, standing, still_free

ATTENDANCE, RECORDING, KEY = "attendance", "recording", "key"


def dispose_attendance(protocol: Protocol, look: Look) -> Gone | None:
    """Its recordings' references when those are over, all of it when it is. None when somebody else changes it.

    Raises TryLater, Halted.
    """
    until = kept_until(protocol)
    if until is None:
        return None  # opened again since its clock struck
    holds = look.holds([protocol.holder_key] if protocol.holder_key else [])
    case = look.ledger.get([case_ref(protocol.contract)]) if protocol.contract else {}
    held = case.get(case_ref(protocol.contract))
    reason = LEGAL_HOLD if standing(holds) else ""
    if not reason and disputed(held if isinstance(held, Case) else None, look.now):
        reason = DISPUTED
    if reason:
        later = replace(protocol, stays_until=look.now + AGAIN)
        return put_off(protocol, later, ATTENDANCE, Held(ATTENDANCE, protocol.number, reason), look)
    if look.now < until:
        return _recordings(protocol, still_free(holds), look)
    return _record(protocol, still_free(holds), look)


def _recordings(protocol: Protocol, free: list[Change], look: Look) -> Gone | None:
    """Where the audio is kept is forgotten here; whoever keeps it deletes it by the same clock."""
    try:
        said = look.ledger.listed(protocol.ref.partition, 0)
    except Rejected as gone:
        if gone.code != "subject-forgotten":
            raise
        said = []  # their person was forgotten: the reference can be read by nobody
    lines = [one for one in said if isinstance(one, Interaction) and one.recording]
    part = lines[:TOGETHER]
    after = replace(protocol, recorded_at=protocol.recorded_at if len(part) < len(lines) else None, stays_until=None)
    values = (Value("itens", len(part)), Value("regra", "protocol.recording.days"))
    changes = (Put(after), *(Put(replace(line, recording="")) for line in part), *free)
    fact = Fact("recording.disposed", protocol.ref, values)
    done = look.ledger.commit([Act(f"recordings:{protocol.number}:{protocol.v}", changes, (fact,))])
    return Gone(RECORDING, len(part)) if done.landed else None


def _record(protocol: Protocol, free: list[Change], look: Look) -> Gone | None:
    rows = [row for row in look.remains.rows(look.ledger.ans, protocol.ref.partition) if row.ref != protocol.ref]
    rows += _pointers(protocol, look)
    rule = rule_of(is_complaint(protocol.complaint, protocol.demand))
    early, last = rows[:-TOGETHER], rows[-TOGETHER:]
    if not clear_away(early, [Check(protocol.ref, protocol.v), *free], "protocol.disposed", rule, look):
        return None
    changes: list[Change] = [*removed(last), Remove(protocol.ref, protocol.v, protocol.last), *free]
    subject = attendance_subject(protocol.number).id
    if LogClass.ATENDIMENTO in look.remains.keys(look.ledger.ans, subject) and protocol.answered_at is not None:
        owner = protocol.holder_key or subject
        changes.append(Put(KeptKey(owner=owner, subject=subject, since=protocol.answered_at)))
    values = (Value("protocolo", protocol.number), Value("itens", len(rows) + 1), Value("regra", rule))
    fact = Fact("protocol.disposed", protocol.ref, values)
    done = look.ledger.commit([Act(f"dispose:{protocol.number}:{protocol.v}", tuple(changes), (fact,))])
    return Gone(ATTENDANCE) if done.landed else None


def _pointers(protocol: Protocol, look: Look) -> list[Row]:
    """What leads to it from elsewhere."""
    refs = [asked_ref(protocol.asked)] if protocol.asked else []
    refs += [contract_protocol_ref(protocol.contract, protocol.number)] if protocol.contract else []
    held = look.ledger.get(refs)
    return [Row(ref, one.v, one.last, one, None, (), runs=False) for ref, one in held.items()]


def dispose_key(kept: KeptKey, look: Look) -> Gone | None:
    """The key of an attendance that is gone, once the log's facts about it may go too."""
    holds = look.holds([kept.owner])
    if standing(holds):
        later = replace(kept, stays_until=look.now + AGAIN)
        return put_off(kept, later, KEY, Held(KEY, kept.subject, LEGAL_HOLD), look)
    keys = look.remains.keys(look.ledger.ans, kept.subject)
    young = young_until(keys)
    if young is not None and look.now <= young:
        return put_off(kept, replace(kept, stays_until=spread(young, kept.subject)), KEY, None, look)
    classes = sorted(keys)
    changes: list[Change] = [Remove(kept.ref, kept.v, kept.last), *still_free(holds)]
    changes += [Forget(Subject(kept.subject), one) for one in classes]
    values = (Value("classes", ",".join(classes)), Value("regra", f"retention.{LogClass.ATENDIMENTO}"))
    fact = Fact("key.disposed", kept.ref, values)
    done = look.ledger.commit([Act(f"key:{kept.subject}:{kept.v}", tuple(changes), (fact,))])
    return Gone(KEY) if done.landed else None
