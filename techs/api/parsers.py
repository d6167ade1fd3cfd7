"""Reading request bodies. Their size is limited in techlist/bodies.py."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser


class NestedJSONParser(JSONParser):
    """JSON, which may be nested more deeply than Python can follow."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body's value. Raises ParseError for what is not JSON in UTF-8."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


class FileParser(BaseParser):
    """A file as it is, whatever it holds."""

    media_type = "application/octet-stream"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body, as bytes."""
        return stream.read()


class TextParser(FileParser):
    """The same, sent as a text."""

    media_type = "text/plain"
