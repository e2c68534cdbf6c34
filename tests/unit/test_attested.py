"""Proofs under what the witness cosigned and an authority stamped: made, checked by program and by hand."""

import subprocess
import sys

import pytest

from emdia.audit.attested import Under, attested
from emdia.audit.pack import PackRefusedError, check_pack, make_pack
from emdia.audit.prove import Prover
from emdia.audit.stamp import ROOTS, TOKEN
from emdia.audit.witness import folder_of
from emdia.aws.log_reader import S3LogReader
from emdia.providers.tsa import HttpAuthority
from infra.bundle import ROOT
from infra.local.sandbox.tsa import TimestampServer
from tests.fakes.house import AUDIT
from tests.fakes.witness import WITNESS, WitnessHouse


@pytest.fixture(scope="module")
def world():
    """300 entries cosigned and stamped, 50 more cosigned, 50 more seen by nobody."""
    made = WitnessHouse()
    worker = made.log.worker()
    with TimestampServer() as server:
        made.authority = HttpAuthority(server.url, server.authority.roots.encode())
        worker.seal(made.log.facts(300))
        made.look()
        made.stamp()
        worker.seal(made.log.facts(50))
        made.look()
        worker.seal(made.log.facts(50))
        yield made


def seen(world, index):
    return attested(S3LogReader(world.s3, WITNESS, folder_of(world.log.origin)), index)


def packed(world, index):
    found = seen(world, index)
    reader = Under(S3LogReader(world.s3, AUDIT, world.log.origin), found.note)
    leaf, proof = Prover(reader, world.log.verifier).entry(index)
    return make_pack(leaf, proof, world.log.verifier, [], [found.witness], found.stamp)


@pytest.mark.parametrize(("index", "stamped"), [(0, True), (299, True), (300, False), (349, False)])
def test_a_proof_is_made_under_the_newest_stamped_checkpoint_that_holds_the_event_else_the_cosigned_one(
    world, index, stamped
):
    pack = packed(world, index)
    assert check_pack(pack)[0].size == (300 if stamped else 350)
    assert (TOKEN in pack, ROOTS in pack, "testemunha.der" in pack) == (stamped, stamped, True)


def test_what_nobody_has_seen_yet_is_attested_by_nobody(world):
    assert seen(world, 350) is None
    assert attested(S3LogReader(world.s3, WITNESS, "0" * 64), 0) is None


def test_cosignature_and_stamp_are_checked_by_hand_and_by_the_expert_s_program(world, by_hand):
    code, said, folder = by_hand(packed(world, 137))
    assert code == 0, said
    assert "Testemunha testemunha.emdia-test:" in said
    assert "Time stamp:" in said
    command = [sys.executable, str(ROOT / "docs" / "verificar_prova.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Carimbo do tempo: confere" in done.stdout


@pytest.mark.parametrize("name", ["testemunha.der", TOKEN, ROOTS, "chaves.txt"])
def test_one_flipped_bit_of_what_attests_fails_by_hand_and_by_program(world, by_hand, name):
    pack = packed(world, 137)
    body = bytearray(pack[name])
    body[len(body) * 3 // 4] ^= 1
    broken = {**pack, name: bytes(body)}
    with pytest.raises(PackRefusedError):
        check_pack(broken)
    assert name == "chaves.txt" or by_hand(broken)[0] != 0  # by hand the keys are read as DER


def test_a_stamp_of_another_checkpoint_or_without_its_roots_is_refused(world):
    stamped, later = packed(world, 137), packed(world, 349)
    for broken in ({**later, TOKEN: stamped[TOKEN], ROOTS: stamped[ROOTS]}, {**later, TOKEN: stamped[TOKEN]}):
        with pytest.raises(PackRefusedError):
            check_pack(broken)
