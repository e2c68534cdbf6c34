"""The evidence pack: checked by our verifier, and by hand with OpenSSL and coreutils alone."""

import pytest

from emdia.audit.leaf import make_leaf
from emdia.audit.note import ED25519, Verifier
from emdia.audit.pack import PackRefusedError, check_pack, make_pack
from emdia.audit.proof import Proof
from emdia.audit.tiles import Tree
from emdia.audit.tree import inclusion_proof
from tests.fakes.house import ANS, JOURNAL, SeededRandomness
from tests.fakes.sealed_log import SealedLog

VALUES = [("canal", "email"), ("valor", 12345), ("texto", 'Acordo à vista, "ok"')]


def packs(size, index, reveal=slice(None)):
    log = SealedLog()
    facts = log.facts(size)
    leaf = make_leaf(facts[index].id, "outreach.queued", "2026-11-23T15:00:00.000Z", VALUES, SeededRandomness(5))
    row = log.house.dynamodb.tables[JOURNAL].items[f"{ANS}#EVT#{facts[index].id}"]["E"]
    row["leaf"] = {"B": leaf.body}
    facts[index] = type(facts[index])(facts[index].id, leaf.body, facts[index].opening)
    log.worker().seal(facts)
    files = log.objects()
    proof = Proof(index, tuple(inclusion_proof(Tree(size, files.__getitem__).node, index, size)), files["checkpoint"])
    return make_pack(leaf.body, proof, log.verifier, leaf.disclosures[reveal]), log


@pytest.fixture(scope="module")
def pack():
    return packs(300, 137)[0]


def test_a_pack_says_what_was_disclosed_and_where_it_stands(pack):
    checkpoint, values = check_pack(pack)
    assert (checkpoint.size, values) == (300, dict(VALUES))


@pytest.mark.parametrize(("size", "index"), [(1, 0), (2, 1), (3, 2), (7, 3), (257, 256), (300, 137)])
def test_it_is_checked_by_hand_in_an_empty_folder(by_hand, size, index):
    pack, log = packs(size, index)
    code, said, _ = by_hand(pack)
    assert code == 0, said
    assert f"O evento consta do registro {log.origin}, posição {index} de {size}." in said
    assert '"canal","email"]' in said
    assert "12345]" in said


def test_nothing_need_be_revealed(by_hand):
    pack, _ = packs(5, 2, slice(0))
    assert check_pack(pack)[1] == {}
    assert by_hand(pack)[0] == 0


@pytest.mark.parametrize("name", ["evento.json", "prova.tlog-proof", "divulgacoes.txt", "chave.der"])
@pytest.mark.parametrize("place", [0.3, 0.6, 0.95])
def test_a_flipped_bit_fails_by_hand_and_by_program(pack, by_hand, name, place):
    body = bytearray(pack[name])
    body[int(len(body) * place)] ^= 1
    broken = {**pack, name: bytes(body)}
    with pytest.raises(PackRefusedError):
        check_pack(broken)
    assert by_hand(broken)[0] != 0


@pytest.mark.parametrize(
    ("old", "new"), [(b"@v1", b"@v2"), (b"index 137", b"index 136"), (b"\n\n", b"\n" + b"A" * 43 + b"=\n\n")]
)
def test_another_format_place_or_length_fails_by_hand_and_by_program(pack, by_hand, old, new):
    broken = {**pack, "prova.tlog-proof": pack["prova.tlog-proof"].replace(old, new, 1)}
    with pytest.raises(PackRefusedError):
        check_pack(broken)
    assert by_hand(broken)[0] != 0


@pytest.mark.parametrize("name", ["evento.json", "prova.tlog-proof", "divulgacoes.txt", "chaves.txt", "chave.der"])
def test_an_incomplete_pack_is_refused(pack, name):
    with pytest.raises(PackRefusedError, match=f"missing.* {name}"):
        check_pack({one: body for one, body in pack.items() if one != name})


def test_a_pack_under_another_key_than_the_published_one_is_refused(pack):
    with pytest.raises(PackRefusedError, match="key"):
        check_pack(pack, Verifier("auditoria.emdia-test/123456/contato/2026", ED25519, bytes(32)))


def test_a_pack_that_would_not_verify_is_not_made(pack):
    log = SealedLog()
    log.worker().seal(log.facts(2))
    with pytest.raises(PackRefusedError):
        make_pack(pack["evento.json"], Proof(0, (bytes(32),), log.objects()["checkpoint"]), log.verifier)
