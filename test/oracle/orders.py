"""Orders that published code draws with NumPy and PyTorch; writes orders.json beside this file.

Of the long one the first and last ten and a hash: the sum over i of (i + 1) order[i], modulo 2^31 - 1. Run: python3 orders.py
"""
import json
import pathlib

import numpy as np
import torch


def randperm(seed, count):
    torch.manual_seed(seed)
    return torch.randperm(count).tolist()


def numpy(seed, count):
    return np.random.RandomState(seed).permutation(count).tolist()


def summary(order):
    mark = sum((i + 1) * value for i, value in enumerate(order)) % (2**31 - 1)
    return {"count": len(order), "first": order[:10], "last": order[-10:], "hash": mark}


document = {
    "versions": {"torch": torch.__version__, "numpy": np.__version__},
    "orders": {
        "randperm-12008": summary(randperm(12008, 784)),
        "randperm-5544": summary(randperm(5544, 784)),
        "numpy-92916": summary(numpy(92916, 784)),
        "numpy-1234": summary(numpy(1234, 60000)),
        "numpy-4294967295": summary(numpy(4294967295, 5)),
        "randperm-0": summary(randperm(0, 1)),
    },
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")
