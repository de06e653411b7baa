"""Prints test/conformance/elementary-values.json: exact values of the elementary functions.

    python3 scripts/elementary-values.py > test/conformance/elementary-values.json

Needs mpmath (tested with 1.2 and 1.3). Arguments are float64 numbers drawn with a fixed seed; values are computed at
200 bits and rounded once to float64. Each row is the argument or arguments followed by the value.
"""

import json
import math
import random

import mpmath as mp
from mpmath import mpf

mp.mp.prec = 200
draw = random.Random(2026)
COUNT = 60


def flat(low, high):
    return [draw.uniform(low, high) for _ in range(COUNT)]


def spread(low, high, signed=True):
    sizes = [math.exp(draw.uniform(math.log(low), math.log(high))) for _ in range(COUNT)]
    return [draw.choice((-1, 1)) * x if signed else x for x in sizes]


def rows(function, *arguments):
    return [[*x, float(function(*(mpf(t) for t in x)))] for x in zip(*arguments)]


bases = spread(1e-300, 1e300, signed=False) + spread(0.3, 3, signed=False) + flat(0.9, 1.1)
powers = [draw.uniform(-1, 1) * 700 / abs(math.log(x)) for x in bases[:-COUNT]] + flat(-50, 50)

print(
    json.dumps(
        {
            "exp": rows(mp.exp, flat(-708, 709.7) + flat(-2, 2)),
            "expm1": rows(mp.expm1, flat(-38, 709) + spread(1e-30, 2)),
            "log": rows(mp.log, spread(1e-307, 1e307, signed=False) + flat(0.5, 2)),
            "log1p01": rows(mp.log1p, flat(0, 1) + spread(1e-30, 1, signed=False)),
            "tanh": rows(mp.tanh, flat(-20, 20) + spread(1e-30, 1)),
            "sigmoid": rows(lambda x: 1 / (1 + mp.exp(-x)), flat(-708, 40) + flat(-4, 4)),
            "softplus": rows(lambda x: mp.log1p(mp.exp(x)), flat(-708, 40) + flat(-4, 4)),
            "erf": rows(mp.erf, flat(-6, 6) + spread(1e-30, 1)),
            "sin": rows(mp.sin, flat(-100, 100) + spread(1e-30, 3)),
            "cos": rows(mp.cos, flat(-100, 100) + flat(-2, 2)),
            "pow": rows(mp.power, bases, powers),
        },
        indent=None,
        separators=(",", ":"),
    ).replace("],[", "],\n[")
)
