#!/bin/sh
# Lists what the programs are made of: every crate that goes into them for arm64, not what only builds or tests them. The same
# commit gives the same list.
set -eu
cd "$(dirname "$0")/.."

SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
target/tools/bin/cargo-cyclonedx cyclonedx --quiet --format json --spec-version 1.5 --target aarch64-unknown-linux-gnu \
    --no-build-deps --override-filename hikyaku.cdx
mkdir -p target/sbom
# It writes beside Cargo.toml whatever one says, and names this folder.
sed "s|path+file://$PWD#||g" hikyaku.cdx.json >target/sbom/hikyaku.cdx.json
rm hikyaku.cdx.json
echo "target/sbom/hikyaku.cdx.json: $(grep -c '"bom-ref": "registry' target/sbom/hikyaku.cdx.json) crates"
