"""`emdia audit`: what the sealed logs hold, whether they hold together, and proofs to hand out.

Exit codes: 0 it holds or is done; 1 it does not hold, or was refused; 2 wrong usage; 3 try later.
"""

import argparse
import zipfile
from pathlib import Path

from emdia.audit.fsck import check_log
from emdia.audit.pack import PackRefusedError, Refusal, check_pack
from emdia.audit.ports import parse_label
from emdia.audit.prove import Prover
from emdia.cli import audit_keys, audit_state
from emdia.cli.audit_log import NotProvedError, key_of, open_log, told, trusted_of
from emdia.cli.audit_prove import grow, prove, said
from emdia.cli.audit_watch import watch
from emdia.facts import LogClass

_LARGEST = 8 * 1024 * 1024  # no file of a pack comes near it


def add_parser(parser: argparse.ArgumentParser) -> None:
    """What can be asked."""
    actions = parser.add_subparsers(required=True, dest="action")
    _log(actions.add_parser("status", help="tamanho e chave do registro"), run=_status, folder=False)
    fsck = _log(actions.add_parser("fsck", help="confere o registro e nomeia os objetos danificados"), run=_fsck)
    fsck.add_argument("--since", type=Path, help="arquivo com um cabeçalho de confiança: confere só o que veio depois")
    fsck.add_argument("--save", type=Path, help="arquivo novo onde guardar o cabeçalho conferido, para --since")
    proof = _log(actions.add_parser("prove", help="grava a prova de um evento; sem --reveal, sem valores"), run=prove)
    proof.add_argument("event", help="id do evento, 32 dígitos hexadecimais")
    proof.add_argument("--out", required=True, type=Path, help="pasta a criar, ou arquivo .zip")
    proof.add_argument(
        "--reveal", action="append", default=[], metavar="CAMPO", help="revela um campo (só o jurídico); repetível"
    )
    proof.add_argument("--fields", action="store_true", help="só diz que campos o evento tem (só o jurídico)")
    proof.add_argument("--reason", help="motivo de revelar, em uma linha; fica registrado")
    proof.add_argument("--cpf", action="store_true", help="lê da entrada o CPF de quem os campos tratam")
    grown = _log(actions.add_parser("grow", help="grava a prova de que o registro só cresceu"), run=grow)
    grown.add_argument("--old", required=True, type=int, help="tamanho anterior")
    grown.add_argument("--new", type=int, help="tamanho posterior, já assinado; sem ele, o atual")
    grown.add_argument("--out", required=True, type=Path, help="arquivo a criar (formato C2SP tlog-witness)")
    followed = _log(actions.add_parser("watch", help="acompanha o registro, até Ctrl-C"), run=watch)
    followed.add_argument("--since", type=Path, help="arquivo com um cabeçalho de confiança, do qual continuar")
    followed.add_argument("--every", type=_seconds, default=60, help="segundos entre leituras (padrão: 60)")
    audit_keys.add_parsers(actions)
    audit_state.add_parser(actions)
    verify = actions.add_parser("verify", help="confere uma prova, sem rede")
    verify.add_argument("pack", type=Path, help="pasta ou arquivo zip")
    verify.add_argument("--key", help="chave do registro como a operadora publica; sem ela, a da própria prova")
    verify.set_defaults(run=_verify)


def _log(action: argparse.ArgumentParser, *, run: object, folder: bool = True) -> argparse.ArgumentParser:
    """How a log is named."""
    action.add_argument("--operator", help="registro na ANS da operadora")
    action.add_argument("--class", dest="log", type=LogClass, help=", ".join(LogClass))
    action.add_argument("--year", type=parse_label, help="ano dos eventos, em UTC; 2026-2 para o que o continua")
    action.add_argument("--key", help="chave do registro como foi publicada; sem ela, a do KMS")
    if folder:
        action.add_argument("--folder", type=Path, help="o registro em arquivos, no lugar da AWS; pede --key")
    action.set_defaults(run=run)
    return action


def _seconds(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("um número de segundos, 1 ou mais")
    return int(text)


def _status(asked: argparse.Namespace) -> str:
    log = open_log(asked)
    prover = Prover(log.reader, log.verifier)
    if prover.begun is None:
        raise NotProvedError(f"{log.origin}: o registro não existe ou não tem eventos")
    size = prover.checkpoint.size
    head = log.head.read() if log.head else None
    waiting = (head.n if head else size) - size
    root = prover.checkpoint.root.hex()
    return f"{log.origin}: {size} eventos, {waiting} a publicar\nraiz {root}\nchave {log.verifier.vkey}"


def _fsck(asked: argparse.Namespace) -> str:
    log = open_log(asked)
    trusted = trusted_of(asked.since, log)
    batches = asked.folder is None or (asked.folder / "seq").is_dir()
    report = check_log(log.reader, log.verifier, trusted, batches=batches)
    if report.findings:
        raise NotProvedError("\n".join(told(log.origin, finding) for finding in report.findings))
    size = report.checkpoint.size if report.checkpoint else 0
    if asked.save:
        with asked.save.open("xb") as file:
            file.write(report.note)
    without = "" if batches else ", sem os lotes (não vieram)"
    since = f" a partir de {report.first}" if trusted else ""
    return f"{log.origin}: {size - report.first} eventos conferidos{since}{without}, nada danificado."


def _verify(asked: argparse.Namespace) -> str:
    trusted = key_of(asked.key) if asked.key else None
    try:
        checkpoint, values = check_pack(_files(asked.pack), trusted)
    except PackRefusedError as refused:
        raise NotProvedError(f"a prova não confere: {said(refused)}") from refused
    except zipfile.BadZipFile as error:
        raise NotProvedError("a prova não confere: não é uma pasta nem um zip") from error
    lines = [f"O evento consta do registro {checkpoint.origin}, de {checkpoint.size} eventos."]
    lines += [f"{name}: {value}" for name, value in values.items()]
    if trusted is None:
        lines.append("A chave é a da própria prova: compare-a com a que a operadora publica (--key).")
    return "\n".join(lines)


def _files(pack: Path) -> dict[str, bytes]:
    if pack.is_dir():
        return {path.name: path.read_bytes() for path in pack.iterdir() if path.is_file()}
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(pack) as archive:
        for info in archive.infolist():
            name = Path(info.filename).name
            if info.is_dir():
                continue
            if name in files or info.file_size > _LARGEST:
                # Two readers of one zip must not see two proofs, nor a small file fill the memory.
                raise PackRefusedError(Refusal.INCOMPLETE, name)
            files[name] = archive.read(info)
    return files
