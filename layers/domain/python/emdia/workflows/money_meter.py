"""What came in, counted as it is entered: centavos by operator and by who told, and of nobody."""

from emdia.ports import Meter

BY_PIX, BY_ERP = "pix", "erp"


def count_money(meter: Meter, ans: str, means: str, moved: int) -> None:
    """Count `moved` centavos that the books of operator `ans` hold more by `means`; less than 0: they went back."""
    if moved:
        name = "CentavosReceived" if moved > 0 else "CentavosReturned"
        meter.count(name, abs(moved), operator=ans, means=means)
