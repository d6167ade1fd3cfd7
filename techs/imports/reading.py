"""Read an uploaded manifest for the list."""

from techs.assessment.assessor import Assessor
from techs.imports import parsing
from techs.imports.identification import identify
from techs.imports.manifests import Manifest
from techs.imports.named_services import without_archived


def read(name: str, content: bytes) -> Manifest:
    """Read a manifest and identify its entries with the active lifecycle data. Raises as parsing.read().

    Entries of archived services are skipped.
    """
    return without_archived(identify(parsing.read(name, content), Assessor.current()))
