"""`python -m infra.local.sandbox --port 8025 --sns-endpoint http://127.0.0.1:4566 --topic-arn arn:aws:sns:...`."""

import argparse
import json
import threading

from infra.local.sandbox.behaviour import SeededBehaviour
from infra.local.sandbox.owners import SeededOwners
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.topic import SnsTopic, Topic, topics


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser(
        prog="python -m infra.local.sandbox", description="Providers, banks, mailboxes and phones."
    )
    options.add_argument("--port", type=int, default=8025)
    options.add_argument("--sns-endpoint", default="", help="embedded AWS; without it events are kept here")
    options.add_argument("--topic-arn", default="", help="topic of SES events; the phones' topics are those beside it")
    options.add_argument("--seed", type=int, default=0, help="who opens, leaves and complains")
    options.add_argument(
        "--bank-api", default="", help="where banks call operators about payments; without it nobody is"
    )
    options.add_argument(
        "--account", action="append", default=[], help="ANS register of an operator with a bank account"
    )
    chosen = options.parse_args()
    if bool(chosen.sns_endpoint) != bool(chosen.topic_arn):
        options.error("--sns-endpoint and --topic-arn go together")
    topic: Topic | None = SnsTopic(chosen.sns_endpoint, chosen.topic_arn) if chosen.topic_arn else None
    phones = topics(chosen.sns_endpoint, chosen.topic_arn) if chosen.topic_arn else None
    behaviour, owners = SeededBehaviour(chosen.seed), SeededOwners(chosen.seed)
    sandbox = Sandbox(
        topic, behaviour, phone_topics=phones, owners=owners, bank_api=chosen.bank_api, port=chosen.port
    ).start()
    for operator in chosen.account:
        sandbox.teller.open(operator)
    print(f"Caixas de e-mail: {sandbox.url}/   telefones: {sandbox.url}/telefones   banco: {sandbox.url}/banco")
    if chosen.account:
        print(f"secret of the banks: {json.dumps(sandbox.teller.accesses(sandbox.url))}")
    print(" ".join(f"{name}={url}" for name, url in sandbox.endpoints.items()))
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
