"""Prints the table of peer-step.sh from the JSON files of its runs."""

import json
import pathlib
import statistics
import sys


def read(folder, model, kind):
    """images/s, peak memory in GB and, of ours, the share of sgemm, of each round."""
    rows = []
    for file in sorted(folder.glob(f"{model}-{kind}-*.json")):
        result = json.loads(file.read_text())
        if kind in ("ours", "replicas"):
            rate = result["images_per_s"]["median"]
            rows.append((rate, result["peak_rss_bytes"] / 1e9, result["sgemm_ratio"]))
        else:
            rows.append((result["images_per_s"], result["peak_rss_gb"], None))
    return rows


def spread(rows):
    values = [row[0] for row in rows]
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})" if values else "-"


def middle(rows, column):
    return statistics.median(row[column] for row in rows)


def main():
    folder = pathlib.Path(sys.argv[1])
    print("| model, batch | paper | lean | one replica | replicas | to paper | to lean | of sgemm | peak GB, paper's |")
    print("|---|---|---|---|---|---|---|---|---|")
    for entry in sys.argv[2:]:
        model, batch = entry.split(":")
        paper, lean, ours, replicas = (read(folder, model, kind) for kind in ("paper", "lean", "ours", "replicas"))
        both = [rows for rows in (ours, replicas) if rows]

        def each(text):
            return ", ".join(text(rows) for rows in both)

        print(
            f"| {model}, {batch} | {spread(paper)} | {spread(lean)} | {spread(ours)} | {spread(replicas)} "
            f"| {each(lambda rows: f'{middle(rows, 0) / middle(paper, 0):.2f}')} "
            f"| {each(lambda rows: f'{middle(rows, 0) / middle(lean, 0):.2f}')} "
            f"| {each(lambda rows: f'{100 * middle(rows, 2):.0f} %')} "
            f"| {each(lambda rows: f'{middle(rows, 1):.2f}')}, {middle(paper, 1):.2f} |"
        )


if __name__ == "__main__":
    main()
