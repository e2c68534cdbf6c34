"""`make demo`: two operators and their people live through weeks on the embedded AWS, judged from outside."""

import sys

from infra.bundle import DOMAIN

if str(DOMAIN) not in sys.path:
    sys.path.insert(0, str(DOMAIN))
