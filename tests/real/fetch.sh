#!/bin/sh
# Fetches the real counterparts of `make test-real` into target/tools: a Python environment with moto, LocalStack and
# cfn-lint, and AWS's Runtime Interface Emulator. Does nothing when they are there in the pinned versions.
set -eu
cd "$(dirname "$0")/../.."

# The emulator is a program inside AWS's own package; the package's many requirements are not needed for it.
sam="aws-sam-cli==1.170.0"
case "$(uname -m)" in
x86_64) emulator=aws-lambda-rie-x86_64 ;;
aarch64 | arm64) emulator=aws-lambda-rie-arm64 ;;
*) echo "no Runtime Interface Emulator for $(uname -m)" >&2 && exit 1 ;;
esac

tools=target/tools
stamp="$tools/fetched"
wanted="$(cat tests/real/fetch.sh tests/real/requirements.txt)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

echo "fetching into $tools" >&2
mkdir -p "$tools"
rm -rf "$stamp" "$tools/python" "$tools/wheel"
python3 -m venv "$tools/python"
"$tools/python/bin/pip" install --quiet --disable-pip-version-check -r tests/real/requirements.txt
"$tools/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$tools/wheel" "$sam"
"$tools/python/bin/python" - "$tools" "$emulator" <<'PYTHON'
import pathlib, sys, zipfile

tools, emulator = pathlib.Path(sys.argv[1]), sys.argv[2]
[wheel] = (tools / "wheel").glob("*.whl")
program = tools / "aws-lambda-rie"
program.write_bytes(zipfile.ZipFile(wheel).read(f"samcli/local/rapid/{emulator}"))
program.chmod(0o755)
PYTHON
rm -rf "$tools/wheel"
printf '%s\n' "$wanted" >"$stamp"
