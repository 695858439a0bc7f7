#!/usr/bin/env python3
"""Times Pillow, torchvision and timm at what RobustSpeed data times, on one thread.

    taskset -c 0 python3 src/test/scripts/peer-data.py --folder photographs --images 512 --rounds 5

Needs torch, torchvision, timm and Pillow; nothing that is tested needs this script. The stages are those of
RobustSpeed data: files are read into memory first, then decoded, augmented, laid out in planes, and made floats
by micro-batch. light is torchvision's RandomResizedCrop, flip and ColorJitter; canonical timm's transform with
rand-m9-mstd0.5-inc1 and its random erasing on floats, and timm's Mixup. Images are those that lie evenly in the
sorted split, which are not exactly those of the other side, but many of the same.
"""

import argparse
import io
import json
import pathlib
import statistics
import sys
import time

import PIL
import torch
import torchvision
from PIL import Image
from timm.data import Mixup
from timm.data.auto_augment import rand_augment_transform
from timm.data.random_erasing import RandomErasing
from torchvision import transforms
from torchvision.transforms import functional


class Clock:
    """Seconds by stage."""

    def __init__(self):
        self.seconds = {}
        self.last = time.perf_counter()

    def start(self):
        self.last = time.perf_counter()

    def ended(self, stage):
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.last
        self.last = now


def stages_of(recipe, size):
    """The stages between decoding and planes, as pairs of name and function of an image."""
    crop = transforms.RandomResizedCrop(
        size, scale=(0.08, 1), interpolation=transforms.InterpolationMode.BICUBIC
    )
    flip = transforms.RandomHorizontalFlip(0.5)
    if recipe == "light":
        return [("crop", crop), ("flip", flip), ("jitter", transforms.ColorJitter(0.4, 0.4, 0.4))]
    policy = rand_augment_transform(
        "rand-m9-mstd0.5-inc1",
        {
            "translate_const": int(size * 0.45),
            "img_mean": (124, 116, 104),
            "interpolation": Image.BICUBIC,
        },
    )
    return [("crop", crop), ("flip", flip), ("policy", policy)]


def one_round(recipe, encoded, size, batch):
    stages = stages_of(recipe, size)
    erasing = RandomErasing(0.25, mode="pixel", max_count=1, device="cpu")
    mixup = Mixup(mixup_alpha=0.8, cutmix_alpha=1.0, num_classes=1000, label_smoothing=0.1)
    clock = Clock()
    loading = 0.0
    for first in range(0, len(encoded) - batch + 1, batch):
        planes = torch.empty((batch, 3, size, size), dtype=torch.uint8)
        begin = time.perf_counter()
        clock.start()
        for i, data in enumerate(encoded[first : first + batch]):
            image = Image.open(io.BytesIO(data)).convert("RGB")
            clock.ended("decode")
            for name, stage in stages:
                image = stage(image)
                clock.ended(name)
            planes[i] = functional.pil_to_tensor(image)
            clock.ended("planes")
        loading += time.perf_counter() - begin
        clock.start()
        floats = planes.float().div_(255)
        clock.ended("floats")
        if recipe == "canonical":
            floats = erasing(floats)
            clock.ended("erasing")
            mixup(floats, torch.zeros(batch, dtype=torch.long))
            clock.ended("mixing")
    images = len(encoded) // batch * batch
    outside = sum(clock.seconds.get(stage, 0.0) for stage in ("floats", "erasing", "mixing"))
    return {
        "images_per_s": images / (loading + outside),
        "loaded_images_per_s": images / loading,
        "seconds_per_image": {name: s / images for name, s in clock.seconds.items()},
    }


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", required=True, help="of <split>/<class>/<file>")
    parser.add_argument("--split", default="train")
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--img-size", type=int, default=224)
    parser.add_argument("--json", help="also write all figures to this file")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    files = sorted(
        path
        for path in pathlib.Path(arguments.folder, arguments.split).rglob("*")
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")
    )
    if not files:
        sys.exit(f"no images below {arguments.folder}/{arguments.split}")
    wanted = min(arguments.images, len(files))
    encoded = [files[i * len(files) // wanted].read_bytes() for i in range(wanted)]
    rounds = {"light": [], "canonical": []}
    for turn in range(arguments.rounds + 1):
        for recipe, done in rounds.items():
            figures = one_round(recipe, encoded, arguments.img_size, arguments.batch)
            if turn > 0:  # the first one warms up
                done.append(figures)
    print(
        f"Pillow {PIL.__version__}, torchvision {torchvision.__version__}, {wanted} images, "
        f"{arguments.rounds} rounds, one thread"
    )
    recipes = []
    for recipe, done in rounds.items():
        result = {"recipe": recipe}
        for figure in ("images_per_s", "loaded_images_per_s"):
            result[figure] = spread([one[figure] for one in done])
        names = done[0]["seconds_per_image"]
        result["seconds_per_image"] = {
            name: spread([one["seconds_per_image"][name] for one in done]) for name in names
        }
        recipes.append(result)
        whole, loaded = result["images_per_s"], result["loaded_images_per_s"]
        print(
            f"\n{recipe}: {whole['median']:.0f} images/s ({whole['min']:.0f} to {whole['max']:.0f}); decoded and "
            f"augmented {loaded['median']:.0f} ({loaded['min']:.0f} to {loaded['max']:.0f})"
        )
        for name, seconds in result["seconds_per_image"].items():
            print(
                f"  {name:10} {1e3 * seconds['median']:7.3f} ms ({1e3 * seconds['min']:.3f} to "
                f"{1e3 * seconds['max']:.3f})"
            )
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"recipes": recipes}, indent=2) + "\n")


if __name__ == "__main__":
    main()
