"""The evidence pack: a folder that shows, without us and without AWS, that an event was logged and what it said.

| file | |
|---|---|
| `evento.json` | the leaf: the exact bytes that were hashed |
| `prova.tlog-proof` | index, inclusion proof and signed checkpoint (C2SP tlog-proof) |
| `divulgacoes.txt` | chosen disclosures (RFC 9901), joined by `~`; empty when nothing is revealed |
| `chaves.txt`, `chave.der` | the log's verifier key (C2SP vkey), and the same for OpenSSL |
| `LEIA-ME.txt` | how to check it by hand with OpenSSL and coreutils |
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files

from emdia.audit.checkpoint import Checkpoint
from emdia.audit.leaf import b64url
from emdia.audit.note import NoteRefusedError, Verifier, parse_vkey, spki_of_public
from emdia.audit.proof import Proof, parse_proof
from emdia.audit.tree import ProofFailedError

EVENT, PROOF, DISCLOSED = "evento.json", "prova.tlog-proof", "divulgacoes.txt"
KEYS, DER, README = "chaves.txt", "chave.der", "LEIA-ME.txt"


class PackRefusedError(ValueError):
    """A pack is incomplete, or what it says does not hold."""


def make_pack(leaf: bytes, proof: Proof, log: Verifier, disclosures: Sequence[str] = ()) -> dict[str, bytes]:
    """The files of a pack by name. Raises PackRefusedError for what would not verify."""
    pack = {
        EVENT: leaf,
        PROOF: proof.encode(),
        DISCLOSED: "~".join(disclosures).encode(),
        KEYS: f"{log.vkey}\n".encode(),
        DER: spki_of_public(log.public),
        README: files("emdia.audit").joinpath(README).read_bytes(),
    }
    check_pack(pack, log)
    return pack


def check_pack(pack: Mapping[str, bytes], trusted: Verifier | None = None) -> tuple[Checkpoint, dict[str, str | int]]:
    """The checkpoint the event is proved to be in, and the disclosed values by name.

    `trusted` is the log's key as its operator publishes it; without it the pack's own key is believed. Raises
    PackRefusedError.
    """
    try:
        log = parse_vkey(pack[KEYS].decode())
        if (trusted is not None and log != trusted) or pack[DER] != spki_of_public(log.public):
            raise PackRefusedError("the pack's key is not the log's")
        checkpoint = parse_proof(pack[PROOF]).check(pack[EVENT], log)
        return checkpoint, _disclosed(pack[EVENT], pack[DISCLOSED].decode())
    except KeyError as error:
        raise PackRefusedError(f"{error.args[0]} is missing") from None
    except (NoteRefusedError, ProofFailedError, UnicodeDecodeError) as error:
        raise PackRefusedError(str(error)) from error


def _disclosed(leaf: bytes, joined: str) -> dict[str, str | int]:
    digests = json.loads(leaf)["_sd"]
    values = {}
    for text in joined.split("~") if joined else ():
        if b64url(sha256(text.encode()).digest()) not in digests:
            raise PackRefusedError("a disclosure is not of this event")
        _, name, value = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        values[name] = value
    return values
