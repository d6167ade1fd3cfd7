"""Labels of impacts on pages. The values of the API, critical, high and low, are also those of levels."""

from collections.abc import Mapping

from techs.rules.levels import Impact

LABELS: Mapping[str, str] = {
    Impact.CRITICAL: "Vital",
    Impact.HIGH: "Major",
    Impact.NORMAL: "Normal",
    Impact.LOW: "Minor",
}
