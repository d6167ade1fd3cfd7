"""Authentication by API token, and the scopes of tokens."""

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from knox import auth
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from techs.models import APIToken, Service, TokenScope, Upload

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module, by the settings


class TokenAuthentication(auth.TokenAuthentication):
    """Knox's authentication with one query and no writes.

    Knox also deletes the user's expired tokens, which would make every read of the cached list query and write.
    """

    keyword = "Token"

    def authenticate_credentials(self, token: bytes) -> tuple[Any, APIToken]:
        found = _find(token.decode(errors="replace"))
        if found is None:
            raise AuthenticationFailed("Invalid token.")
        if found.is_expired:
            raise AuthenticationFailed(f"This token expired on {found.expiry:%Y-%m-%d}. Create a new one.")
        self.validate_user(found)  # type: ignore[no-untyped-call]
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


class HasTokenScope(BasePermission):
    """Allows requests within the scope of their token. Sessions have no scope."""

    message = "The scope of this token does not allow this request. Use a token with another scope."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        token = request.auth
        if not isinstance(token, APIToken):
            return True
        if token.service:
            self.message = f"This token is limited to uploads of the service {token.service.slug}."
        is_allowed = _ALLOWED.get(token.scope)
        return is_allowed is not None and is_allowed(request, token)


def may_read(token: Any) -> bool:
    """Return False for a token whose scope does not include the list."""
    return not isinstance(token, APIToken) or token.scope in (TokenScope.READ, TokenScope.WRITE)


# Methods by the name of the address: all that a push needs.
_READ = frozenset(("GET", "HEAD"))
_UPLOAD: Mapping[str, frozenset[str]] = {
    "techs:source": frozenset(("PUT", "DELETE")),
    "techs:complete": frozenset(("POST",)),
    "techs:upload": _READ,
    "techs:service": _READ,
    "techs:lifecycles": _READ,
}


def _is_upload(request: Request, token: APIToken) -> bool:
    match = request.resolver_match
    if token.service is None or match is None or request.method not in _UPLOAD.get(match.view_name, ()):
        return False
    return _concerns(token.service, match.kwargs)


def _concerns(service: Service, kwargs: Mapping[str, Any]) -> bool:
    if "pk" in kwargs:
        return Upload.objects.filter(pk=kwargs["pk"], service=service).exists()
    return bool(kwargs.get("slug", service.slug) == service.slug)


# An unknown scope, which a newer version may have stored, allows nothing.
_ALLOWED: dict[str, Callable[[Request, APIToken], bool]] = {
    TokenScope.READ: lambda request, token: request.method in SAFE_METHODS,
    TokenScope.WRITE: lambda request, token: True,
    TokenScope.UPLOAD: _is_upload,
}


def _find(text: str) -> APIToken | None:
    digest = hash_token(text)
    tokens = APIToken.objects.filter(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH]).select_related("user", "service")
    return next((token for token in tokens if compare_digest(digest, token.digest)), None)
