"""Em Dia: lawful collection of overdue health-plan fees, with proof.

Start with `facts.py` (what can happen), `ports.py` (what the world offers), `ladder/decide.py` (the
rule) and `workflows/take_step.py` (one story).
"""
