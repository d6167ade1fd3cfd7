"""Parsers for request bodies, whose size techs.api.limits limits, and for the Idempotency-Key header."""

import re
import zlib
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser, JSONParser, MultiPartParser
from rest_framework.request import Request

from techs.api.limits import Limit

# Bytes of JSON, which takes ten times as much memory once it is parsed. 10,000 long lines need half of this.
JSON_SIZE = 4 * 1024 * 1024
IDEMPOTENCY_HEADER = "Idempotency-Key"
# 1 to 255 printable ASCII characters. Spaces at the ends are excluded, because proxies strip them.
IDEMPOTENCY_KEY = r"[!-~]([ -~]{0,253}[!-~])?"
_INVALID_KEY = "Use 1 to 255 printable ASCII characters, without leading or trailing spaces."
_IDENTITY = "identity"
_GZIP = zlib.MAX_WBITS + 16
# Files compressed one by one and joined are valid gzip. Millions of empty ones would keep a processor busy.
_MOST_MEMBERS = 100
_NOT_GZIP = "The body is not valid gzip."


class BodyTooLarge(APIException):
    """413 Content Too Large."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class UnsupportedEncoding(APIException):
    """415 Unsupported Media Type, for a body that is compressed in a way that is not supported here."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_detail = "Only a file sent as application/octet-stream or text/plain can be compressed, and only with gzip."


def idempotency_key(request: Request) -> str | None:
    """Return the request's Idempotency-Key, if any: a repeated POST returns the same result.

    An invalid key raises a 400 that names the header.
    """
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise ValidationError({IDEMPOTENCY_HEADER: [_INVALID_KEY]})
    return key


class NestedJSONParser(JSONParser):
    """Parses JSON, and answers 400 if it is nested more deeply than Python's recursion limit."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        _check_not_encoded(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > JSON_SIZE:
            raise _too_large(JSON_SIZE)
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


class FormParser(MultiPartParser):
    """Parses a form with files, and answers 415 if it is compressed."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        _check_not_encoded((parser_context or {})["request"])
        return super().parse(stream, media_type, parser_context)


class FileParser(BaseParser):
    """Returns the body as bytes."""

    media_type = "application/octet-stream"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        content: bytes = stream.read()
        encoding = _encoding_of((parser_context or {})["request"])
        if encoding == _IDENTITY:
            return content
        if encoding != "gzip":
            raise UnsupportedEncoding
        return _decompressed(content)


def _encoding_of(request: Request) -> str:
    return request.headers.get("Content-Encoding", _IDENTITY).strip().lower()


def _check_not_encoded(request: Request) -> None:
    if _encoding_of(request) != _IDENTITY:
        raise UnsupportedEncoding


def _decompressed(content: bytes) -> bytes:
    """Decompress up to the limit of an upload, so that a small body cannot fill the memory."""
    most, plain = settings.UPLOAD_SIZE, b""
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(wbits=_GZIP)
        try:
            plain += member.decompress(content, most + 1 - len(plain))
        except zlib.error as error:
            raise ParseError(_NOT_GZIP) from error
        if len(plain) > most:
            raise _too_large(most)
        if not member.eof:
            break
        content = member.unused_data
        if not content:
            return plain
    raise ParseError(_NOT_GZIP)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(Limit(size=most, seconds=0).problem)


class TextParser(FileParser):
    """Returns a text body as bytes."""

    media_type = "text/plain"


class RawParser(FileParser):
    """Returns the body as bytes, whatever its media type: `curl -T` sends none."""

    media_type = "*/*"
