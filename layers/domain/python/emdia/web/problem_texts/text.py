"""What a code of refusal says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """HTTP status of a code and its sentence in both languages; `{name}` stands for a parameter."""

    status: int
    pt: str
    en: str
