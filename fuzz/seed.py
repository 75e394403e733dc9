"""Fills fuzz/corpus from tests/fixtures and tests/configurations, so that fuzzing begins with what really comes in. Nothing to install."""

import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent
FIXTURES = ROOT.parent / "tests" / "fixtures"
CONFIGURATIONS = ROOT.parent / "tests" / "configurations" / "bad"
STARTER = ROOT.parent / "src" / "cli" / "starter" / "hikyaku.yaml"
MIGRATED = ROOT.parent / "tests" / "migrate"
# As many bytes of choices as fuzz_targets/render.rs reads, and as many kinds as there are.
CHOICES, KINDS = 16, 21


def payload(path: pathlib.Path) -> str:
    """The payload in a fixture; a text stands for the Message of an SNS event."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return text
    sns = {"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Message": text}
    return json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": sns}]}, ensure_ascii=False)


def strings(value: object) -> list[str]:
    """Every string in a JSON value, those of JSON in a string too."""
    if isinstance(value, dict):
        return [found for item in value.values() for found in strings(item)]
    if isinstance(value, list):
        return [found for item in value for found in strings(item)]
    if not isinstance(value, str):
        return []
    try:
        inner = json.loads(value)
    except ValueError:
        return [value]
    return strings(inner) if isinstance(inner, (dict, list)) else [value]


def configurations(corpus: pathlib.Path) -> None:
    """The broken configurations and a good one, each as it is and beside a secret."""
    corpus.mkdir(parents=True, exist_ok=True)
    paths = sorted(path for path in CONFIGURATIONS.iterdir() if path.suffix in (".yaml", ".json"))
    for number, path in enumerate([STARTER, *paths]):
        text = path.read_bytes()
        (corpus / f"{path.stem}-alone").write_bytes(bytes([0, 0, 0, 0]) + text)
        (corpus / f"{path.stem}-beside").write_bytes(bytes([1, number % 7, number % 12, number % 10]) + text)


def main() -> None:
    configurations(ROOT / "corpus" / "config")
    for target in ("ingress", "render", "migrate"):
        (ROOT / "corpus" / target).mkdir(parents=True, exist_ok=True)
    fixtures = sorted(path for path in FIXTURES.rglob("*") if path.is_file())
    for number, path in enumerate(fixtures):
        name = "-".join(path.relative_to(FIXTURES).with_suffix("").parts)
        text = payload(path)
        (ROOT / "corpus" / "ingress" / name).write_text(text, encoding="utf-8")
        # The kind first, then choices that differ from seed to seed; the texts follow, a line each.
        choices = bytes([number % KINDS] + [(number * step) % 256 for step in range(1, CHOICES)])
        texts = "\n".join(found.replace("\n", "\0") for found in strings(json.loads(text)) if found)
        (ROOT / "corpus" / "render" / name).write_bytes(choices + texts.encode())
    for folder in sorted(path for path in MIGRATED.iterdir() if path.is_dir()):
        given = [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()) if path.is_file()]
        (ROOT / "corpus" / "migrate" / folder.name).write_text("\0".join(given), encoding="utf-8")
        for number, text in enumerate(given):
            (ROOT / "corpus" / "migrate" / f"{folder.name}-{number}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
