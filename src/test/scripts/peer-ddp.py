"""Times FGSM training in PyTorch's DistributedDataParallel over Gloo: what the collective engine is compared with.

Starts the processes itself, each of them a rank on 127.0.0.1 with its own share of the batch, and lets each do the step of
peer-step.py on a model in DistributedDataParallel, whose hooks exchange the gradients while the backward pass goes on. A
step ends when its slowest rank has ended it. Writes one JSON object.

  python src/test/scripts/peer-ddp.py --model xcit_small_12_p16_224 --batch 32 --processes 2 --json ddp.json
"""

import argparse
import importlib.util
import json
import os
import pathlib
import resource
import socket
import statistics
import sys
import time

import torch
from torch import distributed, multiprocessing, nn
from torch.nn.parallel import DistributedDataParallel


def peer_step():
    """The step of one process, whose file's name no import statement can say."""
    file = pathlib.Path(__file__).with_name("peer-step.py")
    spec = importlib.util.spec_from_file_location("peer_step", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def attacked(peer, model, images, labels):
    """The attack needs no gradient of a weight, and must not start the exchange of one."""
    model.eval()
    adversarial = peer.fgsm(model.module, images, labels)
    model.train()
    return adversarial


def one_step(peer, model, optimizer, criterion, images, labels):
    adversarial = attacked(peer, model, images, labels)
    optimizer.zero_grad()
    loss = criterion(model(adversarial), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def rank_main(rank, arguments, port, results):
    peer = peer_step()
    os.environ["MASTER_ADDR"] = "127.0.0.1"
    os.environ["MASTER_PORT"] = str(port)
    distributed.init_process_group("gloo", rank=rank, world_size=arguments.processes)
    torch.set_num_threads(arguments.threads)
    # The same weights everywhere, other images.
    torch.manual_seed(42)
    network, side = peer.create(arguments.model, arguments.drop_path)
    if arguments.img_size:
        side = arguments.img_size
    model = DistributedDataParallel(network, bucket_cap_mb=arguments.bucket_mb, gradient_as_bucket_view=True)
    torch.manual_seed(1000 + rank)
    share = arguments.batch // arguments.processes
    images = torch.rand(share, 3, side, side)
    labels = torch.randint(10 if side == 32 else 1000, (share,))
    optimizer = torch.optim.AdamW(peer.parameter_groups(network, 0.05), lr=1e-4)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    seconds = []
    for number in range(arguments.warmup + arguments.steps):
        distributed.barrier()
        begin = time.perf_counter()
        loss = one_step(peer, model, optimizer, criterion, images, labels)
        took = torch.tensor([time.perf_counter() - begin], dtype=torch.float64)
        distributed.all_reduce(took, op=distributed.ReduceOp.MAX)
        if number >= arguments.warmup:
            seconds.append(took.item())
        if loss != loss:
            sys.exit("the loss is not a number: the figures would not be those of training")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    results.put((rank, seconds, peak, sum(p.numel() for p in network.parameters())))
    distributed.barrier()
    distributed.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--batch", type=int, default=32, help="of all processes together")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="of each process, inside an operation")
    parser.add_argument("--img-size", type=int, help="side of the images, for a network that takes any")
    parser.add_argument("--bucket-mb", type=int, default=25, help="DistributedDataParallel's bucket_cap_mb")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--drop-path", type=float, default=0.05)
    parser.add_argument("--json", type=pathlib.Path, required=True, help="file of the figures")
    arguments = parser.parse_args()
    if arguments.processes < 1 or arguments.batch % arguments.processes:
        parser.error("--batch must be a multiple of --processes")

    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    workers = multiprocessing.spawn(
        rank_main, args=(arguments, free_port(), results), nprocs=arguments.processes, join=False
    )
    while not workers.join():
        pass
    answers = sorted(results.get() for _ in range(arguments.processes))
    seconds = answers[0][1]
    figures = {
        "model": arguments.model,
        "batch": arguments.batch,
        "processes": arguments.processes,
        "threads": arguments.threads,
        "parameters": answers[0][3],
        "step_seconds": {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds)},
        "images_per_s": arguments.batch / statistics.median(seconds),
        "peak_rss_gb": [answer[2] for answer in answers],
        "torch": torch.__version__,
    }
    arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
