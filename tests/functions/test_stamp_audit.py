"""The day's stamps: an authority that speaks HTTP with OpenSSL behind it, and some that misbehave."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from emdia.audit.stamp import StampRefusedError, check_stamp, stamped_bytes
from emdia.errors import Halted, TryLater
from emdia.providers.tsa import MAX_REPLY, HttpAuthority
from functions.cosign_audit.handler import handle as cosign
from functions.stamp_audit.handler import handle
from infra.local.sandbox.tsa import TimestampServer
from tests.functions.witness import metrics, wired


@pytest.fixture(scope="module")
def server():
    with TimestampServer() as made:
        yield made


@pytest.fixture
def world(monkeypatch, server):
    with wired(monkeypatch) as made:
        made.log.worker().seal(made.log.facts(3))
        made.tell(log_keys=[made.log.verifier.vkey], tsa={"url": server.url, "roots": server.authority.roots})
        cosign({}, None)
        yield made


def test_a_cosigned_checkpoint_is_stamped_once(world, server, capsys):
    before = server.asked
    for _ in range(2):
        assert handle({}, None) is None
    kept = world.kept()
    (day,) = {path.split("/")[1] for path in kept if path.startswith("stamped/")}
    token, roots = (kept[f"stamped/{day}/{name}"] for name in ("carimbo.tsr", "carimbo-raizes.pem"))
    note = kept[f"stamped/{day}/checkpoint"]
    assert note == kept["checkpoint"]
    assert check_stamp(token, stamped_bytes(note), roots).date().isoformat() >= day
    assert server.asked == before + 1
    assert metrics(capsys.readouterr().out) >= {"CheckpointsStamped", "StampsCurrent"}


def test_an_authority_that_is_down_is_asked_again(world, server, capsys):
    server.down = True
    try:
        handle({}, None)
    finally:
        server.down = False
    assert "TickEndedEarly" in metrics(capsys.readouterr().out)
    handle({}, None)
    assert any(path.endswith("carimbo.tsr") for path in world.kept())


def test_an_authority_with_another_root_rings_and_nothing_is_kept_as_a_stamp(world, server, capsys):
    with TimestampServer() as other:
        world.tell(log_keys=[world.log.verifier.vkey], tsa={"url": server.url, "roots": other.authority.roots})
        handle({}, None)
    assert "StampRefused" in metrics(capsys.readouterr().out)
    assert not any(path.endswith("carimbo.tsr") for path in world.kept())


def test_without_an_authority_it_rings(world, capsys):
    world.tell(log_keys=[world.log.verifier.vkey])
    handle({}, None)
    assert metrics(capsys.readouterr().out) & {"StampUnconfigured", "StampsCurrent"} == {"StampUnconfigured"}


@pytest.mark.parametrize(
    "tsa", [{"url": "ftp://x", "roots": ""}, {"url": "file:///etc/passwd", "roots": ""}, {"url": "x"}, "x"]
)
def test_an_address_that_is_no_http_is_refused(world, tsa):
    world.tell(log_keys=[world.log.verifier.vkey], tsa=tsa)
    with pytest.raises(Halted):
        handle({}, None)


@contextmanager
def answering(status=200, kind="application/timestamp-reply", body=b"", headers=()):
    """An authority that answers everything alike; what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ({"status": 503}, TryLater),
        ({"status": 429}, TryLater),
        ({"status": 401}, StampRefusedError),
        ({"status": 302, "headers": (("Location", "http://127.0.0.1:9/"),)}, StampRefusedError),
        ({"kind": "text/html", "body": b"<html>"}, StampRefusedError),
        ({"body": b""}, StampRefusedError),
        ({"body": bytes(MAX_REPLY + 1)}, StampRefusedError),
    ],
)
def test_what_is_no_stamp_is_none(server, answer, raised):
    with answering(**answer) as (url, _), pytest.raises(raised):
        HttpAuthority(url, server.authority.roots.encode()).stamp(b"data")


def test_a_stamp_of_an_earlier_question_is_refused(server):
    from emdia.audit.stamp import query_for

    old = server.authority.reply(query_for(b"data").body)
    with answering(body=old) as (url, _), pytest.raises(StampRefusedError, match="Nonce"):
        HttpAuthority(url, server.authority.roots.encode()).stamp(b"data")


def test_the_header_an_authority_asks_for_is_sent_and_never_shown(server):
    authority = HttpAuthority("", server.authority.roots.encode(), "Basic c2VjcmV0")
    assert "c2VjcmV0" not in repr(authority)
    with answering(status=401) as (url, asked), pytest.raises(StampRefusedError):
        HttpAuthority(url, authority.roots, authority.authorization).stamp(b"data")
    headers, _ = asked[0]
    assert headers["Authorization"] == "Basic c2VjcmV0"
    assert headers["Content-Type"] == "application/timestamp-query"


def test_nobody_there_means_later(server):
    with answering() as (url, _):
        pass
    with pytest.raises(TryLater):
        HttpAuthority(url, server.authority.roots.encode()).stamp(b"data")
