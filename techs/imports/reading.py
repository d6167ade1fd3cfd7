"""Read an uploaded manifest for the list."""

from techs.assessment.assessor import Assessor
from techs.imports import parsing
from techs.imports.identification import identify
from techs.imports.manifests import Manifest


def read(name: str, content: bytes) -> Manifest:
    """Read a manifest and identify its entries with the active lifecycle data. Raises as parsing.read()."""
    return identify(parsing.read(name, content), Assessor.current())
