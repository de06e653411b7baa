"""Second-order terms of the loss of noisy networks, three ways; writes regulariser.json beside this file.

Forward covariance recursion, double sum over steps, and half the trace of the Hessian of the loss in the draws by
central differences of a plain forward pass (which knows nothing of the theory).

    h' = h + delta (A h + tanh(W h + U x + b + s_in xi_in)) + S(h) xi      (kinds below)

Run: python3 regulariser.py
"""

import json
import pathlib

import numpy as np

d, steps, inputs, classes = 5, 9, 2, 3
delta = 0.3
rng = np.random.default_rng(20)


def tidy(a):
    return np.round(a, 6)


A = tidy(-0.4 * np.eye(d) + 0.4 * rng.standard_normal((d, d)))
W = tidy(0.7 * rng.standard_normal((d, d)))
U = tidy(rng.standard_normal((d, inputs)))
b = tidy(0.3 * rng.standard_normal(d))
V = tidy(rng.standard_normal((classes, d)))
c = tidy(0.2 * rng.standard_normal(classes))
x = rng.standard_normal((steps, inputs)).astype(np.float32)
label = 1

# deviations of the draws, per step
kinds = {
    "additive": {"state": 0.2},
    "drift": {"drift": 0.3},
    "state-proportional": {"h": 0.25},
    "mixed": {"state": 0.2, "drift": 0.3},
    "inside": {"inside": 0.5},
    "inside-and-state": {"inside": 0.5, "state": 0.2},
}


def drift(h, t, inside=0.0):
    return delta * (A @ h + np.tanh(W @ h + U @ x[t] + b + inside))


def loss_of(h):
    z = V @ h + c
    return np.log(np.sum(np.exp(z - z.max()))) + z.max() - z[label]


def forward(kind, draws):
    """draws: site -> [steps, d] of unit deviation; float64"""
    h = np.zeros(d)
    s = kinds[kind]
    for t in range(steps):
        f = drift(h, t, s["inside"] * draws["inside"][t] if "inside" in s else 0.0)
        h_next = h + f
        if "drift" in s:
            h_next = h_next + f * s["drift"] * draws["drift"][t]
        if "h" in s:
            h_next = h_next + h * s["h"] * draws["h"][t]
        if "state" in s:
            h_next = h_next + s["state"] * draws["state"][t]
        h = h_next
    return loss_of(h)


def path():
    hs = [np.zeros(d)]
    for t in range(steps):
        hs.append(hs[-1] + drift(hs[-1], t))
    return hs


def pieces(kind):
    """Per step: Jacobian, gains of the draws, Hessians in the state, mean of the second derivative in the draws."""
    s = kinds[kind]
    out = []
    hs = path()
    for t in range(steps):
        h = hs[t]
        a = W @ h + U @ x[t] + b
        th = np.tanh(a)
        slope, curve = 1 - th**2, -2 * th * (1 - th**2)
        J = np.eye(d) + delta * (A + slope[:, None] * W)
        H = delta * curve[:, None, None] * W[:, :, None] * W[:, None, :]
        G = np.zeros((d, d))
        F = drift(h, t)
        if "state" in s:
            G = G + s["state"] ** 2 * np.eye(d)
        if "drift" in s:
            G = G + s["drift"] ** 2 * np.diag(F**2)
        if "h" in s:
            G = G + s["h"] ** 2 * np.diag(h**2)
        bend = np.zeros(d)
        if "inside" in s:
            G = G + s["inside"] ** 2 * delta**2 * np.diag(slope**2)
            bend = s["inside"] ** 2 * delta * curve
        out.append((J, G, H, bend))
    return hs, out


def end_of(h):
    z = V @ h + c
    p = np.exp(z - z.max())
    p /= p.sum()
    g = V.T @ (p - np.eye(classes)[label])
    return g, V.T @ (np.diag(p) - np.outer(p, p)) @ V


def by_recursion(kind):
    hs, parts = pieces(kind)
    C, w = np.zeros((d, d)), np.zeros(d)
    for J, G, H, bend in parts:
        w = J @ w + 0.5 * (np.einsum("pij,ij->p", H, C) + bend)
        C = J @ C @ J.T + G
    g, HL = end_of(hs[-1])
    return 2 * g @ w, np.trace(HL @ C)


def by_double_sum(kind):
    """By the step at which the noise enters."""
    hs, parts = pieces(kind)
    g, HL = end_of(hs[-1])
    P, Q = np.zeros(steps), np.zeros(steps)
    for k in range(steps):
        after = [np.eye(d)]  # flow from step k + 1 to m
        for m in range(k + 1, steps):
            after.append(parts[m][0] @ after[-1])
        G = parts[k][1]
        Q[k] = np.trace(G @ after[-1].T @ HL @ after[-1])
        to_end = [None] * (steps + 1)
        to_end[steps] = np.eye(d)
        for m in range(steps - 1, k, -1):
            to_end[m] = to_end[m + 1] @ parts[m][0]
        P[k] = g @ to_end[k + 1] @ parts[k][3]
        for m in range(k + 1, steps):
            C = after[m - k - 1] @ G @ after[m - k - 1].T
            P[k] += g @ to_end[m + 1] @ np.einsum("pij,ij->p", parts[m][2], C)
    return P, Q


def by_differences(kind, size=2e-3):
    """Trace of the Hessian in the draws, fourth-order differences."""
    total = 0.0
    zero = {site: np.zeros((steps, d)) for site in kinds[kind]}
    base = forward(kind, zero)
    for site in kinds[kind]:
        for t in range(steps):
            for i in range(d):
                at = {}
                for n in (-2, -1, 1, 2):
                    draws = {s: np.zeros((steps, d)) for s in kinds[kind]}
                    draws[site][t, i] = n * size
                    at[n] = forward(kind, draws)
                total += (-at[2] + 16 * at[1] - 30 * base + 16 * at[-1] - at[-2]) / (12 * size**2)
    return total


result = {
    "delta": delta,
    "weights": {
        "wLinear": A.ravel().tolist(),
        "wRec": W.ravel().tolist(),
        "wIn": U.ravel().tolist(),
        "bRec": b.tolist(),
        "wOut": V.ravel().tolist(),
        "bOut": c.tolist(),
    },
    "input": x.ravel().astype(float).tolist(),
    "label": label,
    "kinds": [],
}
for kind, deviations in kinds.items():
    p, q = by_recursion(kind)
    ps, qs = by_double_sum(kind)
    differences = by_differences(kind)
    assert abs(ps.sum() - p) < 1e-12 * max(1, abs(p)) and abs(qs.sum() - q) < 1e-12 * max(1, abs(q)), kind
    assert abs(differences - p - q) < 1e-7 * (1 + abs(p + q)), (kind, differences, p + q)
    result["kinds"].append(
        {
            "kind": kind,
            "deviations": deviations,
            "p": p,
            "q": q,
            "pOfStep": ps.tolist(),
            "qOfStep": qs.tolist(),
            "traceByDifferences": differences,
        }
    )
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result))
