"""Django's MySQL backend with one difference: see base.py."""
