"""What a leaf says of an item's content: to the byte, and of nothing but what the item holds."""

import json
from base64 import urlsafe_b64encode
from copy import deepcopy
from hashlib import sha256

import pytest

from emdia.audit.leaf import make_leaf
from emdia.aws.content import content_of, salted
from tests.fakes.house import SeededRandomness
from tests.unit.test_leaf import FACT, KIND, TS, Zeros

ITEM = {
    "pk": {"S": "123456#C#c1"},
    "sk": {"S": "CASE"},
    "v": {"N": "3"},
    "d": {"S": '{"a":"é"}'},
    "x": {"B": b"\x00\x01"},
}


def b64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def test_the_digest_to_the_byte():
    item = deepcopy(ITEM)
    digest = salted(item, Zeros())
    told = b'd S 10 {"a":"\xc3\xa9"}pk S 11 123456#C#c1sk S 4 CASEv N 1 3x B 2 \x00\x01'
    disclosure = json.dumps(
        ["A" * 22, "conteudo 123456#C#c1|CASE", b64(sha256(told).digest())], separators=(",", ":")
    ).encode()
    assert digest == b64(sha256(b64(disclosure).encode()).digest())
    assert item["salt"] == {"B": bytes(16)}


def test_it_stands_among_the_leaf_s_other_digests_in_their_order():
    digest = salted(deepcopy(ITEM), SeededRandomness(1))
    alone = json.loads(make_leaf(FACT, KIND, TS, [("ver", 3)], Zeros()).body)["_sd"]
    both = json.loads(make_leaf(FACT, KIND, TS, [("ver", 3)], Zeros(), [digest]).body)["_sd"]
    assert both == sorted([*alone, digest])


def test_its_leaf_s_hash_is_no_part_of_it():
    item = deepcopy(ITEM)
    digest = salted(item, Zeros())
    assert content_of(item | {"last": {"S": "ab" * 32}}) == digest


@pytest.mark.parametrize(
    "change",
    [
        {"v": {"N": "4"}},
        {"v": {"S": "3"}},
        {"d": {"S": '{"a":"e"}'}},
        {"x": {"B": b"\x00\x02"}},
        {"sk": {"S": "CASE2"}},
        {"agenda_at": {"S": "2026"}},
        {"salt": {"B": b"1" * 16}},
        {"d": {"S": '{"a":"é"}pk S 11 123456#C#c1'}},
    ],
)
def test_whatever_is_changed_makes_another_digest(change):
    item = deepcopy(ITEM)
    digest = salted(item, Zeros())
    assert content_of(item) == digest
    assert content_of(item | change) != digest


def test_without_a_salt_there_is_no_digest_that_a_leaf_could_carry():
    assert content_of(ITEM) == ""


def test_the_same_content_twice_tells_nobody_that_it_is_the_same():
    random = SeededRandomness(1)
    assert salted(deepcopy(ITEM), random) != salted(deepcopy(ITEM), random)
