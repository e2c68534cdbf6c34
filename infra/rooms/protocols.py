"""Attendances and their protocol numbers (RN 623)."""

from constructs import Construct

from infra.function import Foundation


class Protocols(Construct):
    """`attend_protocol`, invoked by staff."""

    def __init__(self, scope: Construct, base: Foundation) -> None:
        super().__init__(scope, "Protocols")
        base.function(self, "attend_protocol", timeout=60)
