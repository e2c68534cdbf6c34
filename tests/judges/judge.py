"""Foreign verifiers of a sealed log, run by the interpreter of `.venvs/judges`: nothing of ours is imported here.

    judge.py tlog-scales LOG KEY      every entry, the root, proofs; LOG is a folder of a log's objects
    judge.py aics-tlog LOG KEY [WITNESS...]
    judge.py sd-jwt                   leaves and disclosures as JSON lines on the input

Prints what it found as one line of JSON; ends with a traceback and exit code 1 where something does not hold.
"""
# ruff: noqa: T201  a command prints

import json
import sys
from base64 import urlsafe_b64encode
from pathlib import Path


def tlog_scales(folder: str, key: str) -> dict[str, object]:
    from tlog_scales.backend import LocalBackend
    from tlog_scales.reader import TilesReader
    from tlog_scales.signing import Vkey
    from tlog_scales.utils import sha256

    reader = TilesReader(LocalBackend(Path(folder)))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(Vkey.from_string(key))
    size = checkpoint.size
    assert reader.calculate_root_hash() == checkpoint.root_hash
    for index in range(size):
        leaf = sha256(b"\x00" + reader.get_entry(index))
        assert leaf == reader.mth(index, index + 1), index
        if index % 97 == 0:
            reader.get_inclusion_proof(index, size).check(leaf, checkpoint.root_hash)
    for old in range(1, size, max(1, size // 50)):
        reader.get_consistency_proof(old, size).check(reader.mth(0, old), checkpoint.root_hash)
    return {"size": size, "origin": checkpoint.origin}


def aics_tlog(folder: str, key: str, *witnesses: str) -> dict[str, object]:
    from aics_tlog.checkpoint import verify_checkpoint
    from aics_tlog.note import parse_note, parse_vkey
    from aics_tlog.tiles import FileSystemTileReader
    from aics_tlog.verified import audit_tiles

    note = parse_note((Path(folder) / "checkpoint").read_bytes())
    by = [parse_vkey(one) for one in witnesses]
    found = verify_checkpoint(note, parse_vkey(key), by, len(by))
    assert found.ok, found.error
    report = audit_tiles(FileSystemTileReader(folder), found.size, found.root)
    return {"size": report.size, "tiles": report.tiles, "bundles": report.bundles}


def sd_jwt() -> dict[str, object]:
    """Each leaf's own bytes as the payload of a signed token: what the reference implementation discloses of it."""
    from jwcrypto.jwk import JWK
    from jwcrypto.jws import JWS
    from sd_jwt.verifier import SDJWTVerifier

    key = JWK.generate(kty="oct", size=256)
    told = []
    for line in sys.stdin:
        asked = json.loads(line)
        token = JWS(asked["leaf"].encode())
        token.add_signature(key, None, json.dumps({"alg": "HS256", "typ": "example+sd-jwt"}), None)
        presented = "~".join([token.serialize(compact=True), *asked["disclosures"], ""])
        assert presented.split(".")[1] == urlsafe_b64encode(asked["leaf"].encode()).rstrip(b"=").decode()
        told.append(SDJWTVerifier(presented, lambda *_: key).get_verified_payload())
    return {"payloads": told}


if __name__ == "__main__":
    judges = {"tlog-scales": tlog_scales, "aics-tlog": aics_tlog, "sd-jwt": sd_jwt}
    print(json.dumps(judges[sys.argv[1]](*sys.argv[2:])))
