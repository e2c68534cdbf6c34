"""The one-file verifier for a court expert: what it accepts, and what it calls each kind of tampering."""

import ast
import importlib.util
import io
import re
import shutil
import subprocess
import sys
import zipfile
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from emdia.audit.leaf import b64url
from emdia.audit.note import COSIGNATURE, ED25519, Verifier, cosigned, parse_note, parse_vkey
from emdia.audit.stamp import ROOTS, TOKEN, query_for, stamped_bytes
from infra.bundle import ROOT
from infra.local.sandbox.tsa import Authority
from tests.unit.test_note import WITNESS, WITNESS_KEY
from tests.unit.test_pack import VALUES, packs

FILE = ROOT / "docs/verificar_prova.py"


def _runs(python):
    return shutil.which(python) and subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


OLD_PYTHONS = [python for python in ("python3.8", "python3.9", "python3.10") if _runs(python)]


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("verificar_prova", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pack():
    return packs(300, 137)[0]


@pytest.fixture(scope="module")
def witnessed(pack):
    """The same with a cosignature, the witness's key beside the log's."""
    head, _, raw = pack["prova.tlog-proof"].partition(b"\n\n")
    note, seconds = parse_note(raw), 1_790_000_000
    signed = WITNESS_KEY.sign(f"cosignature/v1\ntime {seconds}\n{note.text}".encode())
    proof = head + b"\n\n" + cosigned(note, WITNESS, seconds, signed).encode()
    return {**pack, "prova.tlog-proof": proof, "chaves.txt": pack["chaves.txt"] + WITNESS.vkey.encode() + b"\n"}


def run(folder, *words, python=sys.executable):
    done = subprocess.run(
        [python, FILE, folder, *words], capture_output=True, text=True, check=False, cwd=folder.parent
    )
    return done.returncode, done.stdout, done.stderr


def lay(folder, pack):
    folder.mkdir(exist_ok=True)
    for name, body in pack.items():
        (folder / name).write_bytes(body)
    return folder


def flip(body, at):
    changed = bytearray(body)
    changed[at] ^= 1
    return bytes(changed)


def resigned(pack, key, name=None):
    """The same checkpoint by another hand."""
    head, _, raw = pack["prova.tlog-proof"].partition(b"\n\n")
    note = parse_note(raw)
    own = parse_vkey(pack["chaves.txt"].decode())
    other = Verifier(name or own.name, ED25519, key.public_key().public_bytes_raw())
    line = f"\u2014 {other.name} {b64encode(other.key_id + key.sign(note.text.encode())).decode()}\n"
    return {**pack, "prova.tlog-proof": head + f"\n\n{note.text}\n{line}".encode()}, other


def test_it_accepts_a_pack_as_a_folder_and_as_a_zip_of_either_shape(pack, tmp_path):
    folder = lay(tmp_path / "prova", pack)
    vkey = pack["chaves.txt"].decode().strip()
    code, out, err = run(folder, "--chave", vkey)
    assert (code, err) == (0, "")
    assert out.startswith("A PROVA CONFERE: o evento ")
    assert "posição 137 de 300" in out
    assert '  texto: Acordo à vista, "ok"\n' in out
    assert f"Valores revelados: {len(VALUES)} de {len(VALUES)}." in out
    assert "compare-a" not in out
    for inside in ("", "prova/"):
        archive = tmp_path / f"p{len(inside)}.zip"
        with zipfile.ZipFile(archive, "w") as made:
            for name, body in pack.items():
                made.writestr(inside + name, body)
        code, out, _ = run(archive)
        assert code == 0
        assert "compare-a" in out


def test_it_checks_witnesses(witnessed, tmp_path):
    folder = lay(tmp_path / "prova", witnessed)
    code, out, _ = run(folder, "--testemunha", WITNESS.vkey)
    assert code == 0
    assert (
        out.count(f"Testemunha {WITNESS.name}: confere, {datetime.fromtimestamp(1_790_000_000, UTC).isoformat()}.") == 1
    )


@pytest.mark.skipif(not OLD_PYTHONS, reason="no Python older than ours on this machine")
@pytest.mark.parametrize("python", OLD_PYTHONS or [""])
def test_it_runs_on_the_oldest_python_it_names(pack, tmp_path, python):
    code, out, err = run(lay(tmp_path / "prova", pack), python=python)
    assert (code, err, out[:15]) == (0, "", "A PROVA CONFERE")


def test_it_is_python_3_8_and_needs_the_standard_library_alone():
    tree = ast.parse(FILE.read_text(), feature_version=(3, 8))
    named = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    named |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} <= set(sys.stdlib_module_names)


def _proof(old, new):
    return lambda pack: {**pack, "prova.tlog-proof": pack["prova.tlog-proof"].replace(old, new, 1)}


def _file(name, change):
    return lambda pack: {**pack, name: change(pack[name])}


def _note_size(pack):
    return {**pack, "prova.tlog-proof": pack["prova.tlog-proof"].replace(b"\n300\n", b"\n301\n")}


STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER_EVENT = packs(300, 138)[0]["evento.json"]
TWICE = b64url(b'["salt","kind","outreach.read"]')
TAMPERED = {
    "arquivo-ausente": lambda pack: {name: body for name, body in pack.items() if name != "divulgacoes.txt"},
    "arquivo-grande": _file("divulgacoes.txt", lambda _: b"x" * 9_000_000),
    "chave-malformada 1": _file("chaves.txt", lambda body: body.replace(b"+", b"-")),
    "chave-malformada 2": _file("chaves.txt", lambda body: flip(body, body.index(b"+") + 2)),
    "chave-malformada 3": _file("chaves.txt", lambda body: body + body),
    "chave-malformada 4": _file("chaves.txt", lambda _: b""),
    "origem-diferente": _file("chaves.txt", lambda _: Verifier("outro", ED25519, bytes(32)).vkey.encode()),
    "prova-malformada 1": _proof(b"@v1", b"@v2"),
    "prova-malformada 2": _proof(b"index 137", b"index 0137"),
    "prova-malformada 3": _proof(b"=\n", b"\n"),
    "prova-malformada 4": _file("prova.tlog-proof", lambda body: b"\xff" + body),
    "cabecalho-malformado 1": _proof(b"\n300\n", b"\n+300\n"),
    "cabecalho-malformado 2": _proof(b"\n300\n", b"\n300\nmais\n"),
    "cabecalho-malformado 3": _file("prova.tlog-proof", lambda body: body[:-1]),
    "cabecalho-malformado 4": _file("prova.tlog-proof", lambda body: body.replace(b"\xe2\x80\x94 ", b"- ")),
    "assinatura 1": _note_size,
    "assinatura 2": lambda pack: resigned(pack, STRANGER)[0],
    "assinatura 3": _file("prova.tlog-proof", lambda body: body + body[body.rindex(b"\xe2\x80\x94") :]),
    "evento-malformado 1": _file("evento.json", lambda body: body[:-1]),
    "evento-malformado 2": _file("evento.json", lambda body: body.replace(b'"v":1', b'"w":1')),
    "inclusao 1": _file("evento.json", lambda body: body.replace(b"queued", b"failed")),
    "inclusao 2": _file("evento.json", lambda body: body + b"\n"),
    "inclusao 3": lambda pack: {**pack, "evento.json": OTHER_EVENT, "divulgacoes.txt": b""},
    "inclusao 4": _proof(b"index 137", b"index 136"),
    "inclusao 5": _proof(b"index 137", b"index 300"),
    "inclusao 6": _proof(b"\n\n", b"\n" + b64encode(bytes(32)) + b"\n\n"),
    "inclusao 7": _file("prova.tlog-proof", lambda body: b"\n".join(body.split(b"\n")[:2] + body.split(b"\n")[3:])),
    "divulgacao-estranha 1": _file("divulgacoes.txt", lambda body: flip(body, 5)),
    "divulgacao-estranha 2": _file("divulgacoes.txt", lambda body: body + b"~" + TWICE.encode()),
    "divulgacao-estranha 3": _file("divulgacoes.txt", lambda body: body + b"~"),
    "divulgacao-repetida": _file("divulgacoes.txt", lambda body: body + b"~" + body.split(b"~")[0]),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAMPERED)
def test_every_kind_of_tampering_is_called_by_its_name(program, pack, kind):
    tampered = TAMPERED[kind](pack)
    with pytest.raises(program.Recusada) as refused:
        program.conferir(tampered, "", [])
    assert refused.value.tipo == kind.split(" ")[0]


def test_the_first_line_of_a_refusal_names_the_kind(pack, tmp_path):
    for kind in ("arquivo-grande", "inclusao 1"):
        code, out, err = run(lay(tmp_path / "prova", TAMPERED[kind](pack)))
        assert (code, out) == (1, "")
        assert err.startswith(f"A PROVA NÃO CONFERE [{kind.split(' ')[0]}]: ")
    assert run(tmp_path / "nothing")[2].startswith("A PROVA NÃO CONFERE [zip]")


def test_a_file_that_is_there_twice_is_refused(program, pack, tmp_path):
    """Two readers of one zip must not see two proofs."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name, body in pack.items():
            made.writestr(name, body)
        made.writestr("mais/evento.json", OTHER_EVENT)
    (tmp_path / "p.zip").write_bytes(held.getvalue())
    with pytest.raises(program.Recusada) as refused:
        program.arquivos_de(str(tmp_path / "p.zip"))
    assert refused.value.tipo == "zip"


def test_another_key_than_the_published_one_is_refused(program, pack):
    """A whole pack signed by a stranger holds together; the published key tells."""
    forged, key = resigned(pack, STRANGER)
    forged["chaves.txt"] = key.vkey.encode()
    assert program.conferir(forged, "", [])
    with pytest.raises(program.Recusada) as refused:
        program.conferir(forged, pack["chaves.txt"].decode(), [])
    assert refused.value.tipo == "chave-diferente"


@pytest.mark.parametrize("at", [0, 9, 40])
def test_a_cosignature_that_does_not_hold_or_is_missing_is_refused(program, pack, witnessed, at):
    other = Verifier("outra.example/juridico", COSIGNATURE, STRANGER.public_key().public_bytes_raw())
    line = witnessed["prova.tlog-proof"].decode().split("\n")[-2]
    body = bytearray(parse_note(witnessed["prova.tlog-proof"].partition(b"\n\n")[2]).signatures[-1].body)
    body[at] ^= 1
    changed = f"\u2014 {WITNESS.name} {b64encode(WITNESS.key_id + bytes(body)).decode()}"
    spoiled = {**witnessed, "prova.tlog-proof": witnessed["prova.tlog-proof"].decode().replace(line, changed).encode()}
    for given, asked in ((spoiled, []), (pack, [WITNESS.vkey]), (witnessed, [other.vkey])):
        with pytest.raises(program.Recusada) as refused:
            program.conferir(given, "", asked)
        assert refused.value.tipo == "testemunha"


@pytest.fixture(scope="module")
def stamped(witnessed):
    """Stamped as the witness has it done: the checkpoint with the log's own signature, no cosignature."""
    authority = Authority()
    data = stamped_bytes(witnessed["prova.tlog-proof"].partition(b"\n\n")[2])
    token = authority.reply(query_for(data).body)
    roots = authority.roots.encode()
    authority.close()
    return {**witnessed, TOKEN: token, ROOTS: roots}


class TestStamp:
    """A time stamp in the pack, judged by OpenSSL."""

    def test_it_is_told_with_its_time(self, stamped, tmp_path):
        code, out, err = run(lay(tmp_path / "prova", stamped))
        assert (code, err) == (0, "")
        assert re.search(r"^Carimbo do tempo: confere, .*GMT\.$", out, re.MULTILINE)

    def test_one_of_another_checkpoint_or_authority_is_refused(self, program, stamped):
        other = Authority()
        foreign = other.reply(query_for(b"something else").body)
        for changed, kind in (
            ({TOKEN: foreign, ROOTS: other.roots.encode()}, "carimbo"),
            ({ROOTS: other.roots.encode()}, "carimbo"),
            ({TOKEN: flip(stamped[TOKEN], 200)}, "carimbo"),
            ({TOKEN: b""}, "carimbo"),
        ):
            with pytest.raises(program.Recusada) as refused:
                program.conferir({**stamped, **changed}, "", [])
            assert refused.value.tipo == kind
        other.close()
        with pytest.raises(program.Recusada) as refused:
            program.conferir({name: body for name, body in stamped.items() if name != ROOTS}, "", [])
        assert refused.value.tipo == "arquivo-ausente"

    def test_without_openssl_it_is_said_that_nobody_looked(self, program, stamped, monkeypatch):
        monkeypatch.setattr(program.shutil, "which", lambda _: None)
        assert "Carimbo do tempo: não conferido, falta o OpenSSL nesta máquina." in program.conferir(stamped, "", [])


RFC8032 = [  # §7.1, TEST 1 to 3: key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2465"
            "5141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb0"
            "0d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc0"
            "27beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC8032)
def test_its_ed25519_is_that_of_rfc_8032(program, key, message, signature):
    key, message, signature = (bytes.fromhex(one) for one in (key, message, signature))
    assert program.assinou(key, message, signature)
    assert not program.assinou(key, message + b"x", signature)
    assert not any(program.assinou(key, message, flip(signature, at)) for at in (0, 31, 32, 63))
    assert not program.assinou(flip(key, 3), message, signature)


def test_its_ed25519_agrees_with_cryptography_and_refuses_a_second_form(program):
    for seed in range(20):
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        public, message = key.public_key().public_bytes_raw(), bytes(range(seed))
        signature = key.sign(message)
        assert program.assinou(public, message, signature)
        more = (int.from_bytes(signature[32:], "little") + program.L).to_bytes(32, "little")
        assert not program.assinou(public, message, signature[:32] + more)
        assert not program.assinou(public, message, signature[:63])
