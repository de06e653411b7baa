"""Second derivatives of the loss of two small networks by PyTorch's double backward; writes hessian.json beside this file.

A tanh ctrnn with squared error and a gru with cross-entropy, each also with the other loss; masks weigh steps unequally.
Given are weights, trials, the loss, the eigenvalues of Hessian and Gauss-Newton matrix (J' H_loss J), the trace, and the
eigenvalues of the Hessian of the first trial's loss with respect to its state after two steps. All float64.
Run: python3 hessian.py
"""
import json
import pathlib

import numpy as np
import torch
from torch.autograd.functional import hessian, jacobian

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(7)
B, T, I, N, O = 2, 4, 2, 3, 2
alpha = 0.4


def shapes(cell):
    gates = {"ctrnn": [""], "gru": ["Reset", "Update", ""]}[cell]
    found = {}
    for gate in gates:
        found[f"w{gate}Rec"] = (N, N)
        found[f"w{gate}In"] = (N, I)
        found[f"b{gate}" if gate else "bRec"] = (N,)
    if cell == "gru":
        found["bIn"] = (N,)
    return {**found, "wOut": (O, N), "bOut": (O,)}


def step(cell, p, h, u):
    if cell == "ctrnn":
        return (1 - alpha) * h + alpha * torch.tanh(h @ p["wRec"].T + u @ p["wIn"].T + p["bRec"])
    gate = lambda g: torch.sigmoid(h @ p[f"w{g}Rec"].T + u @ p[f"w{g}In"].T + p[f"b{g}"])
    r, z = gate("Reset"), gate("Update")
    n = torch.tanh(r * (h @ p["wRec"].T + p["bRec"]) + u @ p["wIn"].T + p["bIn"])
    return n + z * (h - n)


def outputs(cell, p, h, inputs):
    found = []
    for t in range(inputs.shape[1]):
        h = step(cell, p, h, inputs[:, t])
        found.append(h @ p["wOut"].T + p["bOut"])
    return torch.stack(found, 1) if found else torch.zeros(len(inputs), 0, O)


def loss(kind, z, target, mask, total):
    if kind == "cross-entropy":
        each = -torch.log_softmax(z, -1).gather(-1, target["classes"][..., None])[..., 0]
    else:
        each = ((z - target["values"]) ** 2).mean(-1)
    return (mask * each).sum() / total


def split(cell, flat):
    parts, at = {}, 0
    for name, shape in shapes(cell).items():
        size = int(np.prod(shape))
        parts[name] = flat[at : at + size].reshape(shape)
        at += size
    return parts


def symmetric(matrix):
    matrix = matrix.numpy()
    assert np.abs(matrix - matrix.T).max() < 1e-10
    return np.sort(np.linalg.eigvalsh((matrix + matrix.T) / 2))[::-1].tolist()


def single(values):
    """float32 numbers, as trials hold them."""
    return torch.tensor(values.astype(np.float32).astype(np.float64))


def case(cell, kind):
    size = sum(int(np.prod(shape)) for shape in shapes(cell).values())
    flat = torch.tensor(0.6 * rng.standard_normal(size))
    inputs = single(rng.standard_normal((B, T, I)))
    target = {"classes": torch.tensor(rng.integers(0, O, (B, T))), "values": single(rng.standard_normal((B, T, O)))}
    mask = torch.tensor(rng.choice([0.0, 0.5, 1.0, 2.0], (B, T)))
    mask[:, -1] = 1.0
    at_start = torch.zeros(B, N)
    of_outputs = lambda z: loss(kind, z, target, mask, mask.sum())
    of_weights = lambda w: outputs(cell, split(cell, w), at_start, inputs)
    z = of_weights(flat)
    J = jacobian(of_weights, flat).reshape(-1, size)
    inner = hessian(of_outputs, z).reshape(z.numel(), z.numel())

    # the first trial from its state after two steps (steps 0 and 1); its own loss has its own mask as divisor
    p = split(cell, flat)
    h = at_start[:1]
    for t in range(2):
        h = step(cell, p, h, inputs[:1, t])
    rest = {name: values[:1, 1:] for name, values in target.items()}

    def of_state(h):
        z = torch.cat([(h @ p["wOut"].T + p["bOut"])[:, None], outputs(cell, p, h, inputs[:1, 2:])], 1)
        return loss(kind, z, rest, mask[:1, 1:], mask[:1].sum())

    return {
        "cell": cell,
        "loss": kind,
        "weights": {name: value.flatten().tolist() for name, value in p.items()},
        "input": inputs.flatten().tolist(),
        "classes": target["classes"].flatten().tolist(),
        "values": target["values"].flatten().tolist(),
        "mask": mask.flatten().tolist(),
        "value": float(of_outputs(z)),
        "hessian": symmetric(hessian(lambda w: of_outputs(of_weights(w)), flat)),
        "gaussNewton": symmetric(J.T @ inner @ J),
        "state": symmetric(hessian(of_state, h).reshape(N, N)),
    }


result = {
    "source": f"PyTorch {torch.__version__}, NumPy {np.__version__}, hessian.py",
    "sizes": {"batchSize": B, "stepCount": T, "inputSize": I, "hiddenSize": N, "outputSize": O, "alpha": alpha},
    "cases": [case(c, l) for c in ("ctrnn", "gru") for l in ("cross-entropy", "mean-squared-error")],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
