"""Read metrics as Prometheus does."""

from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families


class Samples:
    """The metrics in an answer."""

    def __init__(self, text: str) -> None:
        families = list(text_string_to_metric_families(text))
        self.names = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
        self._samples = [sample for family in families for sample in family.samples]

    def of(self, name: str, **labels: str) -> list[float]:
        """Return the values of all samples with these labels, whatever their others."""
        return [
            sample.value for sample in self._samples if sample.name == name and labels.items() <= sample.labels.items()
        ]

    def sum(self, name: str, **labels: str) -> float:
        return sum(self.of(name, **labels))

    def labels(self, name: str, label: str) -> set[str]:
        """Return the values of a label."""
        return {sample.labels[label] for sample in self._samples if sample.name == name}


def scrape(url: str, *, token: str = "") -> Samples:
    """Read the metrics of a server."""
    headers: dict[str, Any] = {"Authorization": f"Bearer {token}"} if token else {}
    response = httpx.get(f"{url}/metrics", headers=headers, timeout=10)
    response.raise_for_status()
    return Samples(response.text)
