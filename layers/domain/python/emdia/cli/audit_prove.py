"""`emdia audit prove` and `grow`: proofs to hand out, as a folder or a zip."""

import argparse
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emdia.audit.attested import Attested, Under
from emdia.audit.batch import id_of
from emdia.audit.note import Verifier
from emdia.audit.pack import PackRefusedError, Refusal, make_pack
from emdia.audit.proof import Proof, parse_proof
from emdia.audit.prove import Prover
from emdia.aws.caller import signed_question
from emdia.aws.clients import client
from emdia.cli import desk
from emdia.cli.audit_log import Log, NotProvedError, key_of, open_log
from emdia.workflows.proved_call import digest_of

_REFUSED: Mapping[Refusal, str] = {
    Refusal.INCOMPLETE: "um arquivo falta, vem duas vezes ou é grande demais:",
    Refusal.KEY_MALFORMED: "as chaves não estão no formato nome+resumo+chave",
    Refusal.KEY_OTHER: "a chave não é a do registro",
    Refusal.PROOF_MALFORMED: "o arquivo da prova está malformado",
    Refusal.SIGNATURE: "o cabeçalho não foi assinado pelo registro",
    Refusal.WITNESS: "o cabeçalho não foi assinado pela testemunha",
    Refusal.STAMP: "o carimbo do tempo não é deste cabeçalho, ou não é de autoridade de confiança",
    Refusal.INCLUSION: "o evento não leva à raiz assinada",
    Refusal.EVENT_MALFORMED: "o evento não é de registro",
    Refusal.DISCLOSURE_FOREIGN: "um valor revelado não é deste evento",
    Refusal.DISCLOSURE_MALFORMED: "um valor revelado está malformado ou vem duas vezes",
}
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of zip's time: the same proof makes the same bytes


def prove(asked: argparse.Namespace) -> str:
    """The evidence pack of one event; with `--reveal`, what it said, as far as legal chooses."""
    if asked.out.exists():
        raise NotProvedError(f"já existe: {asked.out}")
    if asked.reveal or asked.fields:
        return _disclosed(asked)
    log = open_log(asked)
    prover = _begun(log)
    index = _index_of(log, prover, asked.event)
    seen = log.attested(index)
    if seen is not None:
        prover = Prover(Under(log.reader, seen.note), log.verifier)
    leaf, proof = prover.entry(index)
    written = _written(asked.out, _packed(leaf, proof, log.verifier, [], seen), index, prover.checkpoint.size)
    return f"{written}\n{_attested(seen)}"


def grow(asked: argparse.Namespace) -> str:
    """That the log only grew between two sizes, as a C2SP witness is asked to cosign it."""
    log = open_log(asked)
    prover = _begun(log)
    try:
        grown = prover.grown(asked.old, asked.new)
    except ValueError as error:
        raise NotProvedError(f"{log.origin}: não cresceu de um tamanho ao outro") from error
    if grown is None:
        raise NotProvedError(f"{log.origin}: nenhum cabeçalho assinado tem o tamanho {asked.new}")
    with asked.out.open("xb") as file:
        file.write(grown.encode())
    new = prover.checkpoint.size if asked.new is None else asked.new
    return f"Prova de crescimento gravada em {asked.out}: de {asked.old} a {new} eventos."


def _begun(log: Log) -> Prover:
    prover = Prover(log.reader, log.verifier)
    if prover.begun is None:
        raise NotProvedError(f"{log.origin}: o registro não existe ou não tem eventos")
    return prover


def _index_of(log: Log, prover: Prover, event: str) -> int:
    """From its seal mark while there is one, else from the log itself."""
    index = log.head.marks([event]).get(event, -1) if log.head else -1
    if 0 <= index < prover.checkpoint.size:
        return index
    for at, leaf in enumerate(prover.leaves()):
        if id_of(leaf) == event:
            return at
    raise NotProvedError(f"{log.origin}: o evento não consta")


def _disclosed(asked: argparse.Namespace) -> str:
    if asked.folder is not None or None in (asked.operator, asked.log, asked.year):
        raise NotProvedError("para revelar valores, informe --operator, --class e --year, sem --folder")
    if not asked.reason:
        raise NotProvedError("para revelar valores, diga o motivo (--reason): ele fica registrado")
    request: dict[str, object] = {
        "action": "disclose",
        "operator": asked.operator,
        "class": asked.log.value,
        "year": asked.year[0],
        "shard": asked.year[1],
        "event": asked.event,
        "fields": asked.reveal,
        "reason": asked.reason,
    }
    if asked.cpf:
        request["cpf"] = _cpf()
    signed = signed_question(client("sts"), digest_of(request))
    told = desk.ask(client("lambda"), asked.stage, "prove_audit", {**request, "proof": signed})
    if asked.fields:
        return "Campos deste evento: " + (", ".join(told["others"]) or "nenhum que estas chaves abram")
    return _kept(asked, told)


def _kept(asked: argparse.Namespace, told: Mapping[str, Any]) -> str:
    log = key_of(told["key"])
    if asked.key and key_of(asked.key) != log:
        raise NotProvedError("a chave do registro não é a publicada")
    pack = _packed(told["leaf"].encode(), parse_proof(told["proof"].encode()), log, told["disclosures"])
    return _written(asked.out, pack, told["index"], told["size"])


def _cpf() -> str:
    if sys.stdin.isatty():
        print("CPF: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _attested(seen: Attested | None) -> str:
    if seen is None:
        return "Nenhuma testemunha assinou ainda um cabeçalho com este evento: só a operadora o afirma."
    stamped = ", e carimbo do tempo" if seen.stamp else ", ainda sem carimbo do tempo"
    return f"Com a assinatura da testemunha {seen.witness.name}{stamped}."


def _packed(
    leaf: bytes, proof: Proof, log: Verifier, disclosures: list[str], seen: Attested | None = None
) -> dict[str, bytes]:
    try:
        if seen is not None:
            return make_pack(leaf, proof, log, disclosures, [seen.witness], seen.stamp)
        return make_pack(leaf, proof, log, disclosures)
    except PackRefusedError as refused:
        raise NotProvedError(f"{log.name}: {said(refused)}") from refused


def said(refused: PackRefusedError) -> str:
    """What does not hold of a pack."""
    return f"{_REFUSED[refused.refusal]} {refused.where}".strip()


def _written(out: Path, pack: Mapping[str, bytes], index: int, size: int) -> str:
    if out.suffix == ".zip":
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in pack.items():
                archive.writestr(zipfile.ZipInfo(f"{out.stem}/{name}", _BEGINNING), body)
        with out.open("xb") as file:
            file.write(held.getvalue())
    else:
        out.mkdir()
        for name, body in pack.items():
            (out / name).write_bytes(body)
    return f"Prova gravada em {out}: posição {index} de {size}. Confira com LEIA-ME.txt."
