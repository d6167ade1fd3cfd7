"""A file between its preview and its upload. The form of the preview carries it, and nothing is stored."""

from dataclasses import dataclass
from typing import Self

from django.core import signing
from django.core.exceptions import ValidationError

from techs.imports.uploads import File

ORIGIN = "page"
TOO_OLD = "This page has expired or is damaged. Nothing was saved. Choose the file again."
_TOO_MUCH = "This file is too large for a preview. Upload it with `techlist push` or the API."
_SIZE = 4 * 1024 * 1024  # characters of a signed draft
_SALT = "frontend.uploads"
_AGE = 24 * 60 * 60  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDraft:
    """A file for a source. name determines the format."""

    source: str
    name: str
    content: bytes

    @classmethod
    def load(cls, signed: str) -> Self:
        """Parse a signed draft. Raises ValidationError if it was tampered with or is older than a day."""
        try:
            source, name, content = signing.loads(signed, salt=_SALT, max_age=_AGE)
            return cls(source=source, name=name, content=content.encode("latin-1"))
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError(TOO_OLD) from error

    def dump(self) -> str:
        """Compress and sign. Without the signature, anyone could craft a draft that unpacks to more than the limit."""
        return signing.dumps([self.source, self.name, self.content.decode("latin-1")], salt=_SALT, compress=True)

    def checked(self) -> Self:
        """Return this draft. Raises ValidationError if it is too large for a form."""
        if len(self.dump()) > _SIZE:
            raise ValidationError({"file": [_TOO_MUCH]})
        return self

    @property
    def file(self) -> File:
        return File(self.name, self.content, origin=ORIGIN)
