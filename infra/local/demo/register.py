"""Registers an operator and its ERP client the way the operator's staff does: with the product's command line."""

import base64
import secrets as csprng

from emdia.aws.keyring import Keyring
from emdia.aws.ledger import DynamoLedgers
from emdia.aws.pseudonyms import KeyedPseudonyms
from emdia.clock import UtcClock
from emdia.facts import Fact, LogClass
from emdia.portfolio.contract import Operator
from emdia.ports import Act, KeyClass, Put
from emdia.state import Subject, operator_ref
from emdia.wiring import OsRandomness
from infra.local.cloud import Cloud
from infra.local.demo.portfolio import House


def register(cloud: Cloud, house: House) -> str:
    """Both; the signing secret of the client."""
    told = cloud.client("lambda").get_function_configuration(FunctionName=cloud.function("take_step"))["Environment"][
        "Variables"
    ]
    dynamodb = cloud.client("dynamodb")
    keyring = Keyring(
        dynamodb, cloud.client("kms"), cloud.table("keys"), told["EMDIA_KEYS_CMK"], UtcClock(), OsRandomness()
    )
    ledger = DynamoLedgers(
        dynamodb, cloud.table("ledger"), cloud.table("journal"), keyring, UtcClock(), OsRandomness()
    ).of(house.ans)
    ledger.ensure_keys([(Subject("operator"), one) for one in (*KeyClass, *LogClass)])
    KeyedPseudonyms(keyring).of(house.ans, "contract", "x")
    operator = Operator(
        ans=house.ans,
        name=house.name,
        cnpj=house.cnpj,
        address=house.address,
        mail_from=house.mail_from,
        phone=house.phone,
        site=house.site,
        how_to_pay=house.how_to_pay,
    )
    ledger.commit([Act("operator", (Put(operator),), (Fact("operator.recorded", operator_ref()),))])
    secret = "whsec_" + base64.b64encode(csprng.token_bytes(32)).decode()
    cloud.put_erp_secret(house.client, house.ans, [secret])
    return secret
