"""ports.Documents, the same over the fakes and over moto."""

from dataclasses import replace

import pytest

from emdia.errors import Halted, Rejected, TryLater
from emdia.facts import LogClass
from emdia.portfolio.document import Kept
from emdia.state import Subject
from tests.fakes.faults import client_error, closed
from tests.fakes.house import ANS, DOCUMENTS, KEYS
from tests.fakes.s3 import MemoryS3

PERSON, OTHER = Subject("p1"), Subject("p2")
BODY = "Notificação de Maria".encode()


@pytest.fixture
def documents(house):
    house.ledger().ensure_keys([(one, LogClass.CONTATO) for one in (PERSON, OTHER)])
    return house.documents


def keep(documents, subject=PERSON, body=BODY) -> Kept:
    return documents.keep(ANS, subject, LogClass.CONTATO, body)


def stored(house, kept):
    name = f"{ANS}/{kept.ref}"
    if isinstance(house.s3, MemoryS3):
        (version,) = house.s3.versions[name]
        return version.body, version.until
    answer = house.s3.get_object(Bucket=DOCUMENTS, Key=name)
    assert answer["ObjectLockMode"] == "COMPLIANCE"
    return answer["Body"].read(), answer["ObjectLockRetainUntilDate"]


def test_what_is_kept_is_read_back(documents):
    assert documents.open(ANS, PERSON, keep(documents)) == BODY


def test_it_lies_sealed_under_a_lock_until_its_class_s_date(house, documents):
    kept = keep(documents)
    body, until = stored(house, kept)
    assert b"Maria" not in body
    assert until.isoformat() == "2031-12-31T23:59:59+00:00"
    assert kept.sha256 not in kept.ref


def test_the_same_file_twice_is_one_object(house, documents):
    first = keep(documents)
    assert keep(documents) == first
    stored(house, first)
    assert keep(documents, body=BODY + b"!").ref != first.ref


def test_the_same_bytes_of_two_people_are_two_objects(documents):
    assert keep(documents, OTHER).ref != keep(documents).ref


def test_deleting_the_key_forgets_the_document(house, documents):
    kept = keep(documents)
    house.dynamodb.transact_write_items(
        TransactItems=[
            {
                "Delete": {
                    "TableName": KEYS,
                    "Key": {"pk": {"S": f"{ANS}#S#p1"}, "sk": {"S": "contato"}},
                    "ConditionExpression": "attribute_exists(pk)",
                }
            }
        ]
    )
    house.restart()
    for touch in (lambda: house.documents.open(ANS, PERSON, kept), lambda: keep(house.documents)):
        with pytest.raises(Rejected) as refused:
            touch()
        assert refused.value.code == "subject-forgotten"
    house.ledger().ensure_keys([(PERSON, LogClass.CONTATO)])
    with pytest.raises(Halted):
        house.documents.open(ANS, PERSON, kept)


def test_what_is_not_what_was_kept_halts(documents):
    kept = keep(documents)
    with pytest.raises(Halted):
        documents.open(ANS, PERSON, replace(kept, sha256="0" * 64))
    with pytest.raises(Halted):
        documents.open(ANS, PERSON, replace(kept, ref="contato/nothing"))
    with pytest.raises(Halted):
        documents.open(ANS, OTHER, kept)


@pytest.mark.parametrize("landed", [False, True])
def test_no_answer_is_never_taken_for_one(house, documents, landed):
    house.faults.fail("PutObject", landed=landed, error=closed)
    with pytest.raises(TryLater):
        keep(documents)
    assert documents.open(ANS, PERSON, keep(documents)) == BODY
    house.faults.fail("GetObject", error=closed)
    with pytest.raises(TryLater):
        documents.open(ANS, PERSON, keep(documents))


def test_two_writers_at_once_try_again(house, documents):
    conflict = client_error("ConditionalRequestConflict", "PutObject", status=409)
    house.faults.fail("PutObject", error=lambda _: conflict)
    with pytest.raises(TryLater):
        keep(documents)
