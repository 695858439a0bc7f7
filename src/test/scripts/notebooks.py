#!/usr/bin/env python3
"""Executes notebooks in one kernel and holds each cell to what it must show.

What a cell must show is in its metadata, under "robusttrain":
  "shows"     MIME types, and regular expressions that its text must contain; a cell without it shows nothing
  "small"     the source that takes the place of the cell's with --small
  "fails"     regular expressions that its failure must contain; other cells must not fail
  "interrupt" a text: the cell is interrupted when it has printed it
  "complete"  [code, completion, ...], asked for after the cell
  "inspect"   [code, regular expression, ...], asked for after the cell

Needs Python's jupyter_client (Debian: python3-jupyter-client).
"""
import argparse
import json
import os
import queue
import re
import sys
import time

from jupyter_client.manager import start_new_kernel

MIME = re.compile(r"(image|text|application)/[\w.+-]+$")
ANSI = re.compile(r"\x1b\[[\d;]*m")


class Wrong(Exception):
    pass


def collect(outputs, message):
    """Adds a message of a cell to its outputs, as a notebook's file has them."""
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        if outputs and outputs[-1].get("name") == content["name"]:
            outputs[-1]["text"] += content["text"]
        else:
            outputs.append({"output_type": "stream", "name": content["name"], "text": content["text"]})
    elif kind in ("display_data", "execute_result"):
        output = {"output_type": kind, "data": content["data"], "metadata": {}}
        if kind == "execute_result":
            output["execution_count"] = content["execution_count"]
        output["id"] = content.get("transient", {}).get("display_id")
        outputs.append(output)
    elif kind == "update_display_data":
        for output in outputs:
            if output.get("id") == content["transient"]["display_id"]:
                output["data"] = content["data"]
    elif kind == "error":
        outputs.append({"output_type": "error", "ename": content["ename"], "evalue": content["evalue"],
                        "traceback": content["traceback"]})


def execute(client, source, interrupt, kernel, limit):
    """Runs a cell; the answer is its outputs."""
    request = client.execute(source)
    outputs, deadline, replied, idle, interrupted = [], time.monotonic() + limit, None, False, False
    while not (idle and replied):
        if time.monotonic() > deadline:
            raise Wrong(f"no end after {limit} s")
        if not kernel.is_alive():
            raise Wrong("the kernel died")
        try:
            message = client.get_iopub_msg(timeout=0.2)
            if message["parent_header"].get("msg_id") == request:
                if message["msg_type"] == "status":
                    idle = idle or message["content"]["execution_state"] == "idle"
                else:
                    collect(outputs, message)
        except queue.Empty:
            pass
        if interrupt and not interrupted and interrupt in text_of(outputs):
            interrupted = True
            kernel.interrupt_kernel()
        if replied is None:
            try:
                reply = client.get_shell_msg(timeout=0.01)
                if reply["parent_header"].get("msg_id") == request:
                    replied = reply["content"]["status"]
            except queue.Empty:
                pass
    return outputs


def text_of(outputs):
    parts = []
    for output in outputs:
        parts.append(output.get("text", ""))
        parts.append(output.get("data", {}).get("text/plain", ""))
        parts.append(output.get("data", {}).get("text/html", ""))
        parts.append("\n".join(output.get("traceback", [])))
    return ANSI.sub("", "\n".join(part for part in parts if part))


def check(outputs, wants):
    """Holds the outputs of a cell to what they must show."""
    text = text_of(outputs)
    types = {kind for output in outputs for kind in output.get("data", {})}
    failed = any(output["output_type"] == "error" for output in outputs)
    fails = wants.get("fails", [])
    if failed and not fails:
        raise Wrong("it failed")
    if fails and not failed:
        raise Wrong("it did not fail")
    for want in fails:
        if not re.search(want, text):
            raise Wrong(f"the failure lacks {want}")
    shows = wants.get("shows", [])
    for want in shows:
        if MIME.match(want):
            if want not in types:
                raise Wrong(f"no {want}, but {sorted(types)}")
        elif not re.search(want, text):
            raise Wrong(f"the text lacks {want}")
    if not shows and not fails and outputs:
        raise Wrong("it shows something, and says nothing of it under \"shows\"")


def ask(client, wants):
    for question, answer in zip(wants.get("complete", [])[::2], wants.get("complete", [])[1::2]):
        content = client.complete(question, reply=True, timeout=60)["content"]
        found = [question[: content["cursor_start"]] + match for match in content["matches"]]
        if answer not in found:
            raise Wrong(f"{question} is not completed to {answer}, but to {found[:20]}")
    for question, answer in zip(wants.get("inspect", [])[::2], wants.get("inspect", [])[1::2]):
        content = client.inspect(question, len(question), reply=True, timeout=60)["content"]
        if not content["found"] or not re.search(answer, content["data"]["text/plain"]):
            raise Wrong(f"of {question} is said {content}, which lacks {answer}")


def lines(text):
    return text.splitlines(keepends=True)


def stored(outputs):
    """Outputs as a notebook's file keeps them: texts as lists of lines, without the folder in which they were made."""
    outputs = json.loads(json.dumps(outputs).replace(os.getcwd(), "..."))
    kept = []
    for output in outputs:
        output = {key: value for key, value in output.items() if key != "id"}
        if "text" in output:
            output["text"] = lines(output["text"])
        if "image/png" in output.get("data", {}):
            # Converters take the shapes out of drawings that they do not trust.
            output["data"].pop("image/svg+xml", None)
        if "data" in output:
            output["data"] = {kind: lines(data) if not kind.startswith("image/") or "svg" in kind else data
                              for kind, data in sorted(output["data"].items())}
        kept.append(output)
    return kept


def run(path, client, kernel, arguments):
    with open(path, encoding="utf-8") as file:
        notebook = json.load(file)
    begun, count = time.monotonic(), 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        wants = cell["metadata"].get("robusttrain", {})
        source = "".join(cell["source"])
        if arguments.small and "small" in wants:
            source = wants["small"]
        outputs = []
        try:
            outputs = execute(client, source, wants.get("interrupt"), kernel, arguments.limit)
            check(outputs, wants)
            ask(client, wants)
        except Wrong as wrong:
            print(f"{path}, code cell {count}: {wrong}\n{source}\n--- shows ---\n{text_of(outputs)[:6000]}", flush=True)
            return None
        cell["outputs"] = stored(outputs)
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = count
    seconds = time.monotonic() - begun
    print(f"{path}: {count} cells as they must be, {seconds:.1f} s", flush=True)
    return notebook


def main():
    parser = argparse.ArgumentParser(description="Executes notebooks and checks what their cells show.")
    parser.add_argument("notebooks", nargs="+")
    parser.add_argument("--small", action="store_true", help="with the small parameters of their metadata")
    parser.add_argument("--times", type=int, default=1, help="how often each is executed in the one kernel")
    parser.add_argument("--store", action="store_true", help="write the outputs into the notebooks")
    parser.add_argument("--limit", type=int, default=240, help="seconds that a cell may take")
    arguments = parser.parse_args()
    begun, wrong = time.monotonic(), 0
    kernel, client = start_new_kernel(kernel_name="robusttrain", startup_timeout=120)
    print(f"the kernel is ready, {time.monotonic() - begun:.1f} s", flush=True)
    try:
        for path in arguments.notebooks:
            for time_ in range(arguments.times):
                notebook = run(path, client, kernel, arguments)
                if notebook is None:
                    wrong += 1
                    break
                if arguments.store and time_ == 0:
                    with open(path, "w", encoding="utf-8") as file:
                        json.dump(notebook, file, indent=1, ensure_ascii=False, sort_keys=True)
                        file.write("\n")
    finally:
        client.stop_channels()
        begun = time.monotonic()
        kernel.shutdown_kernel()
        print(f"the kernel has ended, {time.monotonic() - begun:.1f} s", flush=True)
    if wrong:
        sys.exit(f"{wrong} notebooks are not as they must be")


if __name__ == "__main__":
    main()
