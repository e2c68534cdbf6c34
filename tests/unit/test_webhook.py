"""Calls to an ERP: what may be called, and what each answer means."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

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
    thread = threading.Thread(target=made.serve_forever, daemon=True)
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
        ((200, {"content-type": "text/html"}, b" <!DOCTYPE html><p>Entrar"), "web-page"),
        ((200, {}, b"<html><body>erro"), "web-page"),
    ],
)
def test_anything_else_is_not(server, script, reason):
    server.script = script
    answer = post(server)
    assert (answer.ok, answer.reason, answer.gone) == (False, reason, False)
    assert len(server.paths) == 1


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
    ],
)  # fmt: skip
def test_internal_addresses_are_never_called(address):
    """Whatever name they hide behind, and whatever the name answered when it was registered."""
    answer = HttpWebhook(find=lambda _host, _port: [address]).post("https://erp.example/", {}, b"{}")
    assert (answer.ok, answer.reason) == (False, "address-internal")


def test_one_internal_address_among_several_is_enough():
    found = ["93.184.216.34", "10.0.0.5"]
    answer = HttpWebhook(find=lambda _host, _port: found).post("https://erp.example/", {}, b"{}")
    assert answer.reason == "address-internal"


def test_loopback_is_called_on_the_laptop_alone(server):
    url = f"http://127.0.0.1:{server.server_port}/"
    with pytest.raises(Rejected, match="endpoint-invalid"):
        HttpWebhook().post(url, {}, b"{}")
    assert not server.paths


def test_an_unknown_name():
    def unknown(_host, _port):
        raise OSError

    assert HttpWebhook(find=unknown).post("https://erp.example/", {}, b"{}").reason == "name-unknown"


@pytest.mark.parametrize(
    "url",
    [
        "", "erp.example", "http://erp.example/", "ftp://erp.example/", "https://", "https://user:pw@erp.example/",
        "https://erp.example/#x", "https://erp.example:99999/", "https://érp.example/",
        "https://e.example/" + "x" * 2000, "file:///etc/passwd",
    ],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused_when_it_is_told(url):
    with pytest.raises(Rejected) as refused:
        parse_endpoint(url, local=False)
    assert (refused.value.code, refused.value.pointer) == ("endpoint-invalid", "/url")


@pytest.mark.parametrize("url", ["https://erp.example/emdia", "https://erp.example:8443/a?b=c"])
def test_an_endpoint(url):
    assert parse_endpoint(url, local=False) == url
