"""What `emdia` says, in Portuguese, when a command fails, and the exit code that goes with it."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from emdia.cli import audit_log, desk, ladders, payments, words
from emdia.errors import EmDiaError, LostRace, Rejected, TryLater
from emdia.web.problems import title

REFUSED, LATER = 1, 3


class SaidError(RuntimeError):
    """What a command found out; the message is for the person as it stands."""

    exit_code = REFUSED


class StandsStillError(SaidError):
    """What was asked for is on its way and does not move; the message says what to look at."""

    exit_code = LATER


class SmokeTestFailedError(SaidError):
    """Something of a stage is red; the message says how much."""


EXPECTED = (
    Rejected,
    desk.DeskError,
    ladders.WrongLadderError,
    audit_log.NotProvedError,
    words.TextFaultyError,
    payments.BooksAstrayError,
    SaidError,
    ClientError,
    BotoCoreError,
    EmDiaError,
    OSError,
    UnicodeDecodeError,
)
_LANGUAGE = "pt-BR"
_NO_ENTRY = (
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
# What the services call a thing of the stage that is not there: the function asked, and the key's alias.
_ABSENT = {("Invoke", "ResourceNotFoundException"), ("DescribeKey", "NotFoundException")}


def told(error: Exception, stage: str) -> tuple[str, int]:  # noqa: C901, PLR0911  one way out per kind of failure
    """One line for the error output, and the exit code: 1 refused, 3 try later."""
    match error:
        case Rejected():
            return said(title(error, _LANGUAGE), error.code, error.pointer), REFUSED
        case desk.RefusedByDeskError(problem=problem):
            text = said(problem["title"], problem["code"], problem.get("pointer", ""))
            return text, LATER if problem["status"] == 503 else REFUSED
        case desk.FunctionFailedError():
            return f"A função {error.function} falhou: o log dela diz onde.", REFUSED
        case SaidError():
            return str(error), error.exit_code
        case (
            ladders.WrongLadderError()
            | audit_log.NotProvedError()
            | words.TextFaultyError()
            | payments.BooksAstrayError()
        ):
            return str(error), REFUSED
        case LostRace():
            return "Outra pessoa mudou o mesmo cadastro agora: tente de novo.", LATER
        case TryLater():
            return "Não foi possível agora: tente de novo.", LATER
        case EmDiaError():
            return f"O sistema parou para não errar; avise quem o opera. [{error}]", REFUSED
        case ReadTimeoutError() | ConnectTimeoutError():  # before OSError: botocore's are of that kind too
            return "A AWS não respondeu a tempo: tente de novo.", LATER
        case OSError() | UnicodeDecodeError():
            return _file(error), REFUSED
    return _aws(error, stage), REFUSED


def said(text: str, code: str, pointer: str) -> str:
    """A sentence with the code and field that it is about."""
    return f"{text} [{code} {pointer}]" if pointer else f"{text} [{code}]"


def _file(error: OSError | UnicodeDecodeError) -> str:
    match error:
        case UnicodeDecodeError():
            return "O arquivo não está em UTF-8."
        case FileNotFoundError():
            return f"Arquivo não encontrado: {error.filename}"
        case PermissionError():
            return f"Sem permissão para ler: {error.filename}"
        case IsADirectoryError():
            return f"É uma pasta, não um arquivo: {error.filename}"
    return f"Não foi possível ler: {error.filename or 'a entrada'}"


def _aws(error: Exception, stage: str) -> str:
    if isinstance(error, ClientError):
        code = str(error.response["Error"]["Code"])
        if (error.operation_name, code) in _ABSENT:
            where = "nesta conta e região da AWS: confira --stage, AWS_PROFILE e AWS_DEFAULT_REGION."
            return f"Não há ambiente {stage} {where}"
        return f"A AWS recusou: {code} em {error.operation_name}"
    if isinstance(error, NoRegionError):
        return "Falta a região da AWS: defina AWS_DEFAULT_REGION."
    if isinstance(error, _NO_ENTRY):
        return "Faltam credenciais válidas da AWS: entre com `aws sso login` ou defina AWS_PROFILE."
    return f"Não foi possível falar com a AWS: confira a rede e a região. [{type(error).__name__}]"
