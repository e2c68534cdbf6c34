"""What Meta says of the WhatsApp templates: only approved ones of category utility may leave."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from emdia.state import Ref, State, registry_ref

LANGUAGE = "pt_BR"
_APPROVED, _UTILITY = "APPROVED", "UTILITY"


@dataclass(frozen=True, slots=True)
class TemplateStanding:
    """How one template stands at Meta, in Meta's own words, as of `at` (UTC)."""

    name: str
    status: str  # APPROVED, PENDING, REJECTED, PAUSED, DISABLED ...
    category: str  # UTILITY, MARKETING, AUTHENTICATION; "" when not told
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry(State):
    """One operator's templates. A template Meta has said nothing of may not be used."""

    templates: tuple[TemplateStanding, ...] = ()

    @property
    def ref(self) -> Ref:
        """See State."""
        return registry_ref()

    def usable(self, name: str) -> bool:
        """Whether a message by the template called `name` may leave now."""
        return any(
            one.name == name and one.status == _APPROVED and one.category in (_UTILITY, "") for one in self.templates
        )

    def hears(self, told: TemplateStanding) -> "Registry":
        """The registry after `told`; older news changes nothing, and a category not told stays as it was."""
        held = self.by_name().get(told.name)
        if held is not None and held.at > told.at:
            return self
        if held is not None and not told.category:
            told = replace(told, category=held.category)
        if held is not None and not told.status:
            told = replace(told, status=held.status)
        others = [one for one in self.templates if one.name != told.name]
        return replace(self, templates=tuple(sorted([*others, told], key=lambda one: one.name)))

    def by_name(self) -> Mapping[str, TemplateStanding]:
        """Each template's standing."""
        return {one.name: one for one in self.templates}
