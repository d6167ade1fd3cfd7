"""`manage.py doctor`: an examination of an installation, for people who run it and people who help them."""
