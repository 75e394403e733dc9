#!/usr/bin/env python3
"""`make count`: the instructions that one round of each stage takes, by callgrind, beside those of baseline.json.

usage: count.py [--update]
Two runs of a stage, of which one does more rounds, differ by those rounds alone; so nothing has to be told where to begin.
Exit status 1 if a stage takes more or less than the baseline by over 3 %: if that is meant, --update writes it anew.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BASELINE = HERE / "baseline.json"
STAGES = ["start", "parse", "decode", "route", "render", "fit", "invocation"]
FEW, MANY = 2, 12
TOLERANCE = 0.03


def main():
    program = build()
    counts = {stage: (count(program, stage, MANY) - count(program, stage, FEW)) // (MANY - FEW) for stage in STAGES}
    kept = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    good = True
    for stage, now in counts.items():
        change = now / kept[stage] - 1 if stage in kept else 0
        good &= stage in kept and abs(change) <= TOLERANCE
        print(f"{stage:<12}{now:>12,} instructions a round{change:>+9.1%}{'' if abs(change) <= TOLERANCE else '  beyond 3 %'}")
    if "--update" in sys.argv:
        BASELINE.write_text(json.dumps(counts, indent=2) + "\n")
    elif not good:
        sys.exit("not as in baseline.json")


def build():
    """Builds the bench and says where it is."""
    run = subprocess.run(
        ["cargo", "bench", "--bench", "stages", "--no-run", "--message-format=json"],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    messages = (json.loads(line) for line in run.stdout.splitlines())
    built = [m["executable"] for m in messages if m.get("target", {}).get("name") == "stages" and m.get("executable")]
    return built[-1]


def count(program, stage, rounds):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, stage, str(rounds)],
            env={"TMPDIR": folder, "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if run.returncode != 0:
            sys.exit(f"{stage}: {run.stderr[-2000:]}")
        return int(re.search(r"^(?:totals|summary): (\d+)", pathlib.Path(out).read_text(), re.M).group(1))


if __name__ == "__main__":
    main()
