"""Static files whose addresses begin with the path below which a request finds Techlist."""

from django.urls import get_script_prefix
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the package has no types
    """Compressed files with a digest of their content in their names."""

    @property
    def base_url(self) -> str:
        # Django's own takes the path of the first request, or of the start, when there is none yet.
        return f"{get_script_prefix()}static/"
