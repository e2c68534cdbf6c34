# ruff: noqa: PLC0415  a door imports what it uses and nothing else: its cold start pays for every line
"""What the doors of facts are given: sealed, watched, proved, told and forgotten. Called by wiring.py alone."""

import time
from functools import partial
from typing import TYPE_CHECKING

from emdia.adapters import Adapters
from emdia.settings import LOCAL

if TYPE_CHECKING:
    import emdia.workflows.approve_version
    import emdia.workflows.deliver_facts
    import emdia.workflows.dispose_records
    import emdia.workflows.erase_person
    import emdia.workflows.open_log
    import emdia.workflows.prove_audit
    import emdia.workflows.relay_facts
    import emdia.workflows.seal_audit
    import emdia.workflows.watch_log
    from emdia.aws import caller


def _callers() -> "caller.StsCallers":
    from emdia.aws import caller
    from emdia.aws.clients import client

    return caller.StsCallers(client("sts").meta.endpoint_url, caller.get)


def approve_version(house: Adapters) -> "emdia.workflows.approve_version.Deps":
    """For functions/approve_version."""
    from emdia.workflows.approve_version import Deps

    return house.given(Deps, callers=_callers(), stage=house.settings.stage)


def deliver_facts(house: Adapters) -> "emdia.workflows.deliver_facts.Deps":
    """For functions/deliver_facts."""
    from emdia.providers.webhook import HttpWebhook
    from emdia.workflows.deliver_facts import Deps

    webhook = HttpWebhook(local=house.settings.stage == LOCAL)
    outbox = house.queue("EMDIA_ERP_OUT_QUEUE")
    return house.given(Deps, webhook=webhook, outbox=outbox, stopwatch=time.monotonic)


def dispose_records(house: Adapters) -> "emdia.workflows.dispose_records.Deps":
    """For functions/dispose_records."""
    from emdia.aws.remains import DynamoRemains
    from emdia.workflows.dispose_records import Deps

    remains = DynamoRemains(house.dynamodb, house.settings.of("EMDIA_LEDGER"), house.keyring)
    return house.given(Deps, remains=remains, stopwatch=time.monotonic)


def erase_person(house: Adapters) -> "emdia.workflows.erase_person.Deps":
    """For functions/erase_person."""
    from emdia.aws.traces import DynamoTraces
    from emdia.workflows.erase_person import Deps

    ledger = house.settings.of("EMDIA_LEDGER")
    return house.given(
        Deps,
        traces=DynamoTraces(house.dynamodb, ledger, house.keyring, house.pseudonyms),
        callers=_callers(),
        stage=house.settings.stage,
        recovery_days=int(house.settings.of("EMDIA_RECOVERY_DAYS")),
    )


def open_log(house: Adapters) -> "emdia.workflows.open_log.Deps":
    """For functions/open_log."""
    from emdia.aws.journal import entry_of
    from emdia.aws.log_head import DynamoUnsealedFacts
    from emdia.aws.logs import origin_of
    from emdia.workflows.open_log import Deps

    return Deps(
        ledgers=house.ledgers,
        keys=house.log_keys,
        origin=partial(origin_of, house.settings.stage),
        reader=house.logs.reader,
        unsealed=DynamoUnsealedFacts(house.dynamodb, house.settings.of("EMDIA_JOURNAL")),
        entry_of=entry_of,
        clock=house.clock,
        meter=house.meter,
    )


def prove_audit(house: Adapters) -> "emdia.workflows.prove_audit.Deps":
    """For functions/prove_audit."""
    from emdia.aws.openings import KeyedOpenings
    from emdia.workflows.prove_audit import Deps

    return house.given(
        Deps,
        openings=KeyedOpenings(house.keyring),
        callers=_callers(),
        stage=house.settings.stage,
    )


def relay_facts(house: Adapters) -> "emdia.workflows.relay_facts.Deps":
    """For functions/relay_facts."""
    from emdia.aws.openings import KeyedOpenings
    from emdia.aws.told import RecentFacts, RowReader
    from emdia.workflows.relay_facts import Deps

    return house.given(
        Deps,
        read=RowReader(KeyedOpenings(house.keyring)).unopened,
        recent=RecentFacts(house.dynamodb, house.settings.of("EMDIA_JOURNAL")),
        outbox=house.queue("EMDIA_ERP_OUT_QUEUE"),
    )


def seal_audit(house: Adapters) -> "emdia.workflows.seal_audit.Deps":
    """For functions/seal_audit."""
    from emdia.aws.journal import entry_of
    from emdia.aws.log_head import DynamoUnsealedFacts
    from emdia.workflows.seal_audit import Deps

    return Deps(
        logs=house.logs,
        signers=house.log_keys,
        unsealed=DynamoUnsealedFacts(house.dynamodb, house.settings.of("EMDIA_JOURNAL")),
        entry_of=entry_of,
        hands=house.sequencers,
        meter=house.meter,
    )


def watch_log(house: Adapters) -> "emdia.workflows.watch_log.Deps":
    """For functions/watch_log."""
    from emdia.aws.canary import JournalCanary
    from emdia.aws.clients import client
    from emdia.aws.log_head import DynamoUnsealedFacts
    from emdia.aws.log_versions import S3LogVersions
    from emdia.aws.state_check import DynamoStateCheck
    from emdia.workflows.watch_log import Deps

    ledger, journal = house.settings.of("EMDIA_LEDGER"), house.settings.of("EMDIA_JOURNAL")
    audit, s3 = house.settings.of("EMDIA_AUDIT"), client("s3")
    return Deps(
        canary=JournalCanary(house.ledgers, house.logs),
        state=DynamoStateCheck(house.dynamodb, ledger, journal),
        unsealed=DynamoUnsealedFacts(house.dynamodb, journal),
        versions=S3LogVersions(s3, house.dynamodb, audit, journal, house.logs, house.clock),
        clock=house.clock,
        meter=house.meter,
    )
