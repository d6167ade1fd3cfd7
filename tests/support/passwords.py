"""No test is about how slowly a password is hashed."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own, which the product's processes can check, with one round."""

    iterations = 1
