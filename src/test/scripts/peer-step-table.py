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
        if kind == "ours":
            rate = result["images_per_s"]["median"]
            rows.append((rate, result["peak_rss_bytes"] / 1e9, result["sgemm_ratio"]))
        else:
            rows.append((result["images_per_s"], result["peak_rss_gb"], None))
    return rows


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    folder = pathlib.Path(sys.argv[1])
    print("| model, batch | paper | lean | ours | ours / paper | ours / lean | share of sgemm | peak GB, ours / paper |")
    print("|---|---|---|---|---|---|---|---|")
    for entry in sys.argv[2:]:
        model, batch = entry.split(":")
        paper, lean, ours = (read(folder, model, kind) for kind in ("paper", "lean", "ours"))
        rates = [[row[0] for row in rows] for rows in (paper, lean, ours)]
        middle = [statistics.median(values) for values in rates]
        memory = [statistics.median(row[1] for row in rows) for rows in (ours, paper)]
        share = statistics.median(row[2] for row in ours)
        print(
            f"| {model}, {batch} | {spread(rates[0])} | {spread(rates[1])} | {spread(rates[2])} "
            f"| {middle[2] / middle[0]:.2f} | {middle[2] / middle[1]:.2f} | {100 * share:.0f} % "
            f"| {memory[0]:.2f} / {memory[1]:.2f} = {memory[0] / memory[1]:.2f} |"
        )


if __name__ == "__main__":
    main()
