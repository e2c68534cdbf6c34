"""Registers an operator and its ERP client as the operator's staff does: with the product's command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping

from infra.bundle import DOMAIN, ROOT
from infra.local.cloud import Cloud
from infra.local.demo.portfolio import HOUSES, House
from infra.local.ministack import ACCOUNT
from infra.local.sandbox.bank import RECEIVER
from infra.local.sandbox.server import Sandbox
from infra.stages import REGION


class CommandFailedError(Exception):
    """The command line refused; the message is its own."""


def register(cloud: Cloud, house: House, providers: Mapping[str, str]) -> str:
    """Both, and the templates of its WhatsApp account; the signing secret of the client. Raises CommandFailedError.

    `providers` says where the sandbox listens.
    """
    profile = {
        "ans": house.ans,
        "name": house.name,
        "cnpj": house.cnpj,
        "address": house.address,
        "mail-from": house.mail_from,
        "phone": house.phone,
        "site": house.site,
        "how-to-pay": house.how_to_pay,
        "seat": house.seat,
        "sms-from": house.sms_from,
        "whatsapp-from": house.whatsapp_from,
        "letters": "yes",
    }
    emdia(cloud, "operator", "add", *(part for name, value in profile.items() for part in (f"--{name}", value)))
    sync = ("whatsapp", "sync", "--operator", house.ans, "--account", house.whatsapp_account)
    run_module(cloud, "emdia.cli", "--stage", "local", *sync, providers=providers)
    return emdia(cloud, "client", "add", house.client, "--operator", house.ans).split()[-1]


def open_accounts(cloud: Cloud, sandbox: Sandbox) -> None:
    """Each operator has an account at a bank of the sandbox, and the product the access to it (docs/deploy.md)."""
    for house in HOUSES:
        receiver = {**RECEIVER, "nome": house.name, "cnpj": house.cnpj}
        sandbox.teller.open(house.ans, f"pix@{house.site.removeprefix('https://www.')}", receiver)
    told = json.dumps(sandbox.teller.accesses(sandbox.url))
    cloud.client("secretsmanager").create_secret(Name="emdia/local/bank", SecretString=told)


def put_in_force(cloud: Cloud, operators: Iterable[str]) -> None:
    """Words, ladder and norms, approved by three people of each operator. Raises CommandFailedError."""
    run_module(cloud, "infra.local.demo.approve", "local", *operators)


def emdia(cloud: Cloud, *arguments: str) -> str:
    """What `emdia` prints. Raises CommandFailedError."""
    return run_module(cloud, "emdia.cli", "--stage", "local", *arguments)


def run_module(cloud: Cloud, *arguments: str, providers: Mapping[str, str] | None = None) -> str:
    """What `python -m` with `arguments` prints when it speaks to this stage. Raises CommandFailedError."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings(cloud), **(providers or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandFailedError(f"{' '.join(arguments[:5])}: {done.stderr.strip()}")
    return done.stdout


def settings(cloud: Cloud) -> Mapping[str, str]:
    """What a terminal needs to speak to this stage and to no other."""
    return {
        "PYTHONPATH": str(DOMAIN),
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
    }
