#!/usr/bin/env python3
"""`make bench`: hikyaku-lambda beside the least program that can do its job, in one run of the Lambda bench.

usage: bench.py BENCH, the folder with the bench's harness/, floor-std/ and events/
Exit status 1 if an event went undelivered or a figure is beyond its bound.
"""
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "bench"
PROGRAM = ROOT / "target" / "release" / "hikyaku-lambda"
JOURNALS = WORK / "tmp"

RECEIVERS = {
    "http": 'slack: { url: "env:HOOK_URL", allow_insecure_loopback: true }',
    "https": 'slack: { url: "env:HOOK_URL", allow_hosts: [localhost], '
    'allow_private: ["127.0.0.0/8", "::1/128"], ca_file: "env:SINK_CA" }',
}
# The most that each figure may be: times the floor's in the same run, memory in MiB.
FIGURES = {
    "cold_hook": ("first webhook", {"http": 2.5, "https": 3.5}),
    "cpu_first_response": ("CPU to the first response", {"http": 3.5, "https": 3.5}),
    "warm_cpu": ("warm CPU per event", {"http": 10}),
}
MEMORY_MIB = 10
# The share of a processor that a function of 128 MB has, and the most that its first webhook may take then.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: 1,769 MB are one.
SMALL_CPU, SMALL_HOOK_MILLIS = "0.0723", 15
STARTS = 20


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
        env = {"HIKYAKU_CONFIG": str(config), "SINK_CA": "{CA}", "TMPDIR": str(JOURNALS / sink)}
        suite["targets"].append(target(sink, PROGRAM, sink, env))
    suite_file, results = WORK / "suite.json", WORK / "results.json"
    suite_file.write_text(json.dumps(suite, indent=2))
    run = [harness, "--suite", suite_file, "--events", bench / "events", "--json", results]
    empty_journals()
    subprocess.run([*run, "--n", "300", "--warm-rounds", "5", "--cold", str(STARTS)], check=True)
    good = judge(json.loads(results.read_text()))
    empty_journals()
    subprocess.run([*run, "--n", "1", "--cold", str(STARTS), "--cpu-max", SMALL_CPU], stdout=subprocess.DEVNULL, check=True)
    good &= judge_small(json.loads(results.read_text()))
    kept, evicted = (starts(evicted) for evicted in (False, True))
    print(f"     from the start to the first poll: {kept:.1f} ms, with the program evicted from the page cache {evicted:.1f} ms")
    sys.exit(0 if good else 1)


def empty_journals():
    """The bench gives the same request ids to every process. One that comes by the port of an earlier one's Runtime API is the same
    sandbox to us, and skips what that has delivered; so no process is to find the journals of more others than need be.
    """
    shutil.rmtree(JOURNALS, ignore_errors=True)
    for sink in RECEIVERS:
        (JOURNALS / sink).mkdir(parents=True)


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


def judge_small(report):
    """Whether a function of 128 MB is quick enough, in milliseconds."""
    good = True
    for result in report["results"]:
        if result["label"] in RECEIVERS:
            millis = result["cold_hook_ms"]["p50"]
            said = f"{millis:.1f} ms, at most {SMALL_HOOK_MILLIS}"
            good &= line(f"{result['label']}: first webhook of 128 MB", said, millis <= SMALL_HOOK_MILLIS)
    return good


def starts(evicted):
    """Milliseconds from the start of the program to its first poll: the median of some."""
    return statistics.median(start(evicted) for _ in range(STARTS))


def start(evicted):
    if evicted:
        with open(PROGRAM, "rb") as program:
            os.posix_fadvise(program.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with socket.create_server(("127.0.0.1", 0)) as api:
        host, port = api.getsockname()
        env = {
            "AWS_LAMBDA_RUNTIME_API": f"{host}:{port}",
            "AWS_LAMBDA_FUNCTION_NAME": "hikyaku",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "HIKYAKU_CONFIG": str(WORK / "http.yaml"),
            "HOOK_URL": "http://127.0.0.1:9/",
        }
        began = time.perf_counter()
        function = subprocess.Popen([PROGRAM], env=env, stdout=subprocess.DEVNULL)
        with api.accept()[0] as poll:
            poll.recv(1)
        took = time.perf_counter() - began
        function.kill()
        function.wait()
    return took * 1e3


def line(name, value, holds):
    print(f"{'ok  ' if holds else 'FAIL'} {name}: {value}")
    return holds


if __name__ == "__main__":
    main()
