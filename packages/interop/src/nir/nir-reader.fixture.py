"""An independent reader of NIR files: h5py, NumPy and NIR's documented equations, in float64.

    nir-reader.fixture.py run FILE INPUT.json    runs the graph on frames, and prints the spikes of every IF and LIF
    nir-reader.fixture.py rewrite FILE OUT       writes the same file anew with h5py, every array compressed by gzip, without v_reset
"""
import json
import sys

import h5py
import numpy as np


def conv(x, weight, bias, stride, padding, dilation, groups):
    x = np.pad(x, [(0, 0)] + [(p, p) for p in padding])
    filters, per_group, rows, columns = weight.shape
    height = (x.shape[1] - dilation[0] * (rows - 1) - 1) // stride[0] + 1
    width = (x.shape[2] - dilation[1] * (columns - 1) - 1) // stride[1] + 1
    y = np.tile(np.asarray(bias, float)[:, None, None], (1, height, width))
    for f in range(filters):
        first = f // (filters // groups) * per_group
        for c in range(per_group):
            for i in range(rows):
                for j in range(columns):
                    r, s = i * dilation[0], j * dilation[1]
                    window = x[first + c, r : r + stride[0] * (height - 1) + 1 : stride[0], s : s + stride[1] * (width - 1) + 1 : stride[1]]
                    y[f] += weight[f, c, i, j] * window
    return y


def pool(x, size, stride, padding):
    channels = x.shape[0]
    return conv(x, np.ones((channels, 1, *size)), np.zeros(channels), stride, padding, (1, 1), channels)


def pair(v):
    v = np.ravel(v).astype(int)
    return (int(v[0]), int(v[-1]))


class Node:
    def __init__(self, name, group):
        self.name = name
        self.type = group["type"][()].decode()
        self.field = {k: v[()] for k, v in group.items() if isinstance(v, h5py.Dataset)}
        self.meta = {k: v[()] for k, v in group["metadata"].items()} if "metadata" in group else {}
        self.v = None

    def step(self, x, dt, ties):
        f = self.field
        if self.type in ("Input", "Output"):
            return x
        if self.type in ("Affine", "Linear"):
            return f["weight"].astype(float) @ x + f.get("bias", 0)
        if self.type == "Conv2d":
            return conv(x, f["weight"].astype(float), f["bias"], pair(f["stride"]), pair(f["padding"]), pair(f["dilation"]), int(f["groups"]))
        if self.type == "SumPool2d":
            return pool(x, pair(f["kernel_size"]), pair(f["stride"]), pair(f["padding"]))
        if self.type == "AvgPool2d":
            size = pair(f["kernel_size"])
            return pool(x, size, pair(f["stride"]), pair(f["padding"])) / (size[0] * size[1])
        if self.type == "Flatten":
            return x.reshape(-1)
        if self.type == "Scale":
            return f["scale"].astype(float) * x
        threshold = f["v_threshold"].astype(float)
        rest = f.get("v_reset", np.zeros_like(threshold)).astype(float)
        if self.v is None:
            self.v = np.zeros(x.shape) + self.meta.get("initial_potential", 0)
        if self.type == "IF":
            self.v = self.v + f["r"].astype(float) * x
        else:
            # tau dv/dt = (v_leak - v) + r I, forward Euler.
            self.v = self.v + dt / f["tau"].astype(float) * (f["v_leak"] - self.v + f["r"].astype(float) * x)
        ties[0] += int(np.sum(self.v == threshold))
        at = self.meta.get("fires", b"above") == b"at"
        z = (self.v >= threshold if at else self.v > threshold).astype(float)
        soft = self.meta.get("reset", b"hard") == b"soft"
        self.v = self.v - z * (threshold - rest) if soft else np.where(z > 0, rest, self.v)
        return z


def run(path, given):
    with h5py.File(path) as file:
        graph = file["node"]
        nodes = {name: Node(name, group) for name, group in graph["nodes"].items()}
        edges = [(a.decode(), b.decode()) for a, b in graph["edges"][()]]
    order, left = [], dict(nodes)
    while left:
        ready = [n for n in left if all(a not in left for a, b in edges if b == n)]
        order += ready
        for n in ready:
            del left[n]
    ties, spikes, outputs = [0], {}, {}
    for frame in given["frames"]:
        values = {}
        for name in order:
            node = nodes[name]
            if node.type == "Input":
                x = np.array(frame, float).reshape([int(n) for n in np.ravel(node.field["shape"])])
            else:
                x = sum(values[a] for a, b in edges if b == name)
            values[name] = node.step(x, given.get("dt"), ties)
            if node.type in ("IF", "LIF"):
                spikes.setdefault(name, []).append(values[name].ravel().astype(int).tolist())
            if node.type == "Output":
                outputs.setdefault(name, []).append(values[name].ravel().tolist())
    return {"spikes": spikes, "outputs": outputs, "ties": ties[0]}


def rewrite(path, out):
    def copy(source, target):
        for key, item in source.items():
            if isinstance(item, h5py.Group):
                copy(item, target.create_group(key))
            elif key != "v_reset":
                value = item[()]
                many = isinstance(value, np.ndarray) and value.dtype != object and value.size > 0 and value.ndim > 0
                target.create_dataset(key, data=value, **({"compression": "gzip"} if many else {}))

    with h5py.File(path) as source, h5py.File(out, "w") as target:
        copy(source, target)


if sys.argv[1] == "run":
    with open(sys.argv[3]) as file:
        print(json.dumps(run(sys.argv[2], json.load(file))))
else:
    rewrite(sys.argv[2], sys.argv[3])
