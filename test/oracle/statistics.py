"""Quantiles, intervals and tests of SciPy; writes statistics.json beside this file.

Samples from numpy.random.default_rng(11). Run: python3 statistics.py
"""
import json
import pathlib

import numpy
import scipy
from scipy import stats

SEED = 11
rng = numpy.random.default_rng(SEED)

freedoms = [1, 2, 3, 4, 5, 9, 10, 29, 30, 99, 999]
confidences = [0.5, 0.9, 0.95, 0.99]
samples = [
    rng.normal(1.0, 2.0, 2),
    rng.normal(0.0, 1.0, 3),
    rng.normal(0.3, 0.1, 5),
    rng.normal(-4.0, 1.0, 10),
    rng.lognormal(0.0, 1.0, 31),
]


def summary(values):
    test = stats.ttest_1samp(values, 0.0)
    interval = test.confidence_interval(0.95)
    return {
        "values": values.tolist(),
        "mean": float(numpy.mean(values)),
        "sd": float(numpy.std(values, ddof=1)),
        "median": float(numpy.median(values)),
        "tLow": float(interval.low),
        "tHigh": float(interval.high),
        "p": float(test.pvalue),
    }


def bootstrap(values, statistic):
    """Plain percentile interval with 100 000 resamples."""
    result = stats.bootstrap(
        (values,), statistic, n_resamples=100_000, method="percentile", confidence_level=0.95, rng=numpy.random.default_rng(SEED)
    )
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


pair = (samples[3], samples[3] * 0.9 + rng.normal(0.1, 0.3, 10))
result = {
    "source": f"SciPy {scipy.__version__}, NumPy {numpy.__version__}, statistics.py, seed {SEED}",
    "quantiles": [
        {"freedom": freedom, "confidence": confidence, "t": float(stats.t.ppf((1 + confidence) / 2, freedom))}
        for freedom in freedoms
        for confidence in confidences
    ],
    "samples": [summary(values) for values in samples],
    "bootstrap": [
        {
            "values": values.tolist(),
            "mean": bootstrap(values, numpy.mean),
            "median": bootstrap(values, numpy.median),
        }
        for values in samples[2:]
    ],
    "paired": {
        "a": pair[0].tolist(),
        "b": pair[1].tolist(),
        "p": float(stats.ttest_rel(*pair).pvalue),
        "low": float(stats.ttest_rel(*pair).confidence_interval(0.95).low),
        "high": float(stats.ttest_rel(*pair).confidence_interval(0.95).high),
    },
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result) + "\n")
