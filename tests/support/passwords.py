"""Quick password hashing, as no test is about its slowness."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own algorithm with a single round; Techlist's processes can check its hashes."""

    iterations = 1
