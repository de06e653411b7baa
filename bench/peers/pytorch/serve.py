"""PyTorch as a peer of the bench: one process that makes updates when it is told to.

Usage: python3 serve.py '{"cell": "ctrnn", "form": "autograd", "hidden": 64, "batch": 64, "steps": 100,
                          "networks": 1, "threads": 1}'

Prints {"version": ...} once it is warm. Then for each number of updates that it reads, one line {"ms": ...}: wall time
of an update of all networks, which are updated one after the other. Ends with its input.
"""
import json
import sys
import time

import torch

import ctrnn
import nrnn

work = json.loads(sys.argv[1])
torch.set_num_threads(work["threads"])
torch.set_flush_denormal(True)
torch.manual_seed(0)
cell = {"ctrnn": ctrnn, "lipschitz": nrnn}[work["cell"]]
updates = [cell.update(work["form"], work["hidden"], work["batch"], work["steps"]) for _ in range(work["networks"])]


def run(count):
    for _ in range(count):
        for update in updates:
            update()


run(1)
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    count = int(line)
    start = time.perf_counter()
    run(count)
    print(json.dumps({"ms": (time.perf_counter() - start) * 1e3 / count}), flush=True)
