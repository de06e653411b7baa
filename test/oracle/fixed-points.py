"""Folds and fixed points of two noisy rectifiers; writes fixed-points.json beside this file.

Mean field of m' = (1 - a) m + a g_s(W m + b), g_s(x) = x Phi(x/s) + s phi(x/s). The stationary equation does not depend
on a. Fixed points by fsolve from a grid of starts; the fold by fsolve on (m, s) with det(J - 1) = 0.
Run: python3 fixed-points.py
"""
import json
import pathlib

import numpy as np
import scipy
from scipy.optimize import fsolve
from scipy.stats import norm

W = np.array([[1.6, -0.3], [0.2, 0.5]])
b = np.array([-0.4, 0.1])


def g(x, s):
    return np.maximum(x, 0) if s == 0 else x * norm.cdf(x / s) + s * norm.pdf(x / s)


def residual(m, s):
    return g(W @ m + b, s) - m


def fixed_points(s):
    found = []
    for x in np.linspace(-0.5, 4, 19):
        for y in np.linspace(-0.5, 4, 19):
            m, _, ok, _ = fsolve(residual, [x, y], args=(s,), full_output=True, xtol=1e-13)
            if ok == 1 and np.abs(residual(m, s)).max() < 1e-11 and np.abs(m).max() < 50:
                if not any(np.abs(m - other).max() < 1e-6 for other in found):
                    found.append(m)
    return sorted([list(map(float, m)) for m in found])


def fold(unknown):
    m, s = unknown[:2], unknown[2]
    slope = norm.cdf((W @ m + b) / s)
    jacobian = slope[:, None] * W
    return [*residual(m, s), np.linalg.det(jacobian - np.eye(2))]


levels = [0.0, 0.1, 0.2, 0.3]
points = {str(s): fixed_points(s) for s in levels}
start = np.mean(points["0.1"], axis=0)
solution, _, ok, message = fsolve(fold, [*start, 0.25], full_output=True, xtol=1e-13)
assert ok == 1 or np.abs(fold(solution)).max() < 1e-12, message
assert np.abs(fold(solution)).max() < 1e-12
result = {
    "source": f"SciPy {scipy.__version__}, NumPy {np.__version__}, fixed-points.py",
    "weights": W.ravel().tolist(),
    "bias": b.tolist(),
    "points": points,
    "fold": {"mean": solution[:2].tolist(), "deviation": float(solution[2])},
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
