"""Prometheus' text of metrics."""

from steadyvoice.ipc import exposition, histogram
from steadyvoice.ipc.metric_families import MetricFamily, MetricSample


def lines(family: MetricFamily) -> list[str]:
    return exposition.text([family]).splitlines()


def test_names_labels_and_values() -> None:
    samples = [MetricSample({"stage": 'a "b"\n\\c', "cause": "hung"}, 2.0), MetricSample({}, 0.1)]
    assert lines(MetricFamily("x_total", "counter", "One\nline \\.", samples)) == [
        r"# HELP x_total One\nline \\.",
        "# TYPE x_total counter",
        r'x_total{stage="a \"b\"\n\\c",cause="hung"} 2',
        "x_total 0.1",
    ]


def test_a_histogram_has_two_edges_an_octave() -> None:
    found = histogram.private()
    for us in (0, 7, 8, 11, 12, 15, 16, 33):
        found.observe(1000 * us)
    samples = [MetricSample({"sink": "pcm"}, found.sum_s, found.counts)]
    assert lines(MetricFamily("x_seconds", "histogram", "X.", samples, (3, 5)))[2:] == [
        'x_seconds_bucket{sink="pcm",le="1e-06"} 1',
        'x_seconds_bucket{sink="pcm",le="8e-06"} 2',
        'x_seconds_bucket{sink="pcm",le="1.2e-05"} 4',
        'x_seconds_bucket{sink="pcm",le="1.6e-05"} 6',
        'x_seconds_bucket{sink="pcm",le="2.4e-05"} 7',
        'x_seconds_bucket{sink="pcm",le="3.2e-05"} 7',
        'x_seconds_bucket{sink="pcm",le="+Inf"} 8',
        'x_seconds_sum{sink="pcm"} 0.000102',
        'x_seconds_count{sink="pcm"} 8',
    ]


def test_the_whole_range_without_labels() -> None:
    found = histogram.private()
    made = lines(MetricFamily("x_seconds", "histogram", "X.", [MetricSample({}, found.sum_s, found.counts)]))
    assert made[2] == 'x_seconds_bucket{le="1e-06"} 0'
    assert made[-4:] == [
        'x_seconds_bucket{le="67.108864"} 0',
        'x_seconds_bucket{le="+Inf"} 0',
        "x_seconds_sum 0",
        "x_seconds_count 0",
    ]
    assert len(made) == 2 + 53 + 3
