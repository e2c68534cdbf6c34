"""Whole numbers of the command line, within bounds told to who types them."""

from argparse import ArgumentTypeError
from collections.abc import Callable


def whole(least: int, most: int) -> Callable[[str], int]:
    """A parser for argparse: an int from `least` to `most`, or a sentence that says so."""

    def parsed(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise ArgumentTypeError(f"diga um número inteiro de {least} a {most}")
        return number

    return parsed
