"""Django's MySQL backend, adapted as described in base.py."""
