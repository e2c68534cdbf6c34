"""Whether what was deployed stands: stacks, functions, queues, schedules and alarms of a stage."""

from typing import Final

from botocore.exceptions import ClientError

from emdia.aws.actions import FUNCTION_ACTIONS, WITNESS_FUNCTIONS
from emdia.cli import desk
from emdia.cli.restore import every_source
from emdia.cli.smoke_site import AbsentError, Probe, Site, WrongError, paged, stack_name
from emdia.settings import LOCAL

_STANDS: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
# Inactive is what AWS calls a function that nobody has called for weeks: the next call wakes it.
_ALIVE: Final = frozenset({"Active", "Inactive"})


def stacks(site: Site) -> str:
    """Every stack came up, and the last deployment was not turned back."""
    found = {}
    for short in ("State", "Service", "Alarms"):
        (stack,) = site.service("cloudformation").describe_stacks(StackName=stack_name(site.stage, short))["Stacks"]
        found[short] = str(stack["StackStatus"])
    wrong = [f"{short} {status}" for short, status in found.items() if status not in _STANDS]
    if wrong:
        raise WrongError(", ".join(wrong))
    return ", ".join(found)


def functions(site: Site) -> str:
    """Every function of this release answers by the name its callers use, and its last update took."""
    wrong = []
    names = sorted(FUNCTION_ACTIONS.keys() - WITNESS_FUNCTIONS)
    for name in names:
        try:
            told = site.service("lambda").get_function_configuration(FunctionName=desk.name_of(site.stage, name))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            wrong.append(f"{name} não existe")
            continue
        if told.get("State", "Active") not in _ALIVE:
            wrong.append(f"{name} {told['State']}")
        elif told.get("LastUpdateStatus", "Successful") != "Successful":
            wrong.append(f"{name}: atualização {told['LastUpdateStatus']}")
    if wrong:
        raise WrongError(", ".join(wrong))
    return f"{len(names)} funções, cada uma pelo nome que a chama"


def triggers(site: Site) -> str:
    """Every queue and stream hands its work on."""
    found = list(every_source(site.service("lambda"), site.stage))
    if not found:
        raise WrongError("nenhuma fila entrega trabalho a uma função")
    asleep = sorted({one["FunctionArn"].split(":")[6] for one in found if one.get("State", "Enabled") != "Enabled"})
    if asleep:
        raise WrongError("parados: " + ", ".join(asleep))
    return f"{len(found)} gatilhos ligados"


def dead_letters(site: Site) -> str:
    """Nothing failed for good."""
    sqs = site.service("sqs")
    urls = [str(one) for one in paged(sqs.list_queues, "QueueUrls", QueueNamePrefix=site.prefix, MaxResults=1000)]
    dead = [url for url in urls if url.endswith("-dead")]
    if not dead:
        raise WrongError("não há filas")
    waiting = []
    for url in sorted(dead):
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        if count := int(told["ApproximateNumberOfMessages"]):
            waiting.append(f"{url.rpartition('/')[2].removeprefix(site.prefix)} {count}")
    if waiting:
        raise WrongError(", ".join(waiting))
    return f"{len(dead)} filas, nenhuma mensagem"


def schedules(site: Site) -> str:
    """The clock calls what it has to."""
    asked = {"NamePrefix": site.prefix, "MaxResults": 100}
    found = list(paged(site.service("scheduler").list_schedules, "Schedules", **asked))
    if not found:
        raise WrongError("não há horários")
    if site.stage == LOCAL:
        raise AbsentError(f"{len(found)} horários dormem: o relógio desta máquina é simulado")
    asleep = sorted(one["Name"].removeprefix(site.prefix) for one in found if one["State"] != "ENABLED")
    if asleep:
        raise WrongError("desligados: " + ", ".join(asleep))
    return f"{len(found)} horários ligados"


def heard(site: Site) -> str:
    """Somebody is told when an alarm rings."""
    topic = site.output("WatchAlarmTopic")
    found = list(paged(site.service("sns").list_subscriptions_by_topic, "Subscriptions", TopicArn=topic))
    confirmed = sum(str(one["SubscriptionArn"]).startswith("arn:") for one in found)
    if not confirmed:
        waiting = f"; {len(found)} à espera da confirmação de quem o recebe" if found else ""
        raise WrongError(f"ninguém assina o tópico {topic.rpartition(':')[2]}{waiting}")
    return f"{confirmed} assinatura(s) confirmada(s)"


def quiet(site: Site) -> str:
    """Every alarm may ring, and none does."""
    asked = {"AlarmNamePrefix": site.prefix, "AlarmTypes": ["MetricAlarm"]}
    found = list(paged(site.service("cloudwatch").describe_alarms, "MetricAlarms", **asked))
    if not found:
        raise WrongError("não há alarmes")
    mute = sorted(one["AlarmName"].removeprefix(site.prefix) for one in found if not one.get("ActionsEnabled", True))
    ringing = sorted(one["AlarmName"].removeprefix(site.prefix) for one in found if one["StateValue"] == "ALARM")
    if mute or ringing:
        said = [f"{word}: {', '.join(names)}" for word, names in (("tocam", ringing), ("mudos", mute)) if names]
        raise WrongError("; ".join(said))
    return f"{len(found)} alarmes, nenhum toca"


PROBES: Final = (
    Probe("pilhas", "Veja os eventos da pilha no CloudFormation; depois: make deploy.", stacks),
    Probe("funções", "make deploy: a versão instalada não é esta, ou uma troca ficou no meio.", functions),
    Probe("gatilhos", "Depois de restaurar o razão: emdia restore resume. Senão: make deploy.", triggers),
    Probe("filas mortas", "docs/runbook.md, dead-*: veja o log da função, corrija, devolva à fila.", dead_letters),
    Probe("horários", "make deploy; ou ligue-os no EventBridge Scheduler.", schedules),
    Probe("quem ouve alarmes", "docs/deploy.md, passo 2: assine o tópico e confirme pelo link no e-mail.", heard),
    Probe(
        "alarmes",
        "docs/runbook.md tem um parágrafo para cada um. Na primeira hora *-silent tocam: espere.",
        quiet,
    ),
)
