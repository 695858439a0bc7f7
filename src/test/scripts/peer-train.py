#!/usr/bin/env python3
"""Trains as conf/quickstart.conf, conf/cifar10.conf or conf/clothing10.conf do, in PyTorch and timm, and times it.

    python3 src/test/scripts/peer-train.py --config quickstart --data data/synthetic --processes 2

The same work: the same shards, decoded by Pillow in each epoch, torchvision's light augmentation, FGSM from a random
start with the same schedule of epsilon, the step of peer-step.py, AdamW, and after each epoch the validation split clean
and under FGSM. With --processes 2 two processes of one thread train in DistributedDataParallel over Gloo, with
1 one process of --threads threads does. --loaders sets DataLoader's processes for each. Prints one line an epoch with
its images/s, validation left out, and the seconds of the validation, and the accuracies so that the work is seen to be done.
Needs torch, torchvision, timm, pyarrow and Pillow; nothing that is tested needs this script.
"""

import argparse
import io
import math
import os
import pathlib
import time

import pyarrow.parquet
import torch
import torch.distributed as dist
import torch.multiprocessing
from PIL import Image
from timm.models.xcit import Xcit
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.distributed import DistributedSampler
from torchvision import transforms

CONFIGS = {
    "quickstart": dict(
        side=32, dim=64, heads=2, scale=0.6, jitter=0.2, eps=4 / 255, warm=2, lr=1.5e-3, batch=64, val="validation"
    ),
    "cifar10": dict(
        side=32, dim=96, heads=3, scale=0.6, jitter=0.0, eps=8 / 255, warm=2, lr=1.5e-3, batch=64, val="test"
    ),
    "clothing10": dict(
        side=64, dim=64, heads=2, scale=0.35, jitter=0.4, eps=4 / 255, warm=10, lr=1e-3, batch=32, val="validation"
    ),
}
CLASSES = 10


class Shards(Dataset):
    """Encoded images of a split, in memory; decoded when asked for."""

    def __init__(self, folder, split, transform):
        self.rows = []
        for file in sorted(pathlib.Path(folder).glob(f"{split}/*.parquet")):
            table = pyarrow.parquet.read_table(file).to_pydict()
            label = "label" if "label" in table else "labels"
            self.rows += [(image["bytes"], number) for image, number in zip(table["image"], table[label])]
        if not self.rows:
            raise SystemExit(f"{folder} has no shards of {split}")
        self.transform = transform

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        encoded, label = self.rows[index]
        return self.transform(Image.open(io.BytesIO(encoded)).convert("RGB")), label


def light(config):
    bicubic = transforms.InterpolationMode.BICUBIC
    stages = [
        transforms.RandomResizedCrop(config["side"], scale=(config["scale"], 1), interpolation=bicubic),
        transforms.RandomHorizontalFlip(),
    ]
    if config["jitter"] > 0:
        stages.append(transforms.ColorJitter(config["jitter"], config["jitter"], config["jitter"]))
    return transforms.Compose(stages + [transforms.ToTensor()])


def whole(config):
    bicubic = transforms.InterpolationMode.BICUBIC
    side = config["side"]
    return transforms.Compose(
        [transforms.Resize(side, interpolation=bicubic), transforms.CenterCrop(side), transforms.ToTensor()]
    )


def create(config):
    """XCiT with patches of 8 and four blocks; at 32 pixels with the stem of 16, whose first convolution does not stride."""
    small = config["side"] == 32
    model = Xcit(
        img_size=config["side"], patch_size=16 if small else 8, embed_dim=config["dim"], depth=4, num_heads=config["heads"], eta=1.0,
        tokens_norm=False, num_classes=CLASSES, drop_path_rate=0.0,
    )
    if small:
        model.patch_embed.proj[0][0].stride = (1, 1)
    return model


def fgsm(model, images, labels, radius, step, random):
    start = torch.empty_like(images).uniform_(-radius, radius) if random else torch.zeros_like(images)
    adversarial = (images + start).clamp(0, 1).requires_grad_(True)
    loss = F.cross_entropy(model(adversarial), labels, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, adversarial)
    delta = (adversarial.detach() + step * gradient.sign() - images).clamp(-radius, radius)
    return (images + delta).clamp(0, 1)


def validate(model, loader, eps):
    model.eval()
    clean = robust = seen = 0
    for images, labels in loader:
        with torch.no_grad():
            clean += (model(images).argmax(1) == labels).sum().item()
        attacked = fgsm(model, images, labels, eps, eps, False)
        with torch.no_grad():
            robust += (model(attacked).argmax(1) == labels).sum().item()
        seen += len(labels)
    sums = torch.tensor([clean, robust, seen], dtype=torch.float64)
    if dist.is_initialized():
        dist.all_reduce(sums)
    return (sums[0] / sums[2]).item(), (sums[1] / sums[2]).item()


def groups(model):
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        (others if parameter.ndim <= 1 or name.endswith(".bias") else decayed).append(parameter)
    return [{"params": others, "weight_decay": 0.0}, {"params": decayed, "weight_decay": 0.05}]


def train(rank, arguments):
    config = CONFIGS[arguments.config]
    many = arguments.processes > 1
    torch.set_num_threads(1 if many else arguments.threads)
    torch.manual_seed(42)
    # It works with no processor of a machine that hides its caches, and says so at each convolution.
    torch.backends.nnpack.set_flags(False)
    if many:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(arguments.port))
        dist.init_process_group("gloo", rank=rank, world_size=arguments.processes)
    net = create(config)
    model = nn.parallel.DistributedDataParallel(net) if many else net
    torch.manual_seed(1000 + rank)
    trained = Shards(arguments.data, "train", light(config))
    kept = Shards(arguments.data, config["val"], whole(config))
    share = config["batch"] // arguments.processes
    sampler = DistributedSampler(trained, arguments.processes, rank, drop_last=True)
    parallel = dict(num_workers=arguments.loaders, persistent_workers=arguments.loaders > 0)
    loader = DataLoader(trained, share, sampler=sampler, drop_last=True, **parallel)
    judges = DataLoader(kept, 64, sampler=DistributedSampler(kept, arguments.processes, rank, shuffle=False))
    optimizer = torch.optim.AdamW(groups(net), lr=config["lr"])
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    number, first = 0, time.perf_counter()
    for epoch in range(arguments.epochs):
        begin = time.perf_counter()
        sampler.set_epoch(epoch)
        for images, labels in loader:
            radius = config["eps"] * min(1.0, number / (config["warm"] * len(loader)))
            model.eval()
            attacked = fgsm(net, images, labels, radius, 1.5 * radius, True)
            model.train()
            if arguments.kind == "paper":
                net(images)
            rate = config["lr"] * 0.5 * (1 + math.cos(math.pi * number / (arguments.epochs * len(loader))))
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            loss = criterion(model(attacked), labels)
            loss.backward()
            optimizer.step()
            number += 1
            loss.item()
            if number == arguments.max_steps:
                break
        trained_for = time.perf_counter() - begin
        clean, robust = validate(net, judges, config["eps"])
        if rank == 0:
            steps = number - epoch * len(loader)
            images_of_epoch = steps * share * arguments.processes
            print(
                f"epoch {epoch + 1}: {images_of_epoch / trained_for:.0f} images/s, "
                f"validation {time.perf_counter() - begin - trained_for:.1f} s, clean {clean:.3f}, FGSM {robust:.3f}",
                flush=True,
            )
        if number == arguments.max_steps:
            break
    if rank == 0:
        print(f"all of it: {time.perf_counter() - first:.1f} s", flush=True)
    if many:
        dist.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", choices=CONFIGS, required=True)
    parser.add_argument("--data", required=True, help="folder of shards, as RobustPrep wrote it")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--max-steps", type=int, default=0, help="end after so many (0: no limit)")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2, help="of the one process")
    parser.add_argument("--loaders", type=int, default=1, help="loading processes beside each")
    parser.add_argument("--kind", choices=("paper", "lean"), default="paper", help="with or without the clean forward")
    parser.add_argument("--port", type=int, default=29511)
    arguments = parser.parse_args()
    if arguments.processes > 1:
        torch.multiprocessing.spawn(train, (arguments,), nprocs=arguments.processes)
    else:
        train(0, arguments)


if __name__ == "__main__":
    main()
