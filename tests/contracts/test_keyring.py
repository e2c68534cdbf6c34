"""Keys: racing creators end with the same key, KMS is asked once in five minutes, pseudonyms last for ever."""

import pytest

from emdia.errors import Halted, Rejected, TryLater
from emdia.ports import KeyClass
from emdia.state import Subject
from tests.fakes.faults import client_error, throttling
from tests.fakes.house import ANS, CMK, KEYS

WANTED = [(Subject(f"{n:032x}"), KeyClass.CADASTRO) for n in range(3)]


def secrets(keys):
    return {wanted[0].id: key.secret for wanted, key in keys.items()}


def other_worker(house):
    ours = house.keyring
    house.restart()
    theirs, house.keyring = house.keyring, ours
    return theirs


def test_keys_made_once_are_the_same_for_every_worker(house):
    made = secrets(house.keyring.ensure(ANS, WANTED))
    assert len(set(made.values())) == 3
    house.restart()
    assert secrets(house.keyring.ensure(ANS, WANTED)) == made
    assert secrets(house.keyring.keys(ANS, WANTED)) == made


def test_racing_creators_of_subject_keys_end_with_the_same(house):
    theirs = other_worker(house)
    house.keyring.class_key(ANS, KeyClass.CADASTRO, create=True)
    winner = {}
    house.dynamodb.before_write = lambda: winner.update(secrets(theirs.ensure(ANS, WANTED[:2])))
    ours = secrets(house.keyring.ensure(ANS, WANTED))
    assert winner.items() <= ours.items()
    assert secrets(theirs.keys(ANS, WANTED)) == ours


def test_racing_creators_of_a_class_key_end_with_the_same(house):
    theirs = other_worker(house)
    winner = []
    house.dynamodb.before_write = lambda: winner.append(theirs.class_key(ANS, "saude", create=True))
    ours = house.keyring.class_key(ANS, "saude", create=True)
    assert (ours.kid, ours.secret) == (winner[0].kid, winner[0].secret)


@pytest.mark.parametrize("landed", [False, True])
def test_a_lost_answer_while_making_keys_changes_nothing(house, landed):
    house.keyring.class_key(ANS, KeyClass.CADASTRO, create=True)
    house.faults.fail("TransactWriteItems", landed=landed)
    made = secrets(house.keyring.ensure(ANS, WANTED))
    house.restart()
    assert secrets(house.keyring.keys(ANS, WANTED)) == made


def test_making_keys_gives_up_in_time(house):
    house.keyring.class_key(ANS, KeyClass.CADASTRO, create=True)
    for call in range(1, 9):
        house.faults.fail("TransactWriteItems", call=call)
    with pytest.raises(TryLater):
        house.keyring.ensure(ANS, WANTED)


def test_kms_is_asked_once_in_five_minutes_for_a_class(house):
    house.keyring.ensure(ANS, WANTED)
    house.restart()
    house.faults.requests.clear()
    for _ in range(3):
        house.keyring.keys(ANS, WANTED)
    assert house.faults.requests["kms", "Decrypt"] == 1
    assert house.faults.requests["dynamodb", "BatchGetItem"] == 1
    house.clock.move(minutes=5)
    house.keyring.keys(ANS, WANTED)
    assert house.faults.requests["kms", "Decrypt"] == 2


def test_operators_share_no_key(house):
    ours = secrets(house.keyring.ensure(ANS, WANTED))
    theirs = secrets(house.keyring.ensure("654321", WANTED))
    assert not set(ours.values()) & set(theirs.values())


def test_no_key_lies_in_the_table_in_clear(house):
    keys = house.keyring.ensure(ANS, WANTED)
    stored = repr(house.dynamodb.stored(KEYS)).encode().decode("unicode_escape").encode("latin-1", "replace")
    shown = repr(house.keyring.class_key(ANS, KeyClass.CADASTRO)).encode() + repr(list(keys.values())).encode()
    for key in keys.values():
        assert key.secret not in stored
        assert repr(key.secret).encode() not in shown


def test_a_key_moved_to_another_subject_does_not_open(house):
    house.keyring.ensure(ANS, WANTED[:2])
    house.keyring.ensure("654321", WANTED[:1])
    rows = {row["pk"]["S"]: row for row in house.dynamodb.stored(KEYS)}
    foreign = rows[f"654321#S#{WANTED[0][0].id}"]
    forged = {**foreign, "pk": {"S": f"{ANS}#S#{WANTED[1][0].id}"}}
    house.dynamodb.put_item(TableName=KEYS, Item=forged, ConditionExpression="attribute_exists(pk)")
    house.restart()
    with pytest.raises(Halted):
        house.keyring.keys(ANS, WANTED[1:2])


def test_trouble_with_kms(house):
    house.faults.fail("GenerateDataKey", error=throttling)
    with pytest.raises(TryLater):
        house.keyring.ensure(ANS, WANTED)
    house.faults.fail("GenerateDataKey", error=lambda operation: client_error("AccessDeniedException", operation))
    with pytest.raises(Halted):
        house.keyring.ensure(ANS, WANTED)


def test_a_pseudonym_is_for_ever_and_apart_by_operator_and_kind(house):
    first = house.pseudonyms.of(ANS, "contract", "CT-1")
    house.restart()
    house.clock.move(days=400)
    assert house.pseudonyms.of(ANS, "contract", "CT-1") == first
    others = [house.pseudonyms.of(*args) for args in ((ANS, "cpf", "CT-1"), ("654321", "contract", "CT-1"))]
    assert len({first, *others}) == 3
    assert len(first) == 32
    assert int(first, 16) >= 0


def test_a_token_carries_its_text_and_cannot_be_made_by_others(house):
    house.pseudonyms.of(ANS, "contract", "CT-1")
    token = house.pseudonyms.seal_token(ANS, "abc|email")
    assert house.pseudonyms.open_token(token) == (ANS, "abc|email")
    assert token == house.pseudonyms.seal_token(ANS, "abc|email")
    ans, body, mac = token.split(".")
    wrong = [f"{ans}.{body}.{mac[:-1]}{'A' if mac[-1] != 'A' else 'Q'}", f"{ans}.YWJk.{mac}", f"654321.{body}.{mac}"]
    for bad in (
        *wrong,
        "",
        "a.b.c",
        f"{ans}.{body}",
        f"{ans}.!.{mac}",
        f"{ans}._w.{mac}",
        f"{ans}.A.{mac}",
        token + "\n",
    ):
        with pytest.raises(Rejected, match="token-invalid"):
            house.pseudonyms.open_token(bad)


def test_a_stranger_s_token_makes_no_operator(house):
    with pytest.raises(Rejected):
        house.pseudonyms.open_token(f"999999.YWJj.{'A' * 22}")
    assert house.dynamodb.stored(KEYS) == []


def test_the_memory_kms_is_strict_about_key_and_context():
    from tests.fakes.faults import Faults
    from tests.fakes.kms import MemoryKms

    kms = MemoryKms(Faults(), CMK)
    made = kms.generate_data_key(KeyId=CMK, KeySpec="AES_256", EncryptionContext={"operadora": ANS, "classe": "a"})
    blob = made["CiphertextBlob"]
    same = kms.decrypt(CiphertextBlob=blob, KeyId=CMK, EncryptionContext={"operadora": ANS, "classe": "a"})
    assert same["Plaintext"] == made["Plaintext"]
    with pytest.raises(Exception, match="InvalidCiphertext"):
        kms.decrypt(CiphertextBlob=blob, KeyId=CMK, EncryptionContext={"operadora": ANS, "classe": "b"})
