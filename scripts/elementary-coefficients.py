"""Prints kernels/coefficients.h: polynomial coefficients of the elementary functions.

    python3 scripts/elementary-coefficients.py > kernels/coefficients.h

Needs mpmath (tested with 1.2 and 1.3). Each polynomial is a weighted Chebyshev
approximation found by Lawson's iteration (least squares, reweighted by the
error) at 200 bits. The first coefficients are rounded to the target format one
after the other, each time fitting the others anew, so that the rounding of a
large coefficient is made up for by smaller ones.
"""

import struct

import mpmath as mp
from mpmath import mpf

mp.mp.prec = 200
POINTS = 160
LAWSON = 12
ROUNDED_IN_TURN = 3


def to_f32(x):
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def to_f64(x):
    return mpf(float(x))


def solve(values, weights, basis):
    """Coefficients that minimise max |weight * (value - sum c_j basis_j)|, nearly."""
    terms, points = len(basis), len(values)
    lawson = [mpf(1)] * points
    for _ in range(LAWSON):
        a, b = mp.matrix(terms, terms), mp.matrix(terms, 1)
        for k in range(points):
            w = lawson[k] * weights[k] ** 2
            for i in range(terms):
                b[i] += w * basis[i][k] * values[k]
                for j in range(i, terms):
                    a[i, j] += w * basis[i][k] * basis[j][k]
        for i in range(terms):
            for j in range(i):
                a[i, j] = a[j, i]
        c = mp.lu_solve(a, b)
        errors = [
            weights[k] * abs(values[k] - sum(c[j] * basis[j][k] for j in range(terms))) for k in range(points)
        ]
        top = max(errors)
        lawson = [old * (error / top + mpf(1) / 100) for old, error in zip(lawson, errors)]
        mean = sum(lawson) / points
        lawson = [x / mean for x in lawson]
    return list(c)


def fit(function, weight, low, high, exponents, rounded):
    """Rounded coefficients of sum c_j x^exponents[j] on [low, high], and log2 of the largest weighted error."""
    low, high = mpf(low), mpf(high)
    x = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (k + mpf(1) / 2) / POINTS) for k in range(POINTS)]
    values = [function(t) for t in x]
    weights = [weight(t) for t in x]
    basis = [[t**e for t in x] for e in exponents]
    done = []
    while len(done) < len(exponents):
        rest = [values[k] - sum(c * basis[j][k] for j, c in enumerate(done)) for k in range(POINTS)]
        c = solve(rest, weights, basis[len(done) :])
        done += [rounded(t) for t in (c[:1] if len(done) < ROUNDED_IN_TURN else c)]
    check = [low + (high - low) * mpf(k) / 999 for k in range(1000)]
    error = max(weight(t) * abs(function(t) - sum(c * t**e for c, e in zip(done, exponents))) for t in check)
    return done, float(mp.log(error, 2))


def series(limit, function):
    """`function`, or its limit at 0 where the quotient would lose its digits."""
    return lambda x: mpf(limit) if abs(x) < mpf(2) ** -60 else function(x)


def log_tail(z):
    s = mp.sqrt(z)
    return (mp.log((1 + s) / (1 - s)) - 2 * s) / s


TINY = mpf(2) ** -50
HALF_LN2 = mp.log(2) / 2 * mpf("1.001")
EIGHTH_TURN = (mp.pi / 4) ** 2 * mpf("1.001")

# name, what it is, function, weight, interval, exponents in float32 and in float64
FAMILIES = [
    (
        "EXP",
        "exp(r) = 1 + r + r^2 p(r), |r| <= ln 2 / 2; error relative to |r| + 1/20",
        series(0.5, lambda r: (mp.expm1(r) - r) / r**2),
        lambda r: abs(r) + mpf(1) / 20,
        (-HALF_LN2, HALF_LN2),
        (range(6), range(11)),
    ),
    (
        "LOG",
        "ln((1 + s) / (1 - s)) = 2 s + s z p(z), z = s^2 <= 1/25; error relative to 2 s",
        series(0, lambda z: log_tail(z) / z),
        lambda z: z / 2,
        (TINY, mpf("0.0401")),
        (range(3), range(8)),
    ),
    (
        "LOG_REST",
        "ln((1 + s) / (1 - s)) = 2 s + s z (2/3 + z p(z)), z = s^2 < 0.0295; error relative to 2 s",
        series(0.4, lambda z: (log_tail(z) / z - mpf(2) / 3) / z),
        lambda z: z**2 / 2,
        (TINY, mpf("0.0295")),
        (range(4), range(8)),
    ),
    (
        "SIN",
        "sin(x) = x + x z p(z), z = x^2, |x| <= pi / 4; error relative to x",
        series(0, lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z),
        lambda z: z,
        (TINY, EIGHTH_TURN),
        (range(3), range(6)),
    ),
    (
        "COS",
        "cos(x) = 1 - z / 2 + z^2 p(z), z = x^2, |x| <= pi / 4; absolute error",
        series(0, lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2),
        lambda z: z**2,
        (mpf(2) ** -30, EIGHTH_TURN),
        (range(3), range(6)),
    ),
    (
        "ERF",
        "-ln(1 - erf(x)) = x + x p(x), 0 <= x <= 4 (float32) or 6 (float64); error relative to erf",
        series(2 / mp.sqrt(mp.pi) - 1, lambda x: -mp.log(mp.erfc(x)) / x - 1),
        series(mp.sqrt(mp.pi) / 2, lambda x: x * mp.erfc(x) / mp.erf(x)),
        ((0, 4), (0, 6)),
        (range(10), range(26)),
    ),
]


def main():
    print("/* Made by scripts/elementary-coefficients.py; do not edit. Lowest power first. */")
    print("#pragma once")
    for name, meaning, function, weight, interval, exponents in FAMILIES:
        print(f"\n/* {meaning} */")
        for k, (kind, rounded) in enumerate((("F32", to_f32), ("F64", to_f64))):
            low, high = interval[k] if isinstance(interval[0], tuple) else interval
            c, error = fit(function, weight, low, high, list(exponents[k]), rounded)
            print(f"/* largest error 2^{error:.1f} */")
            print(f"#define {kind}_{name} \\")
            print(", \\\n".join(f"  {float(x)!r}" for x in c))


main()
