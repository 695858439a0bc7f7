"""Times the FGSM training step of a model in PyTorch and timm: what RobustSpeed is compared with.

A step is that of the paper's code (arXiv 2209.07399): FGSM from a random start in eval mode, then in train mode a forward
of the clean images, which only feeds an accuracy meter, a forward of the attacked ones with label smoothing 0.1,
backward, and AdamW. "lean" leaves the clean forward out. Writes one JSON object.
"""

import argparse
import json
import pathlib
import resource
import statistics
import sys
import time

import timm
import torch
from timm.models.cait import Cait
from timm.models.metaformer import GroupNorm1, MetaFormer
from timm.models.xcit import Xcit
from torch import nn
from torch.nn import functional as F

EPSILON = 4 / 255
ATTACK_STEP = 1.5 * EPSILON
MATRIX_SIDE = 2048


def poolformer_m12(drop_path):
    """The paper's PoolFormer-M12, with timm's layers."""
    return MetaFormer(
        depths=(2, 2, 6, 2),
        dims=(96, 192, 384, 768),
        downsample_norm=None,
        mlp_act=nn.GELU,
        mlp_bias=True,
        norm_layers=GroupNorm1,
        layer_scale_init_values=1e-5,
        res_scale_init_values=None,
        use_mlp_head=False,
        drop_path_rate=drop_path,
    )


def xcit_nano_12_p4_32(drop_path):
    """The paper's adaptation to 32 pixels: the stem of patch size 16, whose first two convolutions do not stride."""
    model = Xcit(
        img_size=224, patch_size=16, embed_dim=128, depth=12, num_heads=4, eta=1.0, tokens_norm=False,
        num_classes=10, drop_path_rate=drop_path,
    )
    for stage in (0, 2):
        model.patch_embed.proj[stage][0].stride = (1, 1)
    return model


def create(name, drop_path):
    """A model and the side of its images."""
    if name == "xcit_nano_12_p4_32":
        return xcit_nano_12_p4_32(drop_path), 32
    if name == "cait_s12_224":
        model = Cait(
            img_size=224, patch_size=16, embed_dim=384, depth=12, num_heads=8, init_values=1.0, drop_path_rate=drop_path
        )
        return model, 224
    if name == "poolformer_m12":
        return poolformer_m12(drop_path), 224
    return timm.create_model(name, drop_path_rate=drop_path), 224


def matrix_rate(seconds):
    """GFLOP/s of float32 products of 2048 x 2048 matrices: the median."""
    a, b = torch.rand(MATRIX_SIDE, MATRIX_SIDE), torch.rand(MATRIX_SIDE, MATRIX_SIDE)
    product = torch.mm(a, b)
    rates = []
    end = time.perf_counter() + seconds
    while len(rates) < 3 or time.perf_counter() < end:
        begin = time.perf_counter()
        torch.mm(a, b, out=product)
        rates.append(2 * MATRIX_SIDE**3 / (time.perf_counter() - begin) / 1e9)
    return statistics.median(rates)


def fgsm(model, images, labels):
    adversarial = images + torch.empty_like(images).uniform_(-EPSILON, EPSILON)
    adversarial = adversarial.clamp(0, 1).requires_grad_(True)
    loss = F.cross_entropy(model(adversarial), labels, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, adversarial)
    moved = adversarial.detach() + ATTACK_STEP * gradient.sign()
    delta = (moved - images).clamp(-EPSILON, EPSILON)
    return (images + delta).clamp(0, 1)


def step(model, optimizer, criterion, images, labels, meters):
    model.eval()
    adversarial = fgsm(model, images, labels)
    model.train()
    clean = model(images) if meters else None
    optimizer.zero_grad()
    logits = model(adversarial)
    loss = criterion(logits, labels)
    loss.backward()
    optimizer.step()
    correct = (logits.argmax(1) == labels).sum().item()
    if clean is not None:
        correct += (clean.argmax(1) == labels).sum().item()
    return loss.item(), correct


def parameter_groups(model, weight_decay):
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        (others if parameter.ndim <= 1 or name.endswith(".bias") else decayed).append(parameter)
    return [{"params": others, "weight_decay": 0.0}, {"params": decayed, "weight_decay": weight_decay}]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--kind", choices=("paper", "lean"), default="paper")
    parser.add_argument("--drop-path", type=float, default=0.05)
    parser.add_argument("--profile", action="store_true", help="print where the time of two more steps goes to stderr")
    parser.add_argument("--json", type=pathlib.Path, required=True, help="file of the figures")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(42)
    model, side = create(arguments.model, arguments.drop_path)
    classes = 10 if side == 32 else 1000
    images = torch.rand(arguments.batch, 3, side, side)
    labels = torch.randint(classes, (arguments.batch,))
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.05), lr=1e-4)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    before = matrix_rate(1.5)
    seconds = []
    for number in range(arguments.warmup + arguments.steps):
        begin = time.perf_counter()
        loss, _ = step(model, optimizer, criterion, images, labels, arguments.kind == "paper")
        if number >= arguments.warmup:
            seconds.append(time.perf_counter() - begin)
        if loss != loss:
            sys.exit("the loss is not a number: the figures would not be those of training")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if arguments.profile:
        with torch.profiler.profile() as profiler:
            for _ in range(2):
                step(model, optimizer, criterion, images, labels, arguments.kind == "paper")
        table = profiler.key_averages().table(sort_by="self_cpu_time_total", row_limit=25, max_name_column_width=45)
        print(table, file=sys.stderr)
    figures = {
        "model": arguments.model,
        "kind": arguments.kind,
        "batch": arguments.batch,
        "threads": arguments.threads,
        "images_per_s": arguments.batch / statistics.median(seconds),
        "slowest": arguments.batch / max(seconds),
        "fastest": arguments.batch / min(seconds),
        "sgemm": [before, matrix_rate(1.5)],
        "peak_rss_gb": peak * 1024 / 1e9,
        "torch": torch.__version__,
        "timm": timm.__version__,
    }
    arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
