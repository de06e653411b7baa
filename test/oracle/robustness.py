"""Intervals of proportions of SciPy, and an input gradient of PyTorch; writes robustness.json beside this file.

Network: h' = (1 - a) h + a tanh(W h + U x + b), logits V h + c, cross-entropy at the last step, autograd through all steps.
Run: python3 robustness.py
"""
import json
import pathlib

import numpy as np
import scipy
import torch
from scipy import stats

counts = [(0, 10), (1, 10), (5, 10), (10, 10), (93, 100), (100, 100), (700, 1000), (999, 1000), (1000, 1000), (52_000, 100_000)]
failures = [0.001, 0.05]


def lower(k, n, failure):
    return 0.0 if k == 0 else float(stats.beta.ppf(failure, k, n - k + 1))


def wilson(k, n):
    interval = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    return [float(interval.low), float(interval.high)]


SEED = 5
rng = np.random.default_rng(SEED)
alpha, steps, batch, inputs, hidden, outputs = 0.4, 9, 3, 2, 4, 3
arrays = {
    "wRec": rng.normal(0, 0.6, (hidden, hidden)),
    "wIn": rng.normal(0, 1, (hidden, inputs)),
    "bRec": rng.normal(0, 0.3, hidden),
    "wOut": rng.normal(0, 1, (outputs, hidden)),
    "bOut": rng.normal(0, 0.3, outputs),
}
# float32 values, so that both programs see the same numbers
x = torch.tensor(rng.normal(0, 1, (batch, steps, inputs)).astype(np.float32), dtype=torch.float64, requires_grad=True)
labels = torch.tensor([2, 0, 1])
w = {name: torch.tensor(values, dtype=torch.float64) for name, values in arrays.items()}
h = torch.zeros(batch, hidden, dtype=torch.float64)
for t in range(steps):
    h = (1 - alpha) * h + alpha * torch.tanh(h @ w["wRec"].T + x[:, t] @ w["wIn"].T + w["bRec"])
loss = torch.nn.functional.cross_entropy(h @ w["wOut"].T + w["bOut"], labels, reduction="sum")
(gradient,) = torch.autograd.grad(loss, x)

result = {
    "source": f"SciPy {scipy.__version__}, PyTorch {torch.__version__.split('+')[0]}, robustness.py, seed {SEED}",
    "lower": [
        {"successes": k, "count": n, "failure": failure, "bound": lower(k, n, failure)}
        for k, n in counts
        for failure in failures
    ],
    "wilson": [{"successes": k, "count": n, "interval": wilson(k, n)} for k, n in counts],
    "gradient": {
        "alpha": alpha,
        "steps": steps,
        "weights": {name: values.ravel().tolist() for name, values in arrays.items()},
        "input": x.detach().numpy().ravel().tolist(),
        "labels": labels.tolist(),
        "gradient": gradient.numpy().ravel().tolist(),
    },
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
