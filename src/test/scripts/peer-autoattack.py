#!/usr/bin/env python3
"""Runs the original AutoAttack `standard` on the recorded network and images of the tests, and times it.

    python3 src/test/scripts/peer-autoattack.py --threads 2

Needs torch, safetensors and the original: pip install git+https://github.com/fra31/auto-attack. Nothing that is tested
needs this script. The 256 images are one batch, as when results were recorded. Prints the original's log, and for each
radius the images that still stand, how many fare as in the recorded run, and the seconds of run_standard_evaluation, its
checks included. Weights ask for gradients, as those of a model that was just loaded do, so FAB's backward computes
theirs too; --frozen leaves them out. RecordedToyRun in the tests times ours.
"""

import argparse
import pathlib
import time

import torch
from safetensors.torch import load_file
from torch import nn

try:
    from autoattack import AutoAttack
except ImportError as missing:
    raise SystemExit(
        f"{missing}: pip install git+https://github.com/fra31/auto-attack, or name its folder in PYTHONPATH"
    ) from missing

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "resources/golden/attacks"


class Toy(nn.Module):
    """The network of toy_cnn.safetensors: 16 x 16 pixels, 10 classes."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(24)
        self.conv3 = nn.Conv2d(24, 32, 3, stride=2, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(32)
        self.fc = nn.Linear(512, 10)

    def forward(self, x):
        x = nn.functional.gelu(self.conv1(x))
        x = nn.functional.gelu(self.bn2(self.conv2(x)))
        x = nn.functional.gelu(self.bn3(self.conv3(x)))
        return self.fc(x.flatten(1))


def recorded():
    """The network in eval mode, its images and their labels."""
    tensors = load_file(GOLDEN / "toy_cnn.safetensors")
    model = Toy()
    model.load_state_dict(
        {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}
    )
    model.eval()
    images = tensors["x"]
    with torch.no_grad():
        apart = (model(images) - tensors["logits"]).abs().max().item()
    if apart > 1e-3:
        raise SystemExit(f"logits are {apart} from the recorded ones: this is not the recorded network")
    return model, images, tensors["y_int32"].long()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--eps", type=int, nargs="+", default=[4, 8], choices=(4, 8), help="radii of Linf, in 1/255")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--frozen", action="store_true", help="weights ask for no gradients")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    model, images, labels = recorded()
    if arguments.frozen:
        model.requires_grad_(False)
    masks = load_file(GOLDEN / "masks_cnn.safetensors")
    for eps in arguments.eps:
        attack = AutoAttack(model, norm="Linf", eps=eps / 255, version="standard", seed=arguments.seed, device="cpu")
        begin = time.perf_counter()
        adversarial = attack.run_standard_evaluation(images, labels, bs=arguments.batch)
        seconds = time.perf_counter() - begin
        with torch.no_grad():
            standing = model(adversarial).argmax(1) == labels
        mask = masks[f"cnn.Linf.{eps / 255:.6f}.autoattack_standard"].bool()
        print(
            f"Linf {eps}/255, {arguments.threads} threads, torch {torch.__version__}: robust accuracy"
            f" {standing.float().mean():.4f} ({standing.sum()} of {len(labels)}; recorded {mask.sum()},"
            f" {(standing == mask).sum()} images as recorded), {seconds:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
