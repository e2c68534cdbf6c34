"""The two questions about how something went. Both may be left alone, and say so."""

from emdia.protocols.tracking import BEST, MOST, WORST


def scores() -> str:
    """Radio buttons of a form: `nota`, which a sent form must have, and `recomenda`, which it need not."""
    return _buttons(
        f"De {WORST} (ruim) a {BEST} (ótimo). Responder é opcional.", "nota", WORST, BEST, " required"
    ) + _buttons(
        f"De 0 (nunca) a {MOST} (com certeza): você recomendaria a operadora? Pode ficar sem resposta.",
        "recomenda", 0, MOST, "",
    )  # fmt: skip


def _buttons(legend: str, name: str, least: int, most: int, required: str) -> str:
    radios = "".join(
        f'<label><input type="radio" name="{name}" value="{score}"{required}>{score}</label>'
        for score in range(least, most + 1)
    )
    return f'<fieldset><legend>{legend}</legend><div class="scores">{radios}</div></fieldset>'
