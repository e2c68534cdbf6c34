import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks import Webhook

from emdia.facts import Fact
from emdia.portfolio.contract import Endpoint
from emdia.ports import Act, Put
from emdia.state import endpoint_ref
from functions.deliver_facts.handler import handle
from functions.relay_facts.handler import handle as relay
from tests.fakes.house import ANS, ERP_OUT_QUEUE, JOURNAL
from tests.functions.sqs import batch
from tests.functions.stream import stream

SECRET = "whsec_" + "QUJD" * 8
DONE = {"batchItemFailures": []}


class Receiver(BaseHTTPRequestHandler):
    """An ERP on loopback, as the laptop has one."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def erp(road):
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.heard, server.status = [], 204
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/emdia?from=us"
    fact = Fact("endpoint.recorded", endpoint_ref())
    assert road.ledger().commit([Act("endpoint", (Put(Endpoint(url=url)),), (fact,))]).landed
    told = json.dumps({"operator": ANS, "secrets": [SECRET]})
    road.secretsmanager.values[f"emdia/local/erp/out-{ANS}"] = told
    road.lived = road.portfolio(1)
    road.walk()
    relay(stream([row for row in road.dynamodb.stored(JOURNAL) if row["sk"]["S"] == "E"]), None)
    yield server
    server.shutdown()
    server.server_close()


def test_what_arrives_verifies_with_the_library_of_the_standard(road, erp):
    assert handle(batch(road.sqs.take(ERP_OUT_QUEUE)), None) == DONE
    assert len(erp.heard) == 2
    for headers, body in erp.heard:
        told = {name.lower(): value for name, value in headers.items()}
        signed = Webhook(SECRET).sign(told["webhook-id"], road.clock.now(), body.decode())
        assert told["webhook-signature"] == signed
        event = json.loads(body)
        assert (event["operator"], event["data"]["contract"]) == (ANS, "CT-1")


def test_a_refusal_is_kept_for_later_and_no_message_is_failed(road, erp):
    erp.status = 500
    assert handle(batch(road.sqs.take(ERP_OUT_QUEUE)), None) == DONE
    assert len(erp.heard) == 1
    erp.status = 200
    road.clock.move(seconds=6)
    road.show_clock()
    assert handle(batch([{"ans": ANS, "contracts": [road.lived[0].contract]}]), None) == DONE
    assert len(erp.heard) == 3
