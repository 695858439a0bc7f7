#!/usr/bin/env python3
"""Makes src/test/resources/analysis/toy.json: PGD on a small network, computed by PyTorch alone.

Needs PyTorch (made with 2.13.0, CPU); no test needs it. Everything is float64, so that an independent
computation goes the same way at every sign of a gradient: the smallest gradient that any step saw is printed
and stored, and lies far above rounding.

    python3 analysis-oracle.py > ../resources/analysis/toy.json
"""
import json
import sys

import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(18)

IMAGES, CHANNELS, SIDE, HIDDEN, CLASSES = 5, 3, 4, 8, 4
VALUES = CHANNELS * SIDE * SIDE
EPSILON = 16 / 255
STARTS = 3
smallest = float("inf")


def drawn(*shape, scale=1.0):
    """Numbers of four decimals, so that the file holds exactly what was computed with."""
    return torch.round(scale * torch.randn(*shape) * 1e4) / 1e4


weights = {
    "w1": drawn(HIDDEN, VALUES, scale=0.35),
    "b1": drawn(HIDDEN, scale=0.2),
    "w2": drawn(CLASSES, HIDDEN, scale=0.9),
    "b2": drawn(CLASSES, scale=0.2),
}
images = torch.round(torch.rand(IMAGES, CHANNELS, SIDE, SIDE) * 255) / 255
labels = torch.tensor([0, 1, 2, 3, 1])
starts = torch.round((2 * torch.rand(STARTS, *images.shape) - 1) * 1e4) / 1e4


def logits(x):
    hidden = torch.tanh(x.flatten(1) @ weights["w1"].T + weights["b1"])
    return hidden @ weights["w2"].T + weights["b2"]


def losses(x):
    return torch.nn.functional.cross_entropy(logits(x), labels, reduction="none")


def project(x):
    return (images + (x - images).clamp(-EPSILON, EPSILON)).clamp(0, 1)


def pgd(start, steps, step_size):
    """The losses of each image at the start and after each step: (steps + 1, images)."""
    global smallest
    x = project(images + EPSILON * start + 1e-5)
    track = [losses(x)]
    for _ in range(steps):
        x = x.clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(losses(x).sum(), x)
        smallest = min(smallest, gradient.abs().min().item())
        x = project(x.detach() + step_size * gradient.sign())
        track.append(losses(x))
    return torch.stack(track)


def ends(steps):
    """The losses of each start and image after PGD with the scaled step."""
    return [pgd(start, steps, 1.5 * EPSILON / steps)[-1].tolist() for start in starts]


def percents(steps, oracle):
    """|L_k - L_oracle| / L_oracle in percent, for each start."""
    return [
        100 * abs(sum(short) / IMAGES - sum(long) / IMAGES) / (sum(long) / IMAGES)
        for short, long in zip(ends(steps), ends(oracle))
    ]


LENGTHS = [1, 2, 5, 10, 20]
result = {
    "about": "made by src/test/scripts/analysis-oracle.py with PyTorch " + torch.__version__,
    "epsilon": EPSILON,
    "shape": list(images.shape),
    "weights": {name: value.tolist() for name, value in weights.items()},
    "pixels255": (images * 255).round().long().flatten().tolist(),
    "labels": labels.tolist(),
    "starts": [start.flatten().tolist() for start in starts],
    "ends": {str(steps): ends(steps) for steps in LENGTHS},
    "oracle_steps": 20,
    "percents": {str(steps): percents(steps, 20) for steps in LENGTHS[:-1]},
    "scaled_trace": pgd(starts[0], 20, 1.5 * EPSILON / 20).tolist(),
    "fixed_trace": pgd(starts[0], 20, 1.5 * EPSILON / 10).tolist(),
}
result["smallest_gradient"] = smallest
json.dump(result, sys.stdout)
print(file=sys.stdout)
print("smallest gradient", smallest, file=sys.stderr)
