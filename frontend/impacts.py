"""Labels of impacts on pages. The values of the API, critical, high and low, are also those of levels."""

from collections.abc import Mapping

from techs.rules.levels import Impact

LABELS: Mapping[str, str] = {impact: impact.label for impact in Impact}
