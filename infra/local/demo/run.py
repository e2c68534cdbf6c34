"""The demo from the first line to the last: start, load, live, judge, show."""

import json
import os
import signal
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from emdia.clock import instant
from infra.bundle import ROOT
from infra.local.cloud import STATE, Cloud, FunctionFailedError, cloud
from infra.local.demo.attended import attended
from infra.local.demo.backfill import ImportFailedError
from infra.local.demo.books import balanced, read_ledgers
from infra.local.demo.cashier import Cashier
from infra.local.demo.channels import introduce, lost
from infra.local.demo.chronicle import BRASILIA, Chronicle
from infra.local.demo.desk import Desk
from infra.local.demo.doors import DoorError
from infra.local.demo.erp import Erp, PostFailedError
from infra.local.demo.facts import read_journal
from infra.local.demo.judge import Books, Matcher, judge
from infra.local.demo.laptop import Laptop, StuckError, pace
from infra.local.demo.listening import LISTENER, judge_told, listen
from infra.local.demo.live import Life
from infra.local.demo.logs import read_logs
from infra.local.demo.payers import Payers
from infra.local.demo.portfolio import HOUSES, make_world
from infra.local.demo.printing import shops
from infra.local.demo.progress import Progress
from infra.local.demo.reactions import Reactions
from infra.local.demo.register import CommandFailedError, emdia, open_accounts, put_in_force, register, settings
from infra.local.demo.seal import check_logs, seal_rest
from infra.local.demo.summary import Outcome, render
from infra.local.demo.talkers import Talkers
from infra.local.demo.town import Town
from infra.local.demo.trouble import Trouble
from infra.local.demo.witness import witness
from infra.local.ministack import ACCOUNT
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.topic import SnsTopic, topics
from infra.stages import REGION

FAILURES = (CommandFailedError, DoorError, FunctionFailedError, ImportFailedError, PostFailedError, StuckError)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for at the command line."""

    contracts: int
    days: int
    seed: int
    hold: bool


def demo(wanted: Wanted) -> int:
    """Run it and print; the exit code. Everything it started is gone when it returns or raises."""
    with Progress() as progress, living(wanted, progress) as life:
        with explained(life):
            start = life.chronicle.world.start
            life.open()
            for offset in range(wanted.days):
                life.day(start + timedelta(days=offset))
            life.close()
        outcome = conclude(life)
        print(f"\n{render(outcome)}\n\n{_verdict(outcome)}")
        if wanted.hold:
            progress.hush()
            _hold(life)
        progress.doing("ending the embedded AWS")
    return 1 if outcome.failures else 0


def _hold(life: Life) -> None:
    """Stay up until Ctrl-C; whoever sits at a terminal may live on, to see what their own clicks and calls do."""
    print(f"\n{_addresses(life)}", flush=True)
    while True:
        now = life.laptop.now
        print(f"\nThe demo's clock stands at {instant(now)}: sign calls with it (docs/integrate.md, now=).")
        if not sys.stdin.isatty():
            print("Ctrl-C ends it", flush=True)
            signal.pause()
        print("Enter lives one more day, Ctrl-C ends it", flush=True)
        if not sys.stdin.readline():
            signal.pause()
        with explained(life):
            life.day((now.astimezone(BRASILIA) + timedelta(days=1)).date())


@contextmanager
def living(wanted: Wanted, progress: Progress) -> Iterator[Life]:
    """A deployed stage with its sandbox, operators and ERPs, at the real now; nothing told yet."""
    now = datetime.now(UTC)
    world = make_world(wanted.contracts, now.astimezone(BRASILIA).date(), wanted.days, wanted.seed)
    books = Books()
    town = Town(world, wanted.seed, books)
    progress.say(f"{len(world.accounts)} contracts, {len(world.fees)} fees, {wanted.days} days from {world.start}")
    progress.doing("making the template (once for each change of the sources) and starting the embedded AWS")
    # Nothing here may reach a real account: these names and this secret exist on this machine only.
    os.environ |= {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": REGION}
    with cloud(log=STATE / f"demo-{os.getpid()}.log") as here:
        topic = SnsTopic(here.endpoint, here.topic_arn("ses-events"))
        phone_topics = topics(here.endpoint, here.topic_arn("ses-events"))
        with Sandbox(
            topic,
            town,
            phone_topics=phone_topics,
            owners=town.phone,
            domain=here.public_url,
            bank_api=here.api_url("bank"),
        ) as sandbox:
            here.tell_functions({**sandbox.endpoints, "EMDIA_PUBLIC_URL": sandbox.url})
            pace(here)
            introduce(world, sandbox, sandbox.url)
            laptop = Laptop(here, sandbox, progress, now)
            laptop.seal(now=False)  # an operator's first facts would find its logs not opened yet
            progress.say(
                f"deployed in {here.seconds:.1f} s: {len(here.functions)} functions, AWS APIs at {here.endpoint}"
            )
            progress.doing("registering operators and ERP clients")
            with ThreadPoolExecutor() as staff:
                secrets = list(staff.map(lambda house: register(here, house, sandbox.endpoints), HOUSES))
                erps = {house.ans: Erp(house, here.public_url, one) for house, one in zip(HOUSES, secrets, strict=True)}
                progress.doing(
                    "words, ladder and norms: submitted, approved by legal and the ethics committee, activated"
                )
                approved = staff.submit(put_in_force, here, [house.ans for house in HOUSES])
                open_accounts(here, sandbox)
                listen(here, sandbox)
                sandbox.letters.open(shops(here, list(erps.values()), sandbox.office.now))
                approved.result()
            payers = Payers(world, wanted.seed, sandbox)
            chronicle = Chronicle(world, town, erps, books, wanted.seed, payers.would)
            trouble = Trouble(1 + wanted.contracts // 50)
            cashier, matcher = Cashier(laptop, chronicle, payers), Matcher(world, books)
            talkers = Talkers(world, wanted.seed, sandbox.carrier, books)
            reactions = Reactions(laptop, chronicle, matcher, talkers)
            yield Life(laptop, chronicle, matcher, trouble, cashier, reactions, Desk(laptop, wanted.seed))


@contextmanager
def explained(life: Life) -> Iterator[None]:
    """When the block fails, show what the functions' logs say of it."""
    try:
        yield
    except FAILURES:
        logs, dead = read_logs(life.laptop.cloud), life.laptop.dead()
        print(
            "\n".join(["", *logs.shown(), *map(str, logs.warnings.most_common(5)), f"dead letters: {dead or 'none'}"])
        )
        raise


def conclude(life: Life) -> Outcome:
    """Look at everything once more: journal, mailboxes, logs, dead letters."""
    laptop, chronicle = life.laptop, life.chronicle
    progress, here = laptop.progress, laptop.cloud
    progress.doing("writing and judging the regulator's files")
    with progress.time("write and judge the regulator's files"):
        attendances = attended(here, laptop, chronicle.world)
    progress.doing("sealing what waits for the night")
    with progress.time("seal the rest"):
        seal_rest(here)
    with ThreadPoolExecutor(max_workers=2) as aside:
        checked = aside.submit(check_logs, here)
        progress.doing("the witness's account looks at the sealed logs")
        with progress.time("witness and stamp the logs"):
            witnessed = witness(here)
        progress.doing("reading the journal")
        with progress.time("read the journal"):
            found = read_journal(here)
            held = read_ledgers(here)
        # Only now: a look is a fact, which the logs as they were sealed do not have.
        parked = aside.submit(lambda: [emdia(here, "parked", "list", "--client", one.client) for one in HOUSES])
        progress.doing("judging mailboxes and phones")
        with progress.time("judge the messages"):
            verdict = judge(laptop.letters, chronicle.world, chronicle.books, lost(laptop.mails))
        listed = parked.result()
        progress.doing("reading the functions' logs")
        with progress.time("read the logs"):
            logs = read_logs(here)
        progress.doing("checking the sealed logs")
        with progress.time("check the logs, beside all this"):
            sealed = checked.result()
    return Outcome(
        life,
        found,
        verdict,
        logs,
        laptop.dead(),
        parked=sum(text.count("\n") - 1 for text in listed),
        misfiled=abs(held.open_fees - chronicle.open_fees),
        money=balanced(held, laptop.sandbox.teller.book()),
        listened=judge_told(laptop.sandbox.erp, found.for_erp[LISTENER.ans]),
        sealed=sealed,
        witnessed=witnessed,
        attended=attendances,
        requests=_requests(here),
        seconds=progress.elapsed,
    )


def _requests(here: Cloud) -> int:
    """Requests that our functions signed, counted where they arrive (infra/local/embedded.py)."""
    with urllib.request.urlopen(f"{here.endpoint}/_emdia/requests", timeout=10) as answer:  # noqa: S310  loopback
        return int(sum(json.load(answer).values()))


def _verdict(outcome: Outcome) -> str:
    if not outcome.failures:
        return f"all is well; {outcome.seconds:.0f} s"
    errors = [f"  {line}" for line in outcome.logs.shown()]
    return "\n".join(["NOT WELL:", *(f"- {failure}" for failure in outcome.failures), *errors])


def _addresses(life: Life) -> str:
    here: Cloud = life.laptop.cloud
    told = " ".join(f"{name}={value}" for name, value in settings(here).items())
    return "\n".join(
        (
            "Open in the browser",
            f"  people's phones      {life.laptop.sandbox.url}/telefones",
            f"  people's mailboxes   {life.laptop.sandbox.url}/",
            f"  the operators' banks {life.laptop.sandbox.url}/banco",
            f"  printed letters      {life.laptop.sandbox.url}/cartas",
            "For programs",
            f"  API                  {here.public_url}",
            f"  OpenAPI file         {ROOT / 'docs' / 'openapi.json'}",
            f"  AWS APIs             {here.endpoint}   (access key {ACCOUNT}, secret local, region {REGION})",
            f"  log of the AWS       {here.aws.log}",
            "As the operators' staff, in another terminal (more: ./emdia --help)",
            f"  cd {ROOT} && export {told}",
            *(f"  ./emdia --stage local parked list --client {h.client}    # operator {h.ans}" for h in HOUSES),
        )
    )
