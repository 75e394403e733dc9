#!/bin/sh
# Builds the function for arm64 and packs it into target/lambda/hikyaku.zip, which infra/template.yaml names. Fetches the
# pinned tools into target/tools/package first, if they are not there.
set -eu
cd "$(dirname "$0")/.."

tools=target/tools/package
stamp="$tools/fetched"
wanted="$(cat infra/requirements.txt)"
if ! [ -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    echo "fetching into $tools" >&2
    rm -rf "$tools"
    mkdir -p "$tools"
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check -r infra/requirements.txt
    printf '%s\n' "$wanted" >"$stamp"
fi
rustup target add aarch64-unknown-linux-gnu

# No folder of this machine in the program, so that it can be the same wherever it is built. The unit separator is Cargo's, so that a folder's
# name may have blanks. https://doc.rust-lang.org/cargo/reference/environment-variables.html
CARGO_ENCODED_RUSTFLAGS="$(printf -- '--remap-path-prefix=%s=cargo\037--remap-path-prefix=%s=.' "${CARGO_HOME:-$HOME/.cargo}" "$PWD")"
export CARGO_ENCODED_RUSTFLAGS
PATH="$PWD/$tools/bin:$PATH"
# The optimizations are those of Cargo.toml, which were measured; cargo-lambda's own would end the process at a panic.
cargo lambda build --release --arm64 --locked --disable-optimizations --bin hikyaku-lambda "$@"
python3 infra/package.py target/lambda/hikyaku-lambda/bootstrap target/lambda/hikyaku.zip
