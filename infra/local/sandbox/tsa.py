"""A time-stamping authority on this machine: `openssl ts` behind HTTP, as RFC 3161 §3.4 has it.

Its chain is root, authority: made when it starts, gone when it stops. Nobody outside this machine trusts it.
"""

import shutil
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Final, Self

QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
MAX_QUERY: Final = 64 * 1024
LOOPBACK: Final = "127.0.0.1"

_SETTINGS: Final = """\
[tsa]
default_tsa = one
[one]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class AuthorityFailedError(Exception):
    """OpenSSL did not do as it was told; the message is its own."""


class Authority:
    """Root and authority in a folder of their own. Stamps, or refuses in RFC 3161's own terms."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="emdia-tsa-"))
        self._settings = self._folder / "openssl.cnf"
        self._settings.write_text(_SETTINGS.format(folder=self._folder))
        (self._folder / "serial").write_text("01\n")
        self._lock = threading.Lock()
        self._root()
        self._leaf()

    @property
    def roots(self) -> str:
        """The root's certificate, PEM."""
        return (self._folder / "root.pem").read_text()

    def reply(self, query: bytes) -> bytes:
        """The answer to a query, DER: a stamp, or a rejection."""
        # One at a time: they share the file of serial numbers.
        with self._lock:
            asked, told = self._folder / "query", self._folder / "reply"
            asked.write_bytes(query)
            self._run("ts", "-reply", "-queryfile", str(asked), "-out", str(told), "-config", str(self._settings))
            return told.read_bytes()

    def close(self) -> None:
        """Forget its keys."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _root(self) -> None:
        self._key("root")
        self._run(
            *("req", "-x509", "-new", "-config", str(self._settings), "-extensions", "root", "-days", "3650"),
            *("-subj", "/C=BR/O=Em Dia/CN=Autoridade de teste", *self._files("-key", "root.key", "-out", "root.pem")),
        )

    def _leaf(self) -> None:
        self._key("tsa")
        self._run(
            *("req", "-new", "-config", str(self._settings), "-subj", "/C=BR/O=Em Dia/CN=Carimbo do tempo de teste"),
            *self._files("-key", "tsa.key", "-out", "tsa.csr"),
        )
        self._run(
            *("x509", "-req", "-days", "3650", "-set_serial", "2", "-extensions", "leaf"),
            *("-extfile", str(self._settings)),
            *self._files("-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-out", "tsa.pem"),
        )

    def _key(self, name: str) -> None:
        curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        self._run("genpkey", *curve, *self._files("-out", f"{name}.key"))

    def _files(self, *named: str) -> list[str]:
        """Options with the files they name, in this folder."""
        return [word if word.startswith("-") else str(self._folder / word) for word in named]

    def _run(self, *words: str) -> None:
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)  # noqa: S607  as found
        if done.returncode:
            raise AuthorityFailedError(done.stderr.strip())


class TimestampServer:
    """The authority behind HTTP on loopback. `down` makes it answer 503, as authorities do."""

    def __init__(self, port: int = 0) -> None:
        self.authority = Authority()
        self.down = False
        self.asked = 0
        handler = type("BoundHandler", (_Handler,), {"world": self})
        self._server = ThreadingHTTPServer((LOOPBACK, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        """Where queries go."""
        return f"http://{LOOPBACK}:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
        self.authority.close()


class _Handler(BaseHTTPRequestHandler):
    world: TimestampServer

    def do_POST(self) -> None:
        """A query, answered with its stamp."""
        length = int(self.headers.get("Content-Length") or 0)
        query = self.rfile.read(min(length, MAX_QUERY))
        self.world.asked += 1
        if self.world.down:
            self._answer(503, "text/plain", b"maintenance")
        elif self.headers.get("Content-Type") != QUERY or length > MAX_QUERY:
            self._answer(415, "text/plain", QUERY.encode())
        else:
            self._answer(200, REPLY, self.world.authority.reply(query))

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Say nothing."""
