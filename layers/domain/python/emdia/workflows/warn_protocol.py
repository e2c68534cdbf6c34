"""Tells people, once each, that half, four fifths or the whole of an attendance's term has run."""

from collections.abc import Sequence
from datetime import datetime

from emdia.facts import Fact, Value
from emdia.ports import Act, Ledger, Meter, Put
from emdia.protocols.protocol import Protocol
from emdia.protocols.waiting import warn


def warn_protocols(protocols: Sequence[Protocol], now: datetime, ledger: Ledger, meter: Meter) -> int:
    """Record the warnings that are due; how many attendances had one.

    Each counts as `ProtocolWarned` with its percent; from 80 on it also counts by the name that rings. Who lost to
    another act of that moment is looked at again by the next sweep.
    """
    acts: list[Act] = []
    told: list[int] = []
    for protocol in protocols:
        warned, due = warn(protocol, now)
        if not due:
            continue
        last = due[-1]
        values = (Value("regra", last.rule), Value("parte", last.percent))
        fact = Fact("protocol.warned", protocol.ref, values)
        acts.append(Act(f"warn:{protocol.number}:{protocol.v}", (Put(warned),), (fact,)))
        told.append(last.percent)
    done = ledger.commit(acts)
    for act, percent in zip(acts, told, strict=True):
        if act.command in done.landed:
            meter.count("ProtocolWarned", percent=str(percent))
            if percent == 100:
                meter.count("ProtocolLate")
            elif percent == 80:
                meter.count("ProtocolNearlyLate")
    return len(acts)
