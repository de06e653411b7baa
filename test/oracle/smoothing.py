"""Averages of activations over gaussian noise by integration with 40 digits; writes smoothing.json beside this file.

For f of the drive a + s xi, xi ~ N(0, 1): g = E f, g' = E f', g'' (the kinks of f' included), V = Var f,
V' = 2 E (f - g) f'. Run: python3 smoothing.py (about three minutes)
"""
import json
import pathlib

import mpmath as mp

mp.mp.dps = 40


def phi(x):
    return mp.ncdf(x)


def logistic(x):
    return 1 / (1 + mp.exp(-x))


# f, f', f'' where it is smooth, kinks with the change of slope there
ACTIVATIONS = {
    "relu": (lambda x: max(x, mp.mpf(0)), lambda x: mp.mpf(x > 0), lambda x: mp.mpf(0), [(0, 1)]),
    "leaky-relu": (
        lambda x: x if x > 0 else x * mp.mpf("0.01"),
        lambda x: mp.mpf(1) if x > 0 else mp.mpf("0.01"),
        lambda x: mp.mpf(0),
        [(0, mp.mpf("0.99"))],
    ),
    "abs": (abs, lambda x: mp.mpf(1 if x > 0 else -1), lambda x: mp.mpf(0), [(0, 2)]),
    "hard-tanh": (
        lambda x: max(min(x, mp.mpf(1)), mp.mpf(-1)),
        lambda x: mp.mpf(abs(x) < 1),
        lambda x: mp.mpf(0),
        [(-1, 1), (1, -1)],
    ),
    "elu": (
        lambda x: x if x > 0 else mp.expm1(x),
        lambda x: mp.mpf(1) if x > 0 else mp.exp(x),
        lambda x: mp.mpf(0) if x > 0 else mp.exp(x),
        [(0, 0)],
    ),
    "retanh": (
        lambda x: mp.tanh(x) if x > 0 else mp.mpf(0),
        lambda x: 1 - mp.tanh(x) ** 2 if x > 0 else mp.mpf(0),
        lambda x: -2 * mp.tanh(x) * (1 - mp.tanh(x) ** 2) if x > 0 else mp.mpf(0),
        [(0, 1)],
    ),
    "linear": (lambda x: x, lambda x: mp.mpf(1), lambda x: mp.mpf(0), []),
    "erf": (
        mp.erf,
        lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
        lambda x: -4 * x / mp.sqrt(mp.pi) * mp.exp(-x * x),
        [],
    ),
    "gelu": (
        lambda x: x * phi(x),
        lambda x: phi(x) + x * mp.npdf(x),
        lambda x: (2 - x * x) * mp.npdf(x),
        [],
    ),
    "exp": (mp.exp, mp.exp, mp.exp, []),
    "sin": (mp.sin, mp.cos, lambda x: -mp.sin(x), []),
    "tanh": (mp.tanh, lambda x: 1 - mp.tanh(x) ** 2, lambda x: -2 * mp.tanh(x) * (1 - mp.tanh(x) ** 2), []),
    "sigmoid": (
        logistic,
        lambda x: logistic(x) * logistic(-x),
        lambda x: logistic(x) * logistic(-x) * (1 - 2 * logistic(x)),
        [],
    ),
    "softplus": (
        lambda x: mp.log1p(mp.exp(x)),
        logistic,
        lambda x: logistic(x) * logistic(-x),
        [],
    ),
}
POINTS = [("-2.5", "0.7"), ("-0.3", "0.05"), ("0", "1"), ("0.4", "1"), ("1.2", "0.3"), ("0.9", "2.5"), ("-1", "6")]


def averages(functions, a, s):
    f, slope, curvature, kinks = functions
    # exp moves the bulk of its square by 2 s^2
    reach = (30 if f is mp.exp else 16) * s
    inner = [mp.mpf(k) for k, _ in kinks] + [a + k * s for k in (-8, -4, -2, -1, 0, 1, 2, 4, 8, 10, 12, 14, 16, 20)]
    inner += [mp.mpf(k) for k in range(-6, 7)]
    breaks = sorted({x for x in inner if a - reach < x < a + reach} | {a - reach, a + reach})

    def mean(h):
        return mp.quad(lambda x: h(x) * mp.npdf(x, a, s), breaks, maxdegree=8)

    g = mean(f)
    return {
        "mean": g,
        "slope": mean(slope),
        "curvature": mean(curvature) + sum(change * mp.npdf(mp.mpf(k), a, s) for k, change in kinks),
        "variance": mean(lambda x: (f(x) - g) ** 2),
        "varianceSlope": 2 * mean(lambda x: (f(x) - g) * slope(x)),
    }


cases = []
for name, functions in ACTIVATIONS.items():
    for a, s in POINTS:
        found = averages(functions, mp.mpf(a), mp.mpf(s))
        cases.append({"activation": name, "drive": float(a), "deviation": float(s)} | {k: float(v) for k, v in found.items()})

text = {"source": f"mpmath {mp.__version__}, 40 digits, tanh-sinh quadrature between the kinks", "cases": cases}
pathlib.Path(__file__).with_name("smoothing.json").write_text(json.dumps(text, indent=1) + "\n")
