"""A training step of the ctrnn in PyTorch, written as a practitioner writes it.

Usage: python3 pytorch.py hidden batch steps inputs repeats threads
Prints one JSON line: {"ms": [time of each repeat], "torch": version}.

Noise inside the activation, ReLU, linear readout at every step, mean squared error, Adam, float32.
"""
import json
import sys
import time

import torch

hidden, batch, steps, inputs, repeats, threads = (int(text) for text in sys.argv[1:7])
torch.set_num_threads(threads)
torch.manual_seed(0)

alpha, sigma = 0.2, 0.5
w_rec = torch.nn.Parameter(torch.randn(hidden, hidden) * 0.9 / hidden**0.5)
w_in = torch.nn.Parameter(torch.randn(hidden, inputs))
b_rec = torch.nn.Parameter(torch.zeros(hidden))
w_out = torch.nn.Parameter(torch.randn(1, hidden) / hidden**0.5)
b_out = torch.nn.Parameter(torch.zeros(1))
parameters = [w_rec, w_in, b_rec, w_out, b_out]
optimiser = torch.optim.Adam(parameters, lr=1e-3)

u = torch.rand(steps, batch, inputs) * 2 - 1
target = torch.sin(torch.pi * u[:, :, :1])


def step():
    optimiser.zero_grad()
    h = torch.zeros(batch, hidden)
    # all steps in one product; unbind, because the gradient of indexing fills the whole sequence at every step
    drives = (u @ w_in.T + b_rec).unbind(0)
    states = []
    for t in range(steps):
        drive = torch.addmm(drives[t], h, w_rec.T) + sigma * torch.randn(batch, hidden)
        h = torch.lerp(h, torch.relu(drive), alpha)
        states.append(h)
    z = torch.stack(states) @ w_out.T + b_out
    loss = ((z - target) ** 2).mean()
    loss.backward()
    optimiser.step()
    return loss


for _ in range(3):
    step()
times = []
for _ in range(repeats):
    start = time.perf_counter()
    step()
    times.append((time.perf_counter() - start) * 1e3)
print(json.dumps({"ms": times, "torch": torch.__version__}))
