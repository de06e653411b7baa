"""The published update of the Lipschitz and the noisy RNN in PyTorch; writes noisy-rnn.json beside this file.

Row vectors, batch first, z = E x + b, as in erichson/NoisyRNN:
    inc = h A + tanh(h W + z),   base: h <- h + step inc,   noisy: h <- h + d mult inc + add
with A and W from free matrices B and C, mult uniform on [1 - a, 1], add = s N(0, 1), d one number per unit. The random
numbers are made here again from their definition (Philox4x32-10, Box-Muller), in float64. Run: python3 noisy-rnn.py
"""
import json
import pathlib

import numpy
import torch

UNITS, INPUTS, CLASSES, STEPS, BATCH = 6, 2, 3, 12, 4
SEED, STREAM = 2**33 + 5, 77
STATE, UPDATE = 2, 4
BETA, GAMMA_A, GAMMA_W, STEP = 0.75, 0.02, 0.01, 0.1
MULT, ADD = 0.3, 0.05
WORD = 2**32 - 1


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & WORD, (p0 >> 32) ^ c[3] ^ k[1], p0 & WORD]
        k = [(k[0] + 0x9E3779B9) & WORD, (k[1] + 0xBB67AE85) & WORD]
    return c


def words(trial, step, site, units):
    found = []
    for block in range((units + 3) // 4):
        found += philox([site * 2**24 + block, step, trial, STREAM], [SEED & WORD, SEED >> 32])
    return found


def pair(w0, w1):
    radius = numpy.sqrt(-2 * numpy.log(((w0 >> 1) + 0.5) / 2**31))
    turned = (w1 << 2) & WORD
    angle = (turned - 2**32 if turned >= 2**31 else turned) * numpy.pi / 4 / 2**31
    cosine, sine = radius * numpy.cos(angle), radius * numpy.sin(angle)
    if w1 >> 31:
        cosine = -cosine
    return (sine, cosine) if (w1 >> 30) & 1 else (cosine, sine)


def normals(trial, step, site, units):
    w = words(trial, step, site, units)
    return [z for i in range(0, len(w), 2) for z in pair(w[i], w[i + 1])][:units]


def uniforms(trial, step, site, units):
    return [((w >> 9) + 0.5) / 2**23 for w in words(trial, step, site, units)][:units]


torch.manual_seed(3)
double = dict(dtype=torch.float64)
start = {
    "B": 0.3 * torch.randn(UNITS, UNITS, **double),
    "C": 0.3 * torch.randn(UNITS, UNITS, **double),
    "E": torch.randn(UNITS, INPUTS, **double),
    "b": 0.1 * torch.randn(UNITS, **double),
    "D": torch.randn(CLASSES, UNITS, **double),
    "c": 0.1 * torch.randn(CLASSES, **double),
    "d": STEP * (1 + 0.3 * torch.randn(UNITS, **double)),
}
x = torch.randn(BATCH, STEPS, INPUTS, **double)
labels = torch.tensor([0, 2, 1, 2])


def matrix(free, gamma):
    return BETA * (free - free.T) + (1 - BETA) * (free + free.T) - gamma * torch.eye(UNITS, **double)


def run(solver):
    w = {name: value.clone().requires_grad_(True) for name, value in start.items()}
    a, recurrent = matrix(w["B"], GAMMA_A), matrix(w["C"], GAMMA_W)
    h = torch.zeros(BATCH, UNITS, **double)
    for t in range(STEPS):
        inc = h @ a + torch.tanh(h @ recurrent + x[:, t] @ w["E"].T + w["b"])
        if solver == "base":
            h = h + STEP * inc
        else:
            mult = torch.tensor([uniforms(trial, t, UPDATE, UNITS) for trial in range(BATCH)], **double)
            add = torch.tensor([normals(trial, t, STATE, UNITS) for trial in range(BATCH)], **double)
            h = h + w["d"] * (1 - MULT * mult) * inc + ADD * add
    logits = h @ w["D"].T + w["c"]
    torch.nn.functional.cross_entropy(logits, labels).backward()
    gradients = {name: value.grad.tolist() for name, value in w.items() if value.grad is not None}
    return {"solver": solver, "logits": logits.tolist(), "gradients": gradients}


result = {
    "source": f"PyTorch {torch.__version__}, noisy-rnn.py, seed 3",
    "settings": {"beta": BETA, "gammaA": GAMMA_A, "gammaW": GAMMA_W, "step": STEP, "mult": MULT, "add": ADD},
    "key": {"seed": SEED, "stream": STREAM},
    "weights": {name: value.tolist() for name, value in start.items()},
    "input": x.tolist(),
    "labels": labels.tolist(),
    "cases": [run("base"), run("noisy")],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result) + "\n")
