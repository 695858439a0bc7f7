#!/usr/bin/env python3
"""Records what the original implementations compute, for ParityTest, StateDictTest and LayerGroupsTest.

  golden-models.py golden [FILE...]   golden/models/FILE.safetensors: a tiny model's weights, an input, and in float64
                                      the logits, the loss and all gradients, rounded to float32
  golden-models.py keys NAME...       state-dict-keys/NAME.txt: names, shapes, types, weight-decay groups
  golden-models.py decay NAME...      adds NAME to golden/finetune/layer-decay.json
  golden-models.py counts NAME...     prints parameters and GMACs, for the table in StateDictTest
  golden-models.py bias               pretrained/position-bias.safetensors: resized tables of relative positions

Needs timm 1.0.29, PyTorch 2.13 and safetensors. Recorded with these versions on 2026-11-30 and 2026-12-01. Models that timm does not have
are built here from the description of their authors, in PyTorch's own layers.
"""
import json
import math
import sys
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file
from torch import nn

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
CLASSES = 10


def conv_stem(channels, strides, projected=None):
    """The stem of Singh et al., 2023: convolution, layer norm over channels, GELU, several times."""
    layers, before = [], 3
    for after, stride in zip(channels, strides):
        layers += [nn.Conv2d(before, after, 3, stride=stride, padding=1), timm.layers.LayerNorm2d(after, eps=1e-6), nn.GELU()]
        before = after
    if projected:
        layers.append(nn.Conv2d(before, projected, 1))
    stem = nn.Sequential()
    stem.add_module("stem", nn.Sequential(*layers))
    return stem


def convnext_cvst(name, third, **arguments):
    model = timm.create_model(name, **arguments)
    dim = model.stages[0].blocks[0].conv_dw.weight.shape[0]
    model.stem = conv_stem([dim // 2, dim // 4 * 3, dim], [2, 2, 1]) if third else conv_stem([dim // 2, dim], [2, 2])
    return model


def vit_cvst(name, divisor, **arguments):
    model = timm.create_model(name, **arguments)
    dim = model.embed_dim
    model.patch_embed.proj = conv_stem([dim // divisor << i for i in range(4)], [2] * 4, dim)
    return model


class SwishBlock(nn.Module):
    """A block of Gowal et al., 2020, under the names of their published code."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.batchnorm_0 = nn.BatchNorm2d(before)
        self.conv_0 = nn.Conv2d(before, after, 3, stride=stride, bias=False)
        self.batchnorm_1 = nn.BatchNorm2d(after)
        self.conv_1 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.shortcut = nn.Conv2d(before, after, 1, stride=stride, bias=False) if before != after else None
        self.padding = (1, 1, 1, 1) if stride == 1 else (0, 1, 0, 1)

    def forward(self, x):
        active = nn.functional.silu(self.batchnorm_0(x))
        inner = self.conv_0(nn.functional.pad(active, self.padding))
        inner = self.conv_1(nn.functional.silu(self.batchnorm_1(inner)))
        return (x if self.shortcut is None else self.shortcut(active)) + inner


class SwishWideResNet(nn.Module):
    def __init__(self, num_classes=10, depth=28, widen_factor=10):
        super().__init__()
        widths = [16] + [16 * widen_factor << i for i in range(3)]
        blocks = (depth - 4) // 6
        self.init_conv = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.layer = nn.ModuleList()
        for stage in range(3):
            group = nn.Module()
            group.block = nn.Sequential(*[
                SwishBlock(widths[stage + (i > 0)], widths[stage + 1], 2 if stage > 0 and i == 0 else 1) for i in range(blocks)
            ])
            self.layer.append(group)
        self.batchnorm = nn.BatchNorm2d(widths[3])
        self.logits = nn.Linear(widths[3], num_classes)

    def forward(self, x):
        x = self.init_conv(x)
        for group in self.layer:
            x = group.block(x)
        return self.logits(nn.functional.silu(self.batchnorm(x)).mean((2, 3)))


NOT_TIMMS = {
    "wide_resnet28_10_silu": SwishWideResNet,
    "wide_resnet34_10_silu": lambda **a: SwishWideResNet(depth=34, widen_factor=10, **a),
    "wide_resnet70_16_silu": lambda **a: SwishWideResNet(depth=70, widen_factor=16, **a),
    "convnext_t_cvst": lambda **a: convnext_cvst("convnext_tiny", False, **a),
    "convnext_s_cvst": lambda **a: convnext_cvst("convnext_small", False, **a),
    "convnext_b_cvst": lambda **a: convnext_cvst("convnext_base", True, **a),
    "convnext_l_cvst": lambda **a: convnext_cvst("convnext_large", True, **a),
    "vit_s_cvst": lambda **a: vit_cvst("deit_small_patch16_224", 8, **a),
    "vit_b_cvst": lambda **a: vit_cvst("vit_base_patch16_224", 16, **a),
}

STAGES = dict(depths=[1, 1, 2, 1], dims=[4, 6, 8, 8])
SWIN = dict(embed_dim=4, num_heads=[1, 2, 2, 4], patch_size=2, mlp_ratio=1.0, drop_path_rate=0.0)
VIT = dict(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2)
SMALL_VIT = dict(img_size=[16, 24], patch_size=8, embed_dim=16, depth=2, num_heads=2)

# file: model, image, arguments of timm's
GOLDEN = {
    "convnext_pointwise": ("convnext_atto", (32, 32), STAGES),
    "convnextv2": ("convnextv2_tiny", (32, 48), STAGES),
    "convnextv2_pointwise": ("convnextv2_atto", (32, 32), STAGES),
    "convnext_cvst2": ("convnext_t_cvst", (32, 32), dict(STAGES, dims=[16, 6, 8, 8])),
    "convnext_cvst3": ("convnext_b_cvst", (32, 32), dict(STAGES, dims=[16, 6, 8, 8])),
    "beit": ("beit_base_patch16_224", (16, 24), dict(img_size=[16, 24], patch_size=4, embed_dim=16, depth=2, num_heads=2)),
    "eva02_fused": ("eva02_tiny_patch14_224", (16, 24), dict(img_size=[16, 24], patch_size=4, embed_dim=16, depth=2, num_heads=2)),
    "eva02_separate": ("eva02_base_patch14_224", (16, 24), dict(img_size=[16, 24], patch_size=4, embed_dim=16, depth=2, num_heads=2)),
    "swin": ("swin_tiny_patch4_window7_224", (16, 32), dict(SWIN, img_size=[16, 32], depths=[2, 2, 2, 1], window_size=3)),
    "swinv2": (
        "swinv2_base_window12to16_192to256",
        (32, 32),
        dict(SWIN, img_size=32, depths=[2, 1, 1, 1], window_size=4, pretrained_window_sizes=[0, 0, 3, 6]),
    ),
    "vit_avg": ("vit_base_patch16_224", (32, 32), dict(VIT, global_pool="avg")),
    "vit_scaled_registers": ("vit_small_patch14_reg4_dinov2", (16, 24), dict(SMALL_VIT, reg_tokens=3)),
    "vit_swiglu": ("vit_giant_patch14_dinov2", (16, 24), dict(SMALL_VIT, mlp_ratio=5.0, init_values=0.5)),
    "vit_gap_normed": ("vit_so150m_patch16_reg4_gap_256", (16, 24), dict(SMALL_VIT, reg_tokens=2)),
    "vit_gap_unbiased": ("vit_so150m2_patch16_reg1_gap_256", (16, 24), SMALL_VIT),
    "vit_qk_norm": ("vit_base_patch16_224", (16, 24), dict(SMALL_VIT, qk_norm=True, init_values=0.1, reg_tokens=2)),
    "vit_parallel": ("vit_base_patch16_xp_224", (16, 24), SMALL_VIT),
    "aimv2": ("aimv2_large_patch14_224", (16, 24), SMALL_VIT),
    "wrn_10_1_silu": ("wide_resnet28_10_silu", (32, 32), dict(depth=10, widen_factor=1)),
    "vit_cvst": ("vit_s_cvst", (32, 32), dict(img_size=32, embed_dim=16, depth=1, num_heads=2)),
}


def create(name, **arguments):
    if name in NOT_TIMMS:
        return NOT_TIMMS[name](**arguments)
    return timm.create_model(name, **arguments)


def scatter(model, generator):
    """Weights of which none is at a special value, exact in float32."""
    for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
        if not tensor.is_floating_point():
            continue
        noise = torch.randn(tensor.shape, generator=generator)
        with torch.no_grad():
            if name.endswith("running_var"):
                values = 0.5 + torch.rand(tensor.shape, generator=generator)
            elif tensor.ndim > 1 and tensor.shape[0] > 1:
                values = noise / math.sqrt(tensor[0].numel())
            else:
                values = tensor.float() + 0.2 * noise
            tensor.copy_(values.float().to(tensor.dtype))


def record(file):
    name, image, arguments = GOLDEN[file]
    seed = sum(file.encode())
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = create(name, num_classes=CLASSES, **arguments)
    persistent = {key for key in model.state_dict()}
    parameters = {key for key, _ in model.named_parameters()}
    scatter_only(model, persistent, generator)
    model = model.double()
    pixels = torch.rand(2, 3, *image, generator=generator).double()
    labels = torch.randint(0, CLASSES, (2,), generator=generator)
    out = {"x": pixels, "y_int32": labels.int()}
    out.update({"model." + key: value.clone() for key, value in model.state_dict().items() if value.is_floating_point()})
    norms = any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    # Without batch norm and drop path a training forward is the same; with it, it is the one with more in it.
    for mode in ["train"] if norms else ["eval"]:
        model.train(mode == "train")
        model.zero_grad()
        x = pixels.clone().requires_grad_()
        logits = model(x)
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        out.update({f"logits_{mode}": logits, f"loss_{mode}": loss.reshape(1), f"grad_input_{mode}": x.grad})
        out.update({f"grad_{mode}.{key}": value.grad.clone() for key, value in model.named_parameters()})
    if norms:
        out.update({"bn_after." + key: value for key, value in model.state_dict().items() if "running_" in key})
    out = {key: (value if value.dtype == torch.int32 else value.detach().float()).contiguous() for key, value in out.items()}
    count = sum(value.numel() for _, value in model.named_parameters())
    metadata = {
        "config": json.dumps({"name": name, "image": image, "num_classes": CLASSES, "seed": seed, **arguments}),
        "param_count": str(count),
        "reference_dtype": "float64 rounded to float32",
        "timm": timm.__version__,
        "torch": torch.__version__,
    }
    path = RESOURCES / "golden" / "models" / f"{file}.safetensors"
    save_file(out, str(path), metadata=metadata)
    print(f"{path.name}: {count} parameters, {path.stat().st_size // 1024} kB, {len(parameters)} tensors, loss {loss.item():.4f}")


def scatter_only(model, persistent, generator):
    """Constants that are no part of the state dict stay."""
    kept = {key: value.clone() for key, value in model.named_buffers() if key not in persistent}
    scatter(model, generator)
    for key, value in model.named_buffers():
        if key in kept:
            value.copy_(kept[key])


def meta(name):
    with torch.device("meta"):
        return create(name, **({} if "wide" in name else {"num_classes": 1000}))


def keys(name):
    model = meta(name)
    skipped = model.no_weight_decay() if hasattr(model, "no_weight_decay") else set()
    parameters = dict(model.named_parameters())
    lines = [f"# {name}: name<TAB>shape<TAB>dtype<TAB>kind<TAB>weight-decay applies (params only)"]
    for key, value in model.state_dict().items():
        kind, decay = ("buffer", "") if key not in parameters else ("param", "yes")
        if kind == "param" and (value.ndim <= 1 or key.endswith(".bias") or key in skipped):
            decay = "no"
        lines.append("\t".join([key, str(list(value.shape)), str(value.dtype).replace("torch.", ""), kind, decay]))
    (RESOURCES / "state-dict-keys" / f"{name}.txt").write_text("\n".join(lines) + "\n")


def decay(names):
    from timm.optim import param_groups_layer_decay

    path = RESOURCES / "golden" / "finetune" / "layer-decay.json"
    recorded = json.loads(path.read_text())
    for name in names:
        model = meta(name)
        of = {id(value): key for key, value in model.named_parameters()}
        groups = param_groups_layer_decay(model, weight_decay=0.05, layer_decay=recorded["layer_decay"])
        scales = {of[id(value)]: group["lr_scale"] for group in groups for value in group["params"]}
        recorded["models"][name] = {key: scales[key] for key, _ in model.named_parameters()}
    path.write_text(json.dumps(recorded, indent=0) + "\n")


def counts(name):
    from torch.utils.flop_counter import FlopCounterMode

    timm.layers.set_fused_attn(False)
    model = meta(name).eval()
    side = timm.data.resolve_model_data_config(model)["input_size"][-1] if name not in NOT_TIMMS else 32 if "wide" in name else 224
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        model(torch.empty(1, 3, side, side))
    parameters = sum(value.numel() for value in model.parameters())
    print(f'    "{name}, {parameters}, {counter.get_total_flops() / 2e9:.4f}",')


# side of the stored window, rows and columns of the new one, lines of a class token, heads
BIAS = [(7, (4, 4), 0, 3), (7, (12, 12), 0, 2), (14, (24, 24), 3, 2), (4, (3, 5), 3, 1), (2, (1, 2), 0, 2), (16, (8, 8), 0, 1)]


def bias():
    out = {}
    for index, (old, new, extra, heads) in enumerate(BIAS):
        generator = torch.Generator().manual_seed(index)
        stored = torch.randn((2 * old - 1) ** 2 + extra, heads, generator=generator)
        shape = ((2 * new[0] - 1) * (2 * new[1] - 1) + extra, heads)
        out[f"{index}.in"] = stored
        out[f"{index}.out"] = timm.layers.resize_rel_pos_bias_table(stored, new_window_size=new, new_bias_shape=shape).contiguous()
    metadata = {
        "cases": json.dumps([dict(old=old, new=new, extra=extra, heads=heads) for old, new, extra, heads in BIAS]),
        "timm": timm.__version__,
        "torch": torch.__version__,
    }
    save_file(out, str(RESOURCES / "pretrained" / "position-bias.safetensors"), metadata=metadata)


def main():
    command, names = sys.argv[1], sys.argv[2:]
    if command == "golden":
        for file in names or GOLDEN:
            record(file)
    elif command == "decay":
        decay(names)
    elif command == "bias":
        bias()
    else:
        for name in names:
            {"keys": keys, "counts": counts}[command](name)


main()
