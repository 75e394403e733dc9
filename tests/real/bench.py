#!/usr/bin/env python3
"""`make bench`: hikyaku-lambda beside the least program that can do its job, in one run of the Lambda bench.

usage: bench.py BENCH, the folder with the bench's harness/, floor-std/ and events/
Exit status 1 if an event went undelivered or a figure is beyond its bound.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "bench"
PROGRAM = ROOT / "target" / "release" / "hikyaku-lambda"

RECEIVERS = {
    "http": 'slack: { url: "env:HOOK_URL", allow_insecure_loopback: true }',
    "https": 'slack: { url: "env:HOOK_URL", allow_hosts: [localhost], '
    'allow_private: ["127.0.0.0/8", "::1/128"], ca_file: "env:SINK_CA" }',
}
# The most that each figure may be: times the floor's in the same run, memory in MiB.
FIGURES = {
    "cold_hook": ("first webhook", {"http": 4, "https": 5}),
    "cpu_first_response": ("CPU to the first response", {"http": 5, "https": 5}),
    "warm_cpu": ("warm CPU per event", {"http": 14}),
}
MEMORY_MIB = 12


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    bench = pathlib.Path(sys.argv[1]).resolve()
    harness, floor = build(bench, "harness", "lambda-router-bench"), build(bench, "floor-std", "floor-std")
    suite = {"baseline": "floor", "targets": [target("floor", floor, "http", {})]}
    for sink, receiver in RECEIVERS.items():
        config = WORK / f"{sink}.yaml"
        # The same events come again and again, as fast as they are taken.
        rate = "rate: { per_second: 1000000, burst: 1000000 }"
        config.write_text(f"dedupe: none\nreceivers:\n  ops: {{ {receiver}, {rate} }}\nroutes:\n  - to: [ops]\n")
        env = {"HIKYAKU_CONFIG": str(config), "SINK_CA": "{CA}", "TMPDIR": str(journal())}
        suite["targets"].append(target(sink, PROGRAM, sink, env))
    suite_file, results = WORK / "suite.json", WORK / "results.json"
    suite_file.write_text(json.dumps(suite, indent=2))
    run = [harness, "--suite", suite_file, "--events", bench / "events", "--json", results]
    subprocess.run([*run, "--n", "300", "--warm-rounds", "5", "--cold", "20"], check=True)
    sys.exit(0 if judge(json.loads(results.read_text())) else 1)


def journal():
    """A folder of this run's own: what another one has delivered is nothing to it."""
    folder = WORK / "tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def build(bench, part, program):
    """Builds one part of the bench from a copy: its own folder may be read-only."""
    source = WORK / part
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(bench / part, source, ignore=shutil.ignore_patterns("target"))
    for folder, _, _ in os.walk(source):
        os.chmod(folder, 0o755)
    out = WORK / "build"
    subprocess.run(
        ["cargo", "build", "--release", "--target-dir", out],
        cwd=source,
        env={**os.environ, "CARGO_TARGET_DIR": str(out)},
        check=True,
    )
    return out / "release" / program


def target(label, program, sink, env):
    env = {"HOOK_URL": "{HOOK}", **env}
    return {"label": label, "cmd": [str(program)], "env": env, "artifact": [str(program)], "sink": sink}


def judge(report):
    good = True
    ratios = {line["label"]: line for line in report["ratios"]}
    for result in report["results"]:
        label, events = result["label"], result["invocations"]
        arrived = [result[key] for key in ("responses", "hooks", "hooks_answered_ok")]
        good &= line(f"{label}: delivered", f"{arrived[2]} of {events} events", all(n == events for n in arrived))
        if result["first_error"]:
            print(f"  {result['first_error']}")
    for label in RECEIVERS:
        for key, (name, bounds) in FIGURES.items():
            ratio, bound = ratios[label][key], bounds.get(label)
            if ratio is None:
                good &= line(f"{label}: {name}", "no figure", False)
                continue
            said = f"{ratio:.2f} times the floor's" + (f", at most {bound}" if bound else "")
            good &= line(f"{label}: {name}", said, bound is None or ratio <= bound)
        peak = next(r["hwm_kib"] for r in report["results"] if r["label"] == label) / 1024
        good &= line(f"{label}: peak memory", f"{peak:.1f} MiB, at most {MEMORY_MIB}", peak <= MEMORY_MIB)
    return good


def line(name, value, holds):
    print(f"{'ok  ' if holds else 'FAIL'} {name}: {value}")
    return holds


if __name__ == "__main__":
    main()
