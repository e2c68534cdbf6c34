"""Calls to an ERP: what may be called, and what each answer means."""

import gzip
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from emdia.errors import Rejected
from emdia.providers.webhook import HttpWebhook, parse_endpoint


class Scripted(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.server.paths.append((self.path, self.headers["host"]))
        status, headers, body = self.server.script
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = HTTPServer(("127.0.0.1", 0), Scripted)
    made.paths, made.script = [], (200, {}, b"ok")
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def post(server, **how):
    url = f"http://127.0.0.1:{server.server_port}/in?x=1"
    return HttpWebhook(local=True, **how).post(url, {"webhook-id": "1"}, b"{}")


def test_a_2xx_is_delivered(server):
    assert post(server).ok
    assert server.paths == [("/in?x=1", f"127.0.0.1:{server.server_port}")]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ((301, {"location": "http://127.0.0.1:1/"}, b""), "redirected"),
        ((307, {"location": "https://169.254.169.254/"}, b""), "redirected"),
        ((404, {}, b""), "http-404"),
        ((500, {}, b"x"), "http-500"),
        ((302, {"location": "http://10.0.0.5/login"}, b""), "redirected"),
        ((200, {"content-type": "text/html"}, b" <!DOCTYPE html><p>Entrar"), "web-page"),
        ((200, {}, b"<html><body>erro"), "web-page"),
        ((200, {}, b"\xef\xbb\xbf\r\n<!doctype HTML>"), "web-page"),
        ((200, {}, b"<!-- portal --><html>"), "web-page"),
        ((200, {}, b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C">'), "web-page"),
        ((200, {"content-encoding": "gzip"}, gzip.compress(b"<html>erro" + b"x" * 10_000)), "web-page"),
    ],
)
def test_anything_else_is_not(server, script, reason):
    server.script = script
    answer = post(server)
    assert (answer.ok, answer.reason, answer.gone) == (False, reason, False)
    assert len(server.paths) == 1


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "text/html"}, b"ok"),
        ({}, b""),
        ({}, b"<ok/>"),
        ({"content-encoding": "gzip"}, gzip.compress(b'{"ok":true}')),
        ({"content-encoding": "gzip"}, b"not packed at all"),
    ],
)
def test_what_is_no_page_is_delivered_whatever_it_calls_itself(server, headers, body):
    server.script = (200, headers, body)
    assert post(server).ok


class Slow:
    """An endpoint that takes the call and says its answer a byte at a time, or nothing at all."""

    def __init__(self, says, pause=0.02):
        self.says, self.pause, self.over = says, pause, threading.Event()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}/"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            line, _ = self.door.accept()
            with line:
                for byte in self.says:
                    line.sendall(bytes([byte]))
                    if self.over.wait(self.pause):
                        return
                self.over.wait(5)
        except OSError:
            return

    def close(self):
        self.over.set()
        self.door.close()
        self.thread.join(5)


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\n" + b"x-slow: 1\r\n" * 50,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 500,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
    ],
    ids=["nothing", "half-a-line", "headers-for-ever", "a-body-for-ever", "continue-for-ever"],
)
def test_who_hangs_is_left_when_the_time_of_the_whole_call_is_over(says):
    """Each byte comes well within the time: only the sum of them does not."""
    erp = Slow(says)
    try:
        answer = HttpWebhook(local=True, seconds=0.3).post(erp.url, {}, b"{}")
    finally:
        erp.close()
    assert (answer.ok, answer.status, answer.reason) == (False, 0, "timed-out")


def test_ten_seconds_are_a_call_s_time():
    """By the stopwatch alone: it moves a second at each look, and the tenth is the last."""
    looks = count()
    erp = Slow(b"HTTP/1.1 200 OK\r\n" + b"x-slow: 1\r\n" * 50, pause=0.005)
    try:
        answer = HttpWebhook(local=True, stopwatch=lambda: float(next(looks))).post(erp.url, {}, b"{}")
    finally:
        erp.close()
    assert answer.reason == "timed-out"
    assert next(looks) == 11


@pytest.fixture
def certified(tmp_path):
    """`certified(name)`: the port of a server with a certificate of its own making for `name`."""
    servers = []

    def make(name):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        both = tmp_path / "both.pem"
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        both.write_bytes(certificate.public_bytes(pem) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        made = HTTPServer(("127.0.0.1", 0), Scripted)
        made.paths, made.script = [], (200, {}, b"ok")
        made.socket = context.wrap_socket(made.socket, server_side=True)
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(made)
        return made, both

    yield make
    for made in servers:
        made.shutdown()
        made.server_close()


@pytest.mark.parametrize(
    ("name", "trusted", "reason"),
    [("erp.example", True, ""), ("erp.example", False, "tls-failed"), ("other.example", True, "tls-failed")],
)
def test_the_certificate_must_be_trusted_and_bear_the_name_that_is_called(
    certified, monkeypatch, name, trusted, reason
):
    made, both = certified(name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(both))
    calling = HttpWebhook(local=True, find=lambda _host, _port: ["127.0.0.1"])
    answer = calling.post(f"https://erp.example:{made.server_port}/in", {}, b"{}")
    assert (answer.ok, answer.reason) == (not reason, reason)
    assert made.paths == ([("/in", f"erp.example:{made.server_port}")] if not reason else [])


def test_gone_means_never_again(server):
    server.script = (410, {}, b"")
    assert post(server).gone


def test_nobody_there(server):
    port = server.server_port
    server.shutdown()
    server.server_close()
    answer = HttpWebhook(local=True).post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert (answer.ok, answer.status, answer.reason) == (False, 0, "not-reached")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3",
        "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.5", "::ffff:169.254.169.254", "224.0.0.1", "255.255.255.255",
        "64:ff9b::a00:5", "64:ff9b:1::a00:5", "2002:a00:5::1", "2001:0:a00:5::1", "fec0::1", "::", "ff02::1",
    ],
)  # fmt: skip
def test_internal_addresses_are_never_called(address):
    """Whatever name they hide behind, and whatever the name answered when it was registered."""
    answer = HttpWebhook(find=lambda _host, _port: [address]).post("https://erp.example/", {}, b"{}")
    assert (answer.ok, answer.reason) == (False, "address-internal")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "2001:4860:4860::8888"])
def test_addresses_of_the_public_internet_are(address):
    assert HttpWebhook()._outside(address)


def test_one_internal_address_among_several_is_enough():
    found = ["93.184.216.34", "10.0.0.5"]
    answer = HttpWebhook(find=lambda _host, _port: found).post("https://erp.example/", {}, b"{}")
    assert answer.reason == "address-internal"


def test_loopback_is_called_on_the_laptop_alone(server):
    url = f"http://127.0.0.1:{server.server_port}/"
    with pytest.raises(Rejected, match="endpoint-invalid"):
        HttpWebhook().post(url, {}, b"{}")
    assert not server.paths


@pytest.mark.parametrize("error", [OSError(), UnicodeError()])
def test_an_unknown_name(error):
    def unknown(_host, _port):
        raise error

    assert HttpWebhook(find=unknown).post("https://erp.example/", {}, b"{}").reason == "name-unknown"


@pytest.mark.parametrize(
    "url",
    [
        "", "erp.example", "http://erp.example/", "ftp://erp.example/", "https://", "https://user:pw@erp.example/",
        "https://erp.example/#x", "https://erp.example:99999/", "https://érp.example/",
        "https://e.example/" + "x" * 2000, "file:///etc/passwd", "https://[::1", "https://erp.example/a b",
        "https://erp.example/a\r\nx-evil: 1", "https://erp.example:x/",
    ],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused_when_it_is_told(url):
    with pytest.raises(Rejected) as refused:
        parse_endpoint(url, local=False)
    assert (refused.value.code, refused.value.pointer) == ("endpoint-invalid", "/url")


@pytest.mark.parametrize("url", ["https://erp.example/emdia", "https://erp.example:8443/a?b=c"])
def test_an_endpoint(url):
    assert parse_endpoint(url, local=False) == url
