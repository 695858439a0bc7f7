#!/usr/bin/env python3
"""Makes src/test/resources/refine/meansparse.json: MeanSparse on small tensors, computed by PyTorch alone.

Needs PyTorch (made with 2.13.0, CPU); no test needs it. Everything is float64. Statistics are over all blocks; what
decides, the distance of |x - mean| from alpha * std, is never below 1e-3, so rounding cannot turn it.

    python3 refine-oracle.py > ../resources/refine/meansparse.json
"""
import json

import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(20)

CHANNELS, ALPHA = 3, 0.75
BLOCKS = {"last": [(2, 4, CHANNELS), (3, 4, CHANNELS)], "second": [(2, CHANNELS, 2, 3), (1, CHANNELS, 2, 3)]}


def drawn(*shape, scale=1.0):
    """Numbers of four decimals, so that the file holds exactly what was computed with."""
    return torch.round(scale * torch.randn(*shape) * 1e4) / 1e4


def along_channels(values, kind):
    """(values of a channel, C)"""
    return (values if kind == "last" else values.movedim(1, -1)).reshape(-1, CHANNELS)


def shaped(vector, kind):
    return vector if kind == "last" else vector.view(1, CHANNELS, 1, 1)


def case(kind):
    offset = shaped(torch.tensor([-20.0, 0.0, 3.0]), kind)
    scale = shaped(torch.tensor([0.25, 1.0, 2.0]), kind)
    blocks = [torch.round((drawn(*shape) * scale + offset) * 1e4) / 1e4 for shape in BLOCKS[kind]]
    everything = torch.cat([along_channels(block, kind) for block in blocks])
    mean = everything.mean(0)
    std = everything.std(0, unbiased=False)
    x = blocks[0].clone().requires_grad_(True)
    distance = (x - shaped(mean, kind)).abs() - ALPHA * shaped(std, kind)
    assert distance.abs().min() > 1e-3, distance.abs().min()
    near = distance <= 0
    assert near.any() and not near.all()
    output = torch.where(near, shaped(mean, kind).expand_as(x), x)
    weight = drawn(*x.shape)
    (gradient,) = torch.autograd.grad((weight * torch.nn.functional.gelu(output)).sum(), x)
    return {
        "blocks": [{"shape": list(block.shape), "values": block.flatten().tolist()} for block in blocks],
        "mean": mean.tolist(),
        "std": std.tolist(),
        "output": output.detach().flatten().tolist(),
        "weight": weight.flatten().tolist(),
        "gradient": gradient.flatten().tolist(),
        "near": int(near.sum()),
    }


print(json.dumps({"torch": torch.__version__, "alpha": ALPHA, **{kind: case(kind) for kind in BLOCKS}}))
