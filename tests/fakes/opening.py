"""Opens what was sealed into the journal, as legal would: from the stored row and the subjects' keys alone."""

import json
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Any

from emdia.state import Subject
from tests.fakes.house import House


def unpad(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def disclosed(house: House, ans: str, row: dict[str, Any], *subjects: Subject) -> dict[str, Any]:
    """Values of a fact row that the keys of `subjects` open, each checked against the leaf's digests."""
    leaf, opening = json.loads(row["leaf"]["B"]), json.loads(row["op"]["S"])
    keys = house.keyring.keys(ans, [(subject, row["class"]["S"]) for subject in subjects])
    by_kid = {key.kid: key for key in keys.values()}
    values = {}
    for item in opening["op"]:
        if item["kid"] not in by_kid:
            continue
        text = by_kid[item["kid"]].open(unpad(item["ct"]), f"{opening['id']}|{item['kid']}".encode()).decode()
        for disclosure in text.split("~"):
            digest = sha256(disclosure.encode()).digest()
            assert digest in {unpad(one) for one in leaf["_sd"]}, "a disclosure the leaf does not know"
            _, name, value = json.loads(unpad(disclosure))
            values[name] = value
    return values
