"""Trains a spiking network through time in PyTorch, dense: what `rheobase bench training --spiking --peers` compares itself with.

It is given a folder with task.json, parameters.bin and images.bin, says "ready", takes a step for each line that it reads, and answers
with what that took. Time is folded into the batch, [T*N, C, H, W], and what is constant over time is computed once, as in Rheobase;
neurons are one function with its gradient written out.
"""

import json
import os
import resource
import sys
import time

import torch
import torch.nn.functional as F

folder = sys.argv[1]
task = json.load(open(os.path.join(folder, "task.json")))
steps, network = task["steps"], task["network"]
torch.set_num_threads(task["threads"])
torch.manual_seed(0)


def values_of(file):
    return torch.frombuffer(bytearray(open(os.path.join(folder, file), "rb").read()), dtype=torch.float32)


stored = values_of("parameters.bin")
parameters = {}
for name, place in network["parameters"].items():
    count = 1
    for length in place["shape"]:
        count *= length
    parameters[name] = stored[place["offset"] : place["offset"] + count].reshape(place["shape"]).clone()

count, height, width, channels = task["shape"]
images = values_of("images.bin").reshape(task["shape"]).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
labels = torch.tensor(task["labels"])

derivatives = {
    "tanh": lambda u: 0.5 * (1 - torch.tanh(u) ** 2),
    "sigmoid": lambda u: torch.sigmoid(u) * (1 - torch.sigmoid(u)),
    "triangle": lambda u: torch.relu(1 - u.abs()),
    "rectangle": lambda u: (u.abs() < 0.5).float(),
    "arctan": lambda u: 0.5 / (1 + (torch.pi / 2 * u) ** 2),
    "fast-sigmoid": lambda u: 0.5 / (1 + u.abs()) ** 2,
}
initial_slopes = {"tanh": 2.5, "sigmoid": 4, "triangle": 1, "rectangle": 1, "arctan": 2, "fast-sigmoid": 2}
derivative, initial_slope = derivatives[task["surrogate"]], initial_slopes[task["surrogate"]]


class IntegrateAndFire(torch.autograd.Function):
    """V <- V + I; s = [V >= theta]; V <- V - theta*s, over all steps. Gives theta*s, [T*N, ...]."""

    @staticmethod
    def forward(ctx, current, theta, start, constant):
        size = current.shape[0] if constant else current.shape[0] // steps
        potential = start.expand_as(current[:size])
        spikes, excess = [], []
        for t in range(steps):
            charged = potential + (current if constant else current[t * size : (t + 1) * size])
            x = charged - theta
            fired = theta * (x >= 0)
            potential = charged - fired
            spikes.append(fired)
            excess.append(x)
        ctx.save_for_backward(theta, *excess)
        ctx.constant = constant
        return torch.cat(spikes)

    @staticmethod
    def backward(ctx, dy):
        theta, *excess = ctx.saved_tensors
        slope = initial_slope / theta
        size = dy.shape[0] // steps
        by_potential = torch.zeros_like(excess[0])
        by_theta = torch.zeros_like(theta)
        by_current = []
        for t in reversed(range(steps)):
            beyond = dy[t * size : (t + 1) * size] - by_potential
            through = theta * beyond * slope * derivative(slope * excess[t])
            by_theta = by_theta + (beyond * (excess[t] >= 0) - through).sum()
            by_potential = by_potential + through
            by_current.append(by_potential)
        by_current.reverse()
        given = sum(by_current) if ctx.constant else torch.cat(by_current)
        return given, by_theta, by_potential.sum(), None


def unsupported(node):
    sys.exit(f"spiking-training.py has no operation {node['op']}, of node {node['name']}")


def forward(live):
    values, constant = {}, {}
    for node in network["nodes"]:
        op, name, inputs = node["op"], node["name"], node["inputs"] if "inputs" in node else []
        if op == "input":
            values[name], constant[name] = images, True
            continue
        still = all(constant[each] for each in inputs)
        given = [values[each] if still or not constant[each] else torch.cat([values[each]] * steps) for each in inputs]
        x = given[0]
        if op == "neuron":
            if node["neuron"]["kind"] != "if":
                unsupported(node)
            own = node["neuron"]["parameters"]
            value = IntegrateAndFire.apply(x, live[own["threshold"]], live[own["initialPotential"]], still)
            still = False
        elif op == "conv2d":
            edges = node["padding"]
            pad = (edges["left"], edges["right"], edges["top"], edges["bottom"])
            even = pad[0] == pad[1] and pad[2] == pad[3]
            value = F.conv2d(
                x if even else F.pad(x, pad),
                live[node["weight"]],
                live[node["bias"]] if "bias" in node else None,
                node["stride"],
                (pad[2], pad[0]) if even else 0,
                node["dilation"],
                node["groups"],
            )
        elif op == "dense":
            value = F.linear(x, live[node["weight"]], live[node["bias"]] if "bias" in node else None)
        elif op == "add":
            value = sum(given[1:], x)
        elif op == "globalAvgPool":
            value = x.mean((2, 3))
        elif op == "subsample":
            value = x[:, :, :: node["stride"][0], :: node["stride"][1]]
        elif op == "pad":
            edges, more = node["padding"], node["channels"]
            value = F.pad(x, (edges["left"], edges["right"], edges["top"], edges["bottom"], more["before"], more["after"]))
        elif op == "output":
            value = x
        else:
            unsupported(node)
        values[name], constant[name] = value, still
        if op == "output":
            return value if still else value.reshape(steps, count, -1).mean(0)


live = {}
for node in network["nodes"]:
    for key in ("weight", "bias"):
        if key not in node:
            continue
        value = parameters[node[key]]
        if key == "weight" and node["op"] == "conv2d":
            value = value.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
        elif key == "weight":
            value = value.t().contiguous()
        live[node[key]] = value.requires_grad_()
    if node["op"] == "neuron":
        for name in node["neuron"]["parameters"].values():
            live[name] = parameters[name].requires_grad_()
optimizer = torch.optim.SGD(live.values(), lr=1e-8, momentum=0.9)


def step():
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(forward(live), labels).backward()
    optimizer.step()


print(json.dumps({"ready": torch.__version__}), flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    taken = {
        "wallMs": 1000 * (time.perf_counter() - wall),
        "cpuMs": 1000 * (time.process_time() - cpu),
        "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(taken), flush=True)
