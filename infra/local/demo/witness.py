"""The second account at the end of the demo: the witness looks at every log, and an authority stamps what it signed."""

import json
from dataclasses import dataclass

from emdia.audit.checkpoint import open_checkpoint
from emdia.audit.note import COSIGNATURE, NoteRefusedError, Verifier, check, parse_note, public_of_spki
from emdia.audit.stamp import ROOTS, TOKEN, StampRefusedError, check_stamp, stamped_bytes
from emdia.audit.tiles import CHECKPOINT
from infra.local.cloud import Cloud
from infra.local.demo.register import emdia
from infra.local.demo.seal import verifier_of
from infra.local.sandbox.tsa import TimestampServer
from infra.stages import LAPTOP


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Logs `cosigned` and `stamped`; `copied`: objects in the replica; `broken`: what of it does not hold."""

    cosigned: int
    stamped: int
    copied: int
    broken: tuple[str, ...]


def witness(here: Cloud) -> Witnessed:
    """Tell the witness whom to trust, let its schedules run once, and check what it kept with its own key."""
    with TimestampServer() as server:
        told = {
            "log_keys": emdia(here, "audit", "keys").split(),
            "tsa": {"url": server.url, "roots": server.authority.roots},
        }
        here.client("secretsmanager", LAPTOP.witness).create_secret(
            Name="emdia/local/witness", SecretString=json.dumps(told)
        )
        for function in ("cosign_audit", "stamp_audit"):
            here.invoke(function, {})
    return _checked(here)


def _checked(here: Cloud) -> Witnessed:
    kept, broken, stamped = _objects(here, "witness"), [], 0
    der = here.client("kms", LAPTOP.witness).get_public_key(KeyId="alias/emdia-local-witness")["PublicKey"]
    own = Verifier("testemunha.emdia-local", COSIGNATURE, public_of_spki(der))
    notes = [key for key in kept if key.endswith(f"/{CHECKPOINT}") and key.count("/") == 1]
    for key in notes:
        folder, note = key.split("/")[0], _body(here, key)
        try:
            origin = note.split(b"\n", 1)[0].decode()
            open_checkpoint(note, verifier_of(here.client("kms"), origin))
            check(parse_note(note), own)
            for token in (one for one in kept if one.startswith(f"{folder}/stamped/") and one.endswith(TOKEN)):
                place = token.removesuffix(TOKEN)
                data = stamped_bytes(_body(here, f"{place}{CHECKPOINT}"))
                check_stamp(_body(here, token), data, _body(here, f"{place}{ROOTS}"))
                stamped += 1
        except (NoteRefusedError, StampRefusedError) as refused:
            broken.append(f"{key}: {refused}")
    broken += [f"{key}: refused" for key in kept if key.split("/")[1] == "refused"]
    return Witnessed(len(notes), stamped, len(_objects(here, "replica")), tuple(broken))


def _objects(here: Cloud, bucket: str) -> list[str]:
    pages = here.client("s3", LAPTOP.witness).get_paginator("list_objects_v2").paginate(Bucket=here.bucket(bucket))
    return [str(one["Key"]) for page in pages for one in page.get("Contents", [])]


def _body(here: Cloud, key: str) -> bytes:
    return bytes(here.client("s3", LAPTOP.witness).get_object(Bucket=here.bucket("witness"), Key=key)["Body"].read())
