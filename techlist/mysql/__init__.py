"""Django's MySQL backend, adapted: see base.py."""
