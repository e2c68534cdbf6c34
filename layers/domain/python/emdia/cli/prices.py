"""What a message costs, channel by channel: a table that each operator replaces by that of its contracts."""

from collections.abc import Mapping
from pathlib import Path

from emdia.errors import Rejected
from emdia.ladder.outlook import MILLION
from emdia.portfolio.contract import Channel

HEADING = "channel;reais;source"
SHIPPED = Path(__file__).with_name("prices.csv")


def read_prices(text: str) -> Mapping[Channel, int]:
    """Millionths of a real a message, from lines of `channel;reais;source` ("email;0,00055;SES").

    Raises Rejected `price-row-invalid` with the line as pointer; a channel stands there once.
    """
    prices: dict[Channel, int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if not line.strip() or (number == 1 and line.strip() == HEADING):
            continue
        cells = [cell.strip() for cell in line.split(";")]
        try:
            name, reais, _ = cells
            channel, (whole, _, rest) = Channel(name), reais.partition(",")
        except ValueError:
            raise Rejected("price-row-invalid", f"/{number}") from None
        if channel in prices or not (whole + rest).isdigit() or not (whole + rest).isascii() or len(rest) > 6:
            raise Rejected("price-row-invalid", f"/{number}")
        prices[channel] = int(whole or "0") * MILLION + int(rest.ljust(6, "0"))
    return prices
