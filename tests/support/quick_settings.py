"""The product's settings for processes in which tests log in: one round of hashing instead of a million."""

from techlist.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.support.passwords.QuickHasher"]
