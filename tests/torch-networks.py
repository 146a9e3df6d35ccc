"""Exports small networks with random weights from PyTorch to ONNX, with an input and the outputs that PyTorch gives.

Usage: python3 torch-networks.py FOLDER. Writes FOLDER/NAME-OPSET.onnx, and FOLDER/NAME-OPSET.json with what went in and came out, by the names in the file.
"""

import json
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")


class Residual(nn.Module):
    """A block with batch norms, and a shortcut that subsamples and pads channels (option A)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(16)
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        shortcut = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 4, 4))
        x = F.relu(self.bn2(self.conv2(x)) + shortcut)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Normalizes(nn.Module):
    """Normalizes its input in the graph, flattens in PyTorch's order, and pools with odd sizes."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2, 0.3, 0.25]).view(1, 3, 1, 1))
        self.body = nn.Sequential(
            nn.Conv2d(3, 6, 3, stride=2), nn.ReLU6(), nn.MaxPool2d(3, stride=2, ceil_mode=True), nn.Flatten()
        )
        self.head = nn.Sequential(nn.Linear(24, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(), nn.Linear(12, 4))

    def forward(self, x):
        return F.softmax(self.head(self.body((x - self.mean) / self.std)), dim=1)


class Generator(nn.Module):
    """Transposed convolutions and upsampling, to an image."""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(3, 6, 3, stride=2, padding=1, output_padding=1)
        self.grouped = nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1, groups=2)
        self.out = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, x):
        x = F.leaky_relu(self.up(x), 0.1)
        x = F.relu(self.grouped(x))
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        return torch.sigmoid(self.out(x))


class Series(nn.Module):
    """A one-dimensional network with a slope a channel."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(4, 8, 5, padding=2, dilation=1), nn.PReLU(8), nn.AvgPool1d(2),
            nn.Conv1d(8, 8, 3, groups=4), nn.BatchNorm1d(8), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(),
        )
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(self.body(x))


class Shuffled(nn.Module):
    """Depthwise convolutions with a multiplier, a channel shuffle, a split, and one ReLU used twice."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.depthwise = nn.Conv2d(4, 12, 3, padding=1, groups=4)
        self.point = nn.Conv2d(12, 4, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        left, right = self.relu(self.stem(x)).chunk(2, 1)
        right = self.relu(self.point(self.depthwise(right)))
        x = torch.cat([left, right], 1)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return x.mean((2, 3)), F.pixel_shuffle(x, 2)


networks = {
    "residual": (Residual(), (2, 3, 12, 12)),
    "normalizes": (Normalizes(), (2, 3, 12, 12)),
    "generator": (Generator(), (1, 3, 5, 6)),
    "series": (Series(), (2, 4, 24)),
    "shuffled": (Shuffled(), (2, 3, 8, 8)),
}


def randomize(network):
    """Statistics of batch norms as after training: a fresh one does nothing that could be seen."""
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_(0, 0.5)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
        if isinstance(module, nn.PReLU):
            nn.init.uniform_(module.weight, -0.3, 0.5)


def main(folder):
    torch.manual_seed(0)
    for name, (network, shape) in networks.items():
        randomize(network)
        network.eval()
        for opset in (9, 11, 13, 16):
            if name == "generator" and opset < 11:
                continue  # The bilinear upsampling of these opsets is another than PyTorch's, as its exporter warns.
            x = torch.rand(shape)
            with torch.no_grad():
                results = network(x)
            outputs = [results] if torch.is_tensor(results) else list(results)
            names = [f"output{i}" for i in range(len(outputs))]
            free = {key: {0: "batch"} for key in ["input", *names]} if opset in (11, 16) else None
            file = f"{folder}/{name}-{opset}.onnx"
            try:
                torch.onnx.export(
                    network, x, file, opset_version=opset, input_names=["input"], output_names=names, dynamic_axes=free
                )
            except Exception as error:  # Not every network is known to every opset; the caller lists what there is.
                print(f"{name} at opset {opset}: {str(error).splitlines()[0]}")
                continue
            tensor = lambda t: {"shape": list(t.shape), "data": t.flatten().tolist()}
            record = {"input": tensor(x), "outputs": dict(zip(names, map(tensor, outputs)))}
            with open(f"{folder}/{name}-{opset}.json", "w") as out:
                json.dump(record, out)


main(sys.argv[1])
