"""Weights of PyTorch's optimisers over 50 steps on a fixed quadratic; writes train-optimisers.json beside this file.

Loss w'Aw/2 - b'w with A = M'M/n + I/10 and b, w from torch.manual_seed(7). Run: python3 train-optimisers.py
"""
import json
import pathlib

import torch

SEED = 7
STEPS = 50
KEPT = [1, 2, 5, 10, 20, 50]

torch.manual_seed(SEED)
n = 5
m = torch.randn(n, n, dtype=torch.float64)
a = m.T @ m / n + 0.1 * torch.eye(n, dtype=torch.float64)
b = torch.randn(n, dtype=torch.float64)
start = torch.randn(n, dtype=torch.float64)

CASES = [
    ("sgd", {}, 0.0, torch.optim.SGD, {}),
    ("sgd", {"momentum": 0.9}, 0.1, torch.optim.SGD, {"momentum": 0.9}),
    ("sgd", {"momentum": 0.8, "nesterov": True}, 0.1, torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
    ("adam", {}, 0.0, torch.optim.Adam, {}),
    ("adam", {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}, 0.1, torch.optim.Adam, {"betas": (0.8, 0.95), "eps": 1e-3}),
    ("adamw", {}, 0.3, torch.optim.AdamW, {}),
    ("rmsprop", {}, 0.0, torch.optim.RMSprop, {}),
    (
        "rmsprop",
        {"smoothing": 0.9, "epsilon": 1e-3, "momentum": 0.7},
        0.1,
        torch.optim.RMSprop,
        {"alpha": 0.9, "eps": 1e-3, "momentum": 0.7},
    ),
]


def trajectory(make, keywords, decay, dtype):
    w = start.to(dtype).clone().requires_grad_(True)
    optimiser = make([w], lr=0.03, weight_decay=decay, **keywords)
    kept = []
    for step in range(1, STEPS + 1):
        optimiser.zero_grad()
        w.grad = (a.to(dtype) @ w.detach() - b.to(dtype)).clone()
        optimiser.step()
        if step in KEPT:
            kept.append(w.detach().tolist())
    return kept


result = {
    "source": f"PyTorch {torch.__version__}, train-optimisers.py, seed {SEED}",
    "rate": 0.03,
    "steps": STEPS,
    "kept": KEPT,
    "a": a.tolist(),
    "b": b.tolist(),
    "start": start.tolist(),
    "cases": [
        {
            "name": name,
            "settings": settings,
            "weightDecay": decay,
            "float64": trajectory(make, keywords, decay, torch.float64),
            "float32": trajectory(make, keywords, decay, torch.float32),
        }
        for name, settings, decay, make, keywords in CASES
    ],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result) + "\n")
