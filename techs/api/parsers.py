"""Parsers for request bodies. techs.api.limits limits their size."""

import gzip
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request

from techs.api.limits import Limit

# Bytes of JSON, which takes ten times as much memory once it is parsed. 10,000 long lines need half of this.
JSON_SIZE = 4 * 1024 * 1024
_IDENTITY = "identity"


class BodyTooLarge(APIException):
    """413 Content Too Large."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class UnsupportedEncoding(APIException):
    """415 Unsupported Media Type, for a body that is compressed in a way that is not supported here."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_detail = "Only a file sent as application/octet-stream or text/plain can be compressed, and only with gzip."


class NestedJSONParser(JSONParser):
    """Parses JSON, and answers 400 if it is nested more deeply than Python's recursion limit."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        if _encoding_of(request) != _IDENTITY:
            raise UnsupportedEncoding
        if int(request.META.get("CONTENT_LENGTH") or 0) > JSON_SIZE:
            raise _too_large(JSON_SIZE)
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


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


def _decompressed(content: bytes) -> bytes:
    """Decompress up to the limit of an upload, so that a small body cannot fill the memory."""
    most = settings.UPLOAD_SIZE
    try:
        with gzip.GzipFile(fileobj=BytesIO(content)) as file:
            plain = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ParseError("The body is not valid gzip.") from error
    if len(plain) > most:
        raise _too_large(most)
    return plain


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(Limit(size=most, seconds=0).problem)


class TextParser(FileParser):
    """Returns a text body as bytes."""

    media_type = "text/plain"
