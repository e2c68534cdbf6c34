"""A contract as an ERP tells it: holder, plan, address, contact points and clauses, as pydantic models."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from emdia.compliance.charges import parse_clause
from emdia.compliance.municipality import uf_of
from emdia.errors import Rejected
from emdia.identity import Phone, is_mobile
from emdia.providers import erp_values as values
from emdia.providers.erp_values import (
    Cnpj,
    Cpf,
    Day,
    Ibge,
    Number,
    Short,
)

MAX_BENEFICIARIES = 30  # one event must fit one transaction with its contract and case

Channel = Literal["email", "sms", "whatsapp", "letter"]


class Model(BaseModel):
    """Strict, closed, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Person(Model):
    """Holder or beneficiary."""

    name: Short
    cpf: Cpf
    birth_on: Day


class Plan(Model):
    """Health plan; `ans_register` is the product's at ANS."""

    name: Short
    ans_register: Number


class Address(Model):
    """Registered address. The municipality decides the hours in which the person may be contacted."""

    street: Short
    number: Short
    complement: Short | None = None
    district: Short
    city: Short
    uf: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    postal_code: Annotated[str, Field(pattern="^[0-9]{5}-?[0-9]{3}$")]
    ibge: Ibge

    @model_validator(mode="after")
    def _one_state(self) -> Self:
        if uf_of(self.ibge) != self.uf:
            raise values.refuse(Rejected("uf-mismatch", "/uf"))
        return self


class ContactPoint(Model):
    """E-mail address, phone number or postal address. Lower `preference` is tried first."""

    id: Number
    channel: Channel
    value: Short
    preference: Annotated[int, Field(ge=0, le=99)] = 0

    @model_validator(mode="before")
    @classmethod
    def _canonical(cls, told: Any) -> Any:
        """The value by the rules of its channel; anything of the wrong type is left to the fields."""
        if not isinstance(told, dict) or not isinstance(told.get("value"), str):
            return told
        channel, value = told.get("channel"), told["value"]
        if channel == "email":
            return {**told, "value": values.email(value)}
        return {**told, "value": values.phone(value)} if channel in ("sms", "whatsapp") else told

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.channel in ("sms", "whatsapp") and not is_mobile(Phone(self.value)):
            raise values.refuse(Rejected("phone-not-mobile", "/value"))
        return self


class Charges(Model):
    """The contract's clause for delay, in basis points (200 = 2 %); 0 where nothing was agreed."""

    multa_bp: Annotated[int, Field(json_schema_extra={"minimum": 0, "maximum": 200})]
    juros_bp_month: Annotated[int, Field(json_schema_extra={"minimum": 0, "maximum": 100})]

    @model_validator(mode="after")
    def _lawful(self, info: ValidationInfo) -> Self:
        today = values.now_of(info).date()
        values.by(lambda _: parse_clause(self.multa_bp, self.juros_bp_month, today))(None)
        return self


def _distinct(name: Callable[[Any], str], code: str) -> AfterValidator:
    def check(items: list[Any]) -> list[Any]:
        if len({name(item) for item in items}) != len(items):
            raise values.refuse(Rejected(code))
        return items

    return AfterValidator(check)


ContactPoints = Annotated[
    list[ContactPoint],
    Field(max_length=20, description="The whole list as it stands."),
    _distinct(lambda point: str(point.id), "contact-point-repeated"),
]
Beneficiaries = Annotated[
    list[Person],
    Field(max_length=MAX_BENEFICIARIES, description="Every covered person, the holder too if covered."),
    _distinct(lambda person: str(person.cpf), "beneficiary-repeated"),
]


class ContractUpserted(Model):
    """The whole contract as it stands. Without `contact_points`, those known stay as they are."""

    contract: Number
    kind: Literal["individual", "adesao", "empresarial", "empresario_individual"]
    signed_on: Day
    regulated: bool | None = Field(None, description="Under Lei 9.656. Default: signed on or after 1999-01-02.")
    plan: Plan
    holder: Person
    cnpj: Cnpj | None = Field(None, description="Of the contracting company; required for `empresarial`.")
    beneficiaries: Beneficiaries
    address: Address
    contact_points: ContactPoints | None = None
    means_of_notice: list[Literal["email", "sms", "whatsapp", "call", "letter", "agent"]] = Field(default_factory=list)
    charges: Charges | None = None
    exclusion_agreed: bool | None = Field(
        None, description="`adesao`: whether the contract provides for excluding who does not pay. Untold: no notice."
    )

    @model_validator(mode="after")
    def _company_named(self) -> Self:
        if self.kind == "empresarial" and self.cnpj is None:
            raise values.refuse(Rejected("cnpj-missing", "/cnpj"))
        return self


class ContactPointsUpdated(Model):
    """The contract's contact points as they stand."""

    contract: Number
    contact_points: ContactPoints
