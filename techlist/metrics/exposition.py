"""Write the metrics in Prometheus's formats."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from django.conf import settings
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family

from techlist.metrics import state
from techlist.metrics.catalogue import BUCKETS, BUILD, METRICS, Key, Kind, Metric, Values, combine
from techlist.metrics.figures import figures

_BOUNDS = [*map(str, BUCKETS), "+Inf"]


def render(accept: str) -> tuple[bytes, str]:
    """Return all metrics and their content type, in a format that the Accept header names."""
    encode, content_type = choose_encoder(accept)
    registry = CollectorRegistry()
    registry.register(_Collector())
    return encode(registry), content_type


class _Collector:
    """All metrics at this moment. If a server does not answer, its own are missing, and techlist_dependency_up is 0."""

    def collect(self) -> Iterator[Family]:
        # Ask the database and the broker first, and add up the files until they answer.
        values: dict[Key, list[float]] = {(BUILD.name, settings.VERSION): [1.0]}
        measured = state.begin()
        combine(values, figures.total())
        combine(values, measured())
        for metric in METRICS.values():
            yield _family(metric, {key: numbers for key, numbers in values.items() if key[0] == metric.name})

    def describe(self) -> Sequence[Family]:
        return ()


def _family(metric: Metric, values: Values) -> Family:
    if metric.kind == Kind.HISTOGRAM:
        return _histogram(metric, values)
    make = CounterMetricFamily if metric.kind == Kind.COUNTER else GaugeMetricFamily
    family = make(metric.name, metric.about, labels=metric.labels)
    if metric.kind == Kind.COUNTER and not metric.labels:
        # Visible from the start, so that the first one is an increase.
        values = {(metric.name,): [0.0]} | dict(values)
    for (_, *labels), (value,) in sorted(values.items()):
        family.add_metric(labels, value)
    return family


def _histogram(metric: Metric, values: Values) -> Family:
    family = HistogramMetricFamily(metric.name, metric.about, labels=metric.labels)
    for (_, *labels), (*numbers, total) in sorted(values.items()):
        family.add_metric(labels, list(zip(_BOUNDS, accumulate(numbers), strict=True)), total)
    return family
