"""What came in, counted as it is entered: centavos by operator and by who told, and of nobody."""

from collections.abc import Iterable

from emdia.ports import Meter

BY_PIX, BY_ERP = "pix", "erp"


def count_money(meter: Meter, ans: str, means: str, moved: Iterable[int]) -> None:
    """Count the centavos that the books of operator `ans` hold more by `means`; less than 0: they went back."""
    for amount in filter(None, moved):
        name = "CentavosReceived" if amount > 0 else "CentavosReturned"
        meter.count(name, abs(amount), operator=ans, means=means)
