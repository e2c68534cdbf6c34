"""The embedded AWS, made quicker (infra/local/embedded.py), answers as by itself. Run by its own interpreter."""

import json
import subprocess

from infra.local.ministack import EMBEDDED, PYTHON

# Items drawn by a seed: large ones, of which a page holds few, or small ones, of which it holds thousands.
SCAN = """
import importlib.util, json, random, sys
spec = importlib.util.spec_from_file_location("embedded", sys.argv[1])
embedded = importlib.util.module_from_spec(spec)
spec.loader.exec_module(embedded)
from ministack.services import dynamodb
keys = [("pk", "HASH"), ("sk", "RANGE")]
dynamodb._create_table({
    "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
})
table, draw, largest = dynamodb._tables.get("table"), random.Random(1), int(sys.argv[2])
for _ in range(12_000):
    pk, sk = f"p{draw.randrange(30_000)}", f"s{draw.randrange(3)}"
    table["items"][pk][sk] = {"pk": {"S": pk}, "sk": {"S": sk}, "d": {"S": "x" * draw.randrange(largest)}}

def pages(scan, **more):
    asked = {"TableName": "table", **more}
    while True:
        answer = json.loads(scan(dict(asked))[2])
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

filtered = {"FilterExpression": "sk = :s", "ExpressionAttributeValues": {":s": {"S": "s1"}}}
filtered["ProjectionExpression"] = "pk, d"
plain, quick = dynamodb._scan, embedded.paging(dynamodb._scan)
found = []
for more in ({}, filtered, {"Limit": 700}, {"Select": "COUNT"}):
    by_itself = list(pages(plain, **more))
    found.append((len(by_itself), sum(page["Count"] for page in by_itself), by_itself == list(pages(quick, **more))))
print(json.dumps(found))
"""


def scans(largest):
    """Of each kind of Scan: pages, items, and whether both ways gave the same."""
    done = subprocess.run(
        [str(PYTHON), "-P", "-c", SCAN, str(EMBEDDED), str(largest)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_pages_of_a_large_table_are_the_same_page_by_page():
    found = scans(largest=3000)
    assert all(same for _, _, same in found)
    assert all(pages > 5 for pages, _, _ in found)
    assert found[0][1] > found[1][1] > 1000


def test_a_page_may_hold_more_partitions_than_are_looked_at_first():
    found = scans(largest=2)
    assert all(same for _, _, same in found)
    pages, items, _ = found[0]
    assert pages == 1
    assert items > 4 * 2048
