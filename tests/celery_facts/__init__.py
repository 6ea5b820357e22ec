"""What the rules say of Celery, seen to happen: each wrong example is run with the real Celery, and its right twin beside it.

`claims.py` says what a claim is, `stage.py` runs claims, `probing.py` is what probes are made of; the claims stand in the files
of tests, one for each family of rules. `python -m celery_facts TG205` runs those of one rule, in this folder's parent.
"""
