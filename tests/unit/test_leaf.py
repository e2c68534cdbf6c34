"""Leaf and opening to the byte."""

import json
from base64 import urlsafe_b64decode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.audit.leaf import MAX_LEAF_BYTES, MAX_OPENING_BYTES, canonical, make_leaf, seal_opening
from emdia.aws.keyring import DataKey
from emdia.errors import Halted

FACT, KIND, TS = "ab" * 16, "outreach.queued", "2026-11-23T17:26:42.907Z"


class Zeros:
    """Salts and nonces of zeros: bytes to compare with."""

    def token(self, size):
        return bytes(size)


def unpad(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_leaf_to_the_byte():
    """Digests made apart with `printf %s DISCLOSURE | openssl dgst -sha256 -binary | basenc --base64url`."""
    leaf = make_leaf(FACT, KIND, TS, [("titular", "José"), ("ver", 3)], Zeros())
    assert leaf.disclosures == (
        "WyJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwidGl0dWxhciIsIkpvc8OpIl0",
        "WyJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwidmVyIiwzXQ",
    )
    assert [unpad(one).decode() for one in leaf.disclosures] == [
        '["AAAAAAAAAAAAAAAAAAAAAA","titular","José"]',
        '["AAAAAAAAAAAAAAAAAAAAAA","ver",3]',
    ]
    assert leaf.body.decode() == (
        '{"_sd":["26WYrj-xGp1yJVuwDsxOYz3nZiW3qR_RxCyH9eOL3bM","Fi9vXnQAD8qqxmFJNdb7lBxLLTfqUqwAm3K78vvSPvk"],'
        f'"_sd_alg":"sha-256","id":"{FACT}","kind":"{KIND}","ts":"{TS}","v":1}}'
    )
    assert leaf.hash == sha256(b"\x00" + leaf.body).hexdigest()


def test_digests_are_those_of_rfc_9901_and_sorted():
    leaf = make_leaf(FACT, KIND, TS, [(name, name.upper()) for name in "abcdefgh"], Zeros())
    told = json.loads(leaf.body)
    assert told["_sd"] == sorted(told["_sd"])
    digests = {sha256(one.encode("ascii")).digest() for one in leaf.disclosures}
    assert {unpad(one) for one in told["_sd"]} == digests


def test_a_leaf_without_values():
    assert json.loads(make_leaf(FACT, KIND, TS, [], Zeros()).body)["_sd"] == []


def test_the_disclosure_vector_of_rfc_9901():
    """RFC 9901 §4.2.1 leaves JSON spacing free and §4.2.3 hashes its own: the digest of theirs must be ours."""
    theirs = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert json.loads(unpad(theirs)) == ["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]
    digest = sha256(theirs.encode("ascii")).digest()
    assert digest == unpad("X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # RFC 8785 §3.2.2.2 and its examples, as far as strings and integers go.
        ({"b": 2, "a": 1}, '{"a":1,"b":2}'),
        ({"x": '€$\u000f\nA\'B"\\\\"/'}, '{"x":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'),
        ({"x": "\b\f\t\r\u001f\u007f\u2028é😀"}, '{"x":"\\b\\f\\t\\r\\u001f\u007f\u2028é😀"}'),
        ({"\r": 1, "1": 2, "\u0080": 3, "ö": 4, "€": 5}, '{"\\r":1,"1":2,"\u0080":3,"ö":4,"€":5}'),
        ({"n": [0, -1, 9007199254740991]}, '{"n":[0,-1,9007199254740991]}'),
    ],
)
def test_canonical_json(value, text):
    assert canonical(value) == text


@given(st.dictionaries(st.text(st.characters(max_codepoint=0xD7FF)), st.text() | st.integers(-(2**53) + 1, 2**53 - 1)))
def test_canonical_json_reads_back_and_is_stable(value):
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text
    assert list(json.loads(text)) == sorted(value, key=lambda key: key.encode("utf-16-be"))


@pytest.mark.parametrize(
    "values",
    [
        [("a", 1), ("a", 2)],
        [("_sd", "x")],
        [("id", "x")],
        [("v", 1)],
        [("...", "x")],
        [("n", 2**53)],
        [("n", -(2**53))],
        [("n", True)],
        [("n", 1.5)],
        [("n", None)],
        [("n", "\ud800")],
    ],
)
def test_what_readers_could_read_differently_is_refused(values):
    with pytest.raises(Halted):
        make_leaf(FACT, KIND, TS, values, Zeros())


def test_a_leaf_has_at_most_65535_bytes():
    def of(count):
        return make_leaf(FACT, KIND, TS, [(f"n{i}", i) for i in range(count)], Zeros())

    assert len(of(1_420).body) <= MAX_LEAF_BYTES
    with pytest.raises(Halted, match="leaf of"):
        of(1_430)


def test_an_opening_seals_each_subject_under_its_own_key():
    first, second = DataKey.of("k1", b"1" * 32), DataKey.of("k2", b"2" * 32)
    opening = seal_opening(FACT, [(first, ("d1", "d2")), (second, ("d3",))], Zeros())
    told = json.loads(opening)
    assert told["id"] == FACT
    assert [item["kid"] for item in told["op"]] == ["k1", "k2"]
    sealed = [unpad(item["ct"]) for item in told["op"]]
    assert first.open(sealed[0], f"{FACT}|k1".encode()) == b"d1~d2"
    assert second.open(sealed[1], f"{FACT}|k2".encode()) == b"d3"
    for aad in (f"{FACT}|k2", f"{'cd' * 16}|k1"):
        with pytest.raises(Halted):
            first.open(sealed[0], aad.encode())
    with pytest.raises(Halted):
        second.open(sealed[0], f"{FACT}|k1".encode())


def test_every_salt_and_nonce_is_fresh():
    class Counting:
        def __init__(self):
            self.asked = []

        def token(self, size):
            self.asked.append(size)
            return bytes((i * 7 + len(self.asked)) % 256 for i in range(size))

    randomness = Counting()
    leaf = make_leaf(FACT, KIND, TS, [("a", "x"), ("b", "x"), ("c", "x")], randomness)
    salts = {json.loads(unpad(one))[0] for one in leaf.disclosures}
    assert len(salts) == 3
    assert all(len(salt) == 22 for salt in salts)
    key = DataKey.of("k", b"1" * 32)
    seal_opening(FACT, [(key, ("a",)), (key, ("a",))], randomness)
    assert randomness.asked == [48, 24]


def test_an_opening_the_log_could_never_take_is_refused_where_it_is_made():
    key = DataKey.of("k1", b"1" * 32)
    assert len(seal_opening(FACT, [(key, ("a" * 49_000,))], Zeros())) <= MAX_OPENING_BYTES
    with pytest.raises(Halted, match="opening of"):
        seal_opening(FACT, [(key, ("a" * 49_200,))], Zeros())
