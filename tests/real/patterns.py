"""What LocalStack's TestEventPattern says of every case of tests/patterns, as JSON: family, name, verdict.

Only its matcher is used, the very function that its TestEventPattern calls; no server starts and nothing is sent.
"""

import json
import pathlib
import sys

from localstack.aws.api.events import InvalidEventPatternException
from localstack.utils.event_matcher import matches_event


def verdict(case):
    try:
        return "match" if matches_event(json.dumps(case["pattern"]), json.dumps(case["event"])) else "no match"
    except InvalidEventPatternException:
        return "invalid"
    except Exception:  # what AWS would answer with an internal error
        return "error"


families = {path.stem: json.loads(path.read_text()) for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json"))}
json.dump([[name, case["name"], verdict(case)] for name, family in families.items() for case in family["cases"]], sys.stdout)
