"""Outputs and gradients of cells written from their papers and published code; writes cells.json beside this file.

coRNN (Rusch & Mishra 2021, explicit damping), LEM (Rusch et al. 2022), antisymmetric RNN plain and gated (Chang et al.
2019), gated Lipschitz RNN (Erichson et al. 2021, row vectors as in its code), expRNN and dtriv with the exponential and
Cayley maps (Lezcano-Casado 2019, row vectors as in its code), LSTM and GRU (what torch.nn.LSTM and torch.nn.GRU call). All in float64 with autograd.

Numbers are a formula, so that nothing but results is stored: element i of array a is 0.6 sin(1 + 2.1 a + 0.9 i), the
arrays in the order of ARRAYS, then input and cotangent. Loss: sum of c z + z^2 / 2 over the readout z at every step.
Run: python3 cells.py
"""
import json
import math
import pathlib

import torch

torch.set_default_dtype(torch.float64)
N, INPUT, OUT, BATCH, STEPS = 4, 2, 3, 2, 5


def numbers(a, *shape):
    count = math.prod(shape)
    return torch.tensor([0.6 * math.sin(1 + 2.1 * a + 0.9 * i) for i in range(count)]).reshape(shape)


def triangle(raw):
    """Skew-symmetric matrix with raw above the diagonal, row by row."""
    upper = torch.zeros(N, N)
    rows, columns = torch.triu_indices(N, N, 1)
    upper = upper.index_put((rows, columns), raw)
    return upper - upper.T


def linear(x, w, b=None):
    return torch.nn.functional.linear(x, w, b)


SQUARE, FROM_INPUT, VECTOR, TRIANGLE = (N, N), (N, INPUT), (N,), (N * (N - 1) // 2,)


def antisymmetric(p, x, gated):
    eps, gamma = 0.3, 0.05
    m = triangle(p["wRec"]) - gamma * torch.eye(N)
    h, states = torch.zeros(BATCH, N), []
    for u in x.unbind(1):
        candidate = torch.tanh(h @ m.T + linear(u, p["wIn"], p["bRec"]))
        if gated:
            candidate = candidate * torch.sigmoid(h @ m.T + linear(u, p["wGate"], p["bGate"]))
        h = h + eps * candidate
        states.append(h)
    return states


def lipschitz_gated(p, x):
    # row vectors: h A, so the matrices of the code are the transposes of ours
    eps, beta, gamma = 0.2, 0.75, 0.05

    def mixed(b):
        return beta * (b - b.T) + (1 - beta) * (b + b.T) - gamma * torch.eye(N)

    a, w = mixed(p["wLinear"].T), mixed(p["wRec"].T)
    h, states = torch.zeros(BATCH, N), []
    for u in x.unbind(1):
        z, z_gate = linear(u, p["wIn"], p["bRec"]), linear(u, p["wGate"], p["bGate"])
        h = h + eps * (h @ a + torch.tanh(h @ w + z)) * torch.sigmoid(h @ w + z_gate)
        states.append(h)
    return states


def cornn(p, x):
    dt, gamma, epsilon = 0.3, 1.2, 0.7
    layer = torch.cat([p["wIn"], p["wVelocity"], p["wRec"]], 1)
    hy, hz, states = torch.zeros(BATCH, N), torch.zeros(BATCH, N), []
    for u in x.unbind(1):
        hz = hz + dt * (torch.tanh(linear(torch.cat((u, hz, hy), 1), layer, p["bRec"])) - gamma * hy - epsilon * hz)
        hy = hy + dt * hz
        states.append(hy)
    return states


def lem(p, x):
    dt = 0.8
    y, z, states = torch.zeros(BATCH, N), torch.zeros(BATCH, N), []
    for u in x.unbind(1):
        a = dt * torch.sigmoid(linear(y, p["wScaleZ"]) + linear(u, p["wScaleZIn"], p["bScaleZ"]))
        b = dt * torch.sigmoid(linear(y, p["wScaleY"]) + linear(u, p["wScaleYIn"], p["bScaleY"]))
        z = (1 - a) * z + a * torch.tanh(linear(y, p["wRec"]) + linear(u, p["wIn"], p["bRec"]))
        y = (1 - b) * y + b * torch.tanh(linear(z, p["wMemory"]) + linear(u, p["wMemoryIn"], p["bMemory"]))
        states.append(y)
    return states


def cayley(s):
    eye = torch.eye(N)
    return torch.inverse(eye + s) @ (eye - s)


def modrelu(v, b):
    return torch.sign(v) * torch.relu(v.abs() + b)


def exprnn(p, x, q, base):
    # row vectors: h (base q(S)), so S and base of the code are the transposes of ours
    recurrent = base.T @ q(-triangle(p["wRec"]))
    h, states = torch.zeros(BATCH, N), []
    for u in x.unbind(1):
        h = modrelu(linear(u, p["wIn"]) + h @ recurrent, p["bRec"])
        states.append(h)
    return states


def lstm(p, x):
    gates = ["Input", "Forget", "", "Output"]
    weights = [
        torch.cat([p[f"w{g}In"] for g in gates]),
        torch.cat([p[f"w{g}Rec"] for g in gates]),
        torch.cat([p[f"b{g or 'Rec'}"] for g in gates]),
        torch.zeros(4 * N),
    ]
    start = torch.zeros(1, BATCH, N)
    return torch.lstm(x, (start, start), weights, True, 1, 0.0, False, False, True)[0].unbind(1)


def gru(p, x):
    weights = [
        torch.cat([p["wResetIn"], p["wUpdateIn"], p["wIn"]]),
        torch.cat([p["wResetRec"], p["wUpdateRec"], p["wRec"]]),
        torch.cat([p["bReset"], p["bUpdate"], p["bIn"]]),
        torch.cat([torch.zeros(2 * N), p["bRec"]]),
    ]
    return torch.gru(x, torch.zeros(1, BATCH, N), weights, True, 1, 0.0, False, False, True)[0].unbind(1)


def gated_shapes(names):
    return {
        key: shape
        for name in names
        for key, shape in ((f"w{name}Rec", SQUARE), (f"w{name}In", FROM_INPUT), (f"b{name or 'Rec'}", VECTOR))
    }


PLAIN = {"wIn": FROM_INPUT, "bRec": VECTOR}
GATE = {"wGate": FROM_INPUT, "bGate": VECTOR}
EYE = torch.eye(N)
BASE = cayley(triangle(numbers(50, *TRIANGLE)))
CASES = {
    "antisymmetric": ({"wRec": TRIANGLE, **PLAIN}, lambda p, x: antisymmetric(p, x, False)),
    "antisymmetric, gated": ({"wRec": TRIANGLE, **PLAIN, **GATE}, lambda p, x: antisymmetric(p, x, True)),
    "lipschitz, gated": ({"wLinear": SQUARE, "wRec": SQUARE, **PLAIN, **GATE}, lipschitz_gated),
    "cornn": ({"wRec": SQUARE, "wVelocity": SQUARE, **PLAIN}, cornn),
    "lem": (
        {
            name + end: shape
            for name in ("wScaleZ", "wScaleY", "wMemory")
            for end, shape in (("", SQUARE), ("In", FROM_INPUT))
        }
        | {name: VECTOR for name in ("bScaleZ", "bScaleY", "bMemory")}
        | {"wRec": SQUARE, **PLAIN},
        lem,
    ),
    "exprnn": ({"wRec": TRIANGLE, **PLAIN}, lambda p, x: exprnn(p, x, torch.matrix_exp, EYE)),
    "exprnn, cayley": ({"wRec": TRIANGLE, **PLAIN}, lambda p, x: exprnn(p, x, cayley, EYE)),
    "exprnn, dtriv": ({"wRec": TRIANGLE, **PLAIN}, lambda p, x: exprnn(p, x, torch.matrix_exp, BASE)),
    "lstm": (gated_shapes(["Input", "Forget", "Output", ""]), lstm),
    "gru": ({**gated_shapes(["Reset", "Update", ""]), "bIn": VECTOR}, gru),
}


def flat(tensor):
    return [float(value) for value in tensor.detach().reshape(-1)]


def result(shapes, model):
    arrays = {**shapes, "wOut": (OUT, N), "bOut": (OUT,)}
    p = {name: numbers(a, *shape).requires_grad_(True) for a, (name, shape) in enumerate(arrays.items())}
    x = numbers(len(p), BATCH, STEPS, INPUT).requires_grad_(True)
    c = numbers(len(p) + 1, BATCH, STEPS, OUT)
    z = linear(torch.stack(list(model(p, x)), 1), p["wOut"], p["bOut"])
    (c * z + z**2 / 2).sum().backward()
    gradient = {name: flat(value.grad) for name, value in p.items()}
    return {"arrays": list(arrays), "output": flat(z), "gradient": gradient, "input": flat(x.grad)}


def dtriv_step():
    """A re-basing, with and without the projection by the singular value decomposition."""
    raw, base = numbers(3, *TRIANGLE), BASE + 1e-3 * numbers(7, N, N)
    moved = base.T @ torch.matrix_exp(-triangle(raw))
    u, _, v = torch.linalg.svd(moved)
    return {"raw": flat(raw), "base": flat(base), "moved": flat(moved.T), "projected": flat((u @ v).T)}


if __name__ == "__main__":
    found = {name: result(*case) for name, case in CASES.items()}
    document = {"torch": torch.__version__, "base": flat(BASE), "cases": found, "rebasing": dtriv_step()}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(document) + "\n")
