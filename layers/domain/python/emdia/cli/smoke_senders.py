"""Whether those who carry messages know each operator, and whether its systems have their secrets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from botocore.exceptions import ClientError

from emdia.aws.secrets import OURS
from emdia.cli import desk
from emdia.cli.smoke_site import AbsentError, Probe, Site, WrongError, paged
from emdia.errors import Halted, Rejected
from emdia.messages import texts
from emdia.messages.notice_short import sms_text
from emdia.messages.page import TOKEN_LENGTH
from emdia.messages.registry import Registry
from emdia.messages.render import registered_name, render
from emdia.messages.samples import samples_of
from emdia.messages.words import sign
from emdia.portfolio.contract import Channel, Operator
from emdia.settings import LOCAL
from emdia.state import operator_ref, registry_ref

_ELSEWHERE: Final = "nesta máquina o sandbox faz as vezes do provedor"


def operators(site: Site) -> str:
    """Every operator named is recorded."""
    missing = [ans for ans in site.operators if _operator(site, ans) is None]
    if missing:
        raise WrongError("sem cadastro: " + ", ".join(missing))
    return ", ".join(site.operators)


def secrets(site: Site) -> str:
    """Every operator has an ERP client, and every client's secret can be read by who checks its signatures."""
    prefix = f"emdia/{site.stage}/erp/"
    asked = {"Filters": [{"Key": "name", "Values": [prefix]}], "MaxResults": 100}
    found = paged(site.service("secretsmanager").list_secrets, "SecretList", **asked)
    names = [str(one["Name"]).removeprefix(prefix) for one in found]
    wrong, served = [], set()
    for name in names:
        try:
            if name.startswith(OURS):
                site.house.secrets.webhook(name.removeprefix(OURS))
                continue
            told = site.house.secrets.erp_client(name)
        except Halted:
            wrong.append(f"{name} não está na forma que a porta lê")
            continue
        if told is not None:
            served.add(told.ans)
    wrong += [f"a operadora {ans} não tem cliente ERP" for ans in site.operators if ans not in served]
    if wrong:
        raise WrongError("; ".join(wrong))
    return f"{len(names)} segredos"


def mail(site: Site) -> str:
    """Amazon SES knows each operator's sender, signs its mails and sends to anybody."""
    wanted = _wanted(site, lambda one: one.mail_from)
    ses = site.service("sesv2")
    account = ses.get_account()
    wrong = []
    if not account.get("SendingEnabled", True) or account.get("EnforcementStatus", "HEALTHY") != "HEALTHY":
        wrong.append(f"a conta não envia: {account.get('EnforcementStatus', 'envio desligado')}")
    if not account.get("ProductionAccessEnabled"):
        wrong.append("a conta está no sandbox do SES: só escreve a endereços verificados")
    said = []
    for operator in wanted:
        domain = operator.mail_from.rpartition("@")[2]
        identity = _identity(ses, operator.mail_from)
        if identity is None:
            wrong.append(f"nenhuma identidade cobre {domain}")
        elif not identity.get("VerifiedForSendingStatus"):
            wrong.append(f"{domain} não está verificado")
        elif identity.get("DkimAttributes", {}).get("Status") != "SUCCESS":
            wrong.append(f"DKIM de {domain}: {identity.get('DkimAttributes', {}).get('Status', 'não há')}")
        else:
            said.append(domain)
    if wrong:
        raise WrongError("; ".join(wrong))
    return ", ".join(said)


def sms(site: Site) -> str:
    """End User Messaging SMS knows each operator's short code or other sender, and sends to anybody."""
    wanted = _wanted(site, lambda one: one.sms_from)
    voice = site.service("pinpoint-sms-voice-v2")
    numbers = list(paged(voice.describe_phone_numbers, "PhoneNumbers"))
    ids = {one["SenderId"] for one in paged(voice.describe_sender_ids, "SenderIds")}
    attributes = paged(voice.describe_account_attributes, "AccountAttributes")
    wrong = []
    if {one["Name"]: one["Value"] for one in attributes}.get("ACCOUNT_TIER") != "PRODUCTION":
        wrong.append("a conta está no sandbox de SMS: só escreve a números verificados")
    for operator in wanted:
        active = any(_is(one, operator.sms_from) and one["Status"] == "ACTIVE" for one in numbers)
        if not active and operator.sms_from not in ids:
            wrong.append(f"o remetente da operadora {operator.ans} não está ativo nesta conta")
    wrong += _long_texts(site, wanted)
    if wrong:
        raise WrongError("; ".join(wrong))
    return f"{len(wanted)} remetente(s) ativo(s)"


def whatsapp(site: Site) -> str:
    """Each operator's WhatsApp account is linked, tells this stage what happens, and may send what is shipped."""
    wanted = _wanted(site, lambda one: one.whatsapp_from)
    social = site.service("socialmessaging")
    wrong = []
    for operator in wanted:
        number = social.get_linked_whatsapp_business_account_phone_number(id=operator.whatsapp_from)
        linked = social.get_linked_whatsapp_business_account(id=number["linkedWhatsAppBusinessAccountId"])["account"]
        if linked["registrationStatus"] != "COMPLETE":
            wrong.append(f"a conta da operadora {operator.ans} não terminou de ser ligada")
        topics = {one["eventDestinationArn"].rpartition(":")[2] for one in linked.get("eventDestinations", ())}
        if f"{site.prefix}whatsapp-events" not in topics:
            wrong.append(f"os eventos da conta da operadora {operator.ans} não chegam a {site.prefix}whatsapp-events")
        if unusable := _unusable(site, operator.ans):
            wrong.append(f"operadora {operator.ans}, modelos que a Meta não deixa enviar: {', '.join(unusable)}")
    if wrong:
        raise WrongError("; ".join(wrong))
    return f"{len(wanted)} conta(s) ligada(s), modelos aprovados"


def _long_texts(site: Site, operators: Sequence[Operator]) -> list[str]:
    """What does not fit one SMS: texts as they would leave, with the links that this stage puts into them."""
    told = site.service("lambda").get_function_configuration(FunctionName=desk.name_of(site.stage, "send_message"))
    base = str(told.get("Environment", {}).get("Variables", {}).get("EMDIA_PUBLIC_URL", ""))
    wrong = []
    for operator in operators:
        names = [text.name for text in texts.texts() if text.channel is Channel.SMS]
        secret = "x" * TOKEN_LENGTH
        long = sorted({name for name in names if _is_long(name, operator, f"{base}/p/{secret}")})
        try:
            sms_text(operator, f"{base}/n/{secret}")
        except Rejected:
            long.append("notificacao")
        if long:
            wrong.append(f"com links de {base} não cabem num SMS da operadora {operator.ans}: {', '.join(long)}")
    return wrong


def _is_long(name: str, operator: Operator, link: str) -> bool:
    for view in samples_of(name).values():
        try:
            render(name, Channel.SMS, replace(view, operator=sign(operator), page_url=link))
        except Rejected:
            return True
    return False


def _operator(site: Site, ans: str) -> Operator | None:
    held = site.house.ledgers.of(ans).get([operator_ref()]).get(operator_ref())
    return held if isinstance(held, Operator) else None


def _wanted(site: Site, sender: Callable[[Operator], str]) -> list[Operator]:
    found = [one for ans in site.operators if (one := _operator(site, ans)) is not None and sender(one)]
    if not found:
        raise AbsentError("nenhuma destas operadoras o usa")
    if site.stage == LOCAL:
        raise AbsentError(_ELSEWHERE)
    return found


def _identity(ses: Any, sender: str) -> Mapping[str, Any] | None:
    """The identity that sends for an address: its own, its domain's, or a domain's above that."""
    labels = sender.rpartition("@")[2].split(".")
    for name in (sender, *(".".join(labels[at:]) for at in range(len(labels) - 1))):
        try:
            told: Mapping[str, Any] = ses.get_email_identity(EmailIdentity=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise
        else:
            return told
    return None


def _is(number: Mapping[str, Any], sender: str) -> bool:
    """Whether an operator that sends from `sender` sends from this number."""
    return sender in {number.get(name) for name in ("PhoneNumber", "PhoneNumberId", "PhoneNumberArn", "PoolId")}


def _unusable(site: Site, ans: str) -> list[str]:
    held = site.house.ledgers.of(ans).get([registry_ref()]).get(registry_ref())
    registry = held if isinstance(held, Registry) else Registry()
    shipped = [registered_name(text) for text in texts.texts() if text.channel is Channel.WHATSAPP]
    return sorted(name for name in shipped if not registry.usable(name))


PROBES: Final = (
    Probe("operadoras", "emdia operator add: docs/deploy.md, passo 4.", operators),
    Probe("segredos", "emdia client add, ou emdia client rotate: docs/deploy.md, passo 4.", secrets),
    Probe("e-mail", "docs/deploy.md, passo 3: identidade, DKIM e acesso de produção no Amazon SES.", mail),
    Probe(
        "SMS",
        "docs/deploy.md, passo 3 (remetente, domínio curto em public_url, --short-name); ou emdia operator add sem "
        "--sms-from.",
        sms,
    ),
    Probe(
        "WhatsApp",
        "docs/deploy.md, passo 3, e emdia whatsapp sync; ou emdia operator add sem --whatsapp-from.",
        whatsapp,
    ),
)
