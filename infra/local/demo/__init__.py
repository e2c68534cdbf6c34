"""`make demo`: two operators and their people live through weeks on the embedded AWS, judged from outside."""
