"""Writes array-files.json: small array files made by NumPy, safetensors and SciPy's reader, as base64.

Made with numpy 2.4.6, safetensors 0.8.0, scipy 1.17.1, Python 3.11. Nothing is random.
Run: python3 test/oracle/array-files.py > test/oracle/array-files.json && npx biome format --write test/oracle/array-files.json
"""

import base64
import io
import json

import numpy as np
import safetensors.numpy
import scipy.io.arff

TYPES = ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]


def text(data):
    return base64.b64encode(data).decode()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return text(file.getvalue())


def npz(save, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return text(file.getvalue())


def ramp(dtype):
    """[2, 3, 4], element k is k * 5 - 30 cast to the type (wrapping), or k odd for booleans."""
    k = np.arange(24)
    values = k % 2 == 1 if dtype == "?" else (k * 5 - 30).astype("i8").astype(dtype)
    return values.reshape(2, 3, 4)


npys = []
for dtype in TYPES:
    array = ramp(dtype)
    values = [str(int(v)) if dtype != "?" else str(int(bool(v))) for v in array.ravel()]
    npys.append({"dtype": dtype, "order": "C", "canonical": True, "values": values, "file": npy(array)})
    npys.append({"dtype": dtype, "order": "F", "canonical": False, "values": values, "file": npy(np.asfortranarray(array))})
    if dtype not in ("i1", "u1", "?"):
        big = array.astype(">" + dtype)
        npys.append({"dtype": ">" + dtype, "order": "C", "canonical": False, "values": values, "file": npy(big)})

version2 = io.BytesIO()
np.lib.format.write_array(version2, ramp("f4"), version=(2, 0))

a = np.array([[1.5, -2.25], [np.inf, 1e-30]], dtype="f4")
b = np.array([0.1, -0.2, 1 / 3])
c = np.array([1, -2, 2**53 + 1])
d = np.array([True, False, True])
e = np.array(7, dtype="i4")
tensors = {"a": a, "b": b, "c": c, "d": d, "e": e}

arff = """% a comment
@RELATION demo
@attribute att1 numeric
@attribute att2 REAL
@attribute target {left,right}

@DATA
% another
1.5,?,left
-2e-3,4,right
"""
rows, _ = scipy.io.arff.loadarff(io.StringIO(arff))

json.dump(
    {
        "npy": npys,
        "npyVersion2": text(version2.getvalue()),
        "npzStored": npz(np.savez, **tensors),
        "npzDeflated": npz(np.savez_compressed, **tensors),
        "safetensors": text(safetensors.numpy.save(tensors, metadata={"unit": "1", "note": "Δt"})),
        "arff": {
            "text": arff,
            "values": [[None if np.isnan(v) else float(v) for v in (row[0], row[1])] for row in rows],
            "labels": [row[2].decode() for row in rows],
        },
    },
    __import__("sys").stdout,
    indent=1,
    ensure_ascii=False,
)
print()
