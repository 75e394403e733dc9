"""Packs the function's program for Lambda: package.py BOOTSTRAP ZIP. The same program gives the same bytes."""

import hashlib
import pathlib
import sys
import zipfile


def pack(program: pathlib.Path, archive: pathlib.Path) -> None:
    # The name that Lambda starts, the oldest date that a zip knows, and an executable for everybody: a zip holds nothing
    # else that could differ. https://docs.aws.amazon.com/lambda/latest/dg/rust-package.html
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # Unix, so that the mode counts
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(archive, "w", compresslevel=9) as file:
        file.writestr(entry, program.read_bytes())


if __name__ == "__main__":
    program, archive = map(pathlib.Path, sys.argv[1:])
    pack(program, archive)
    size = archive.stat().st_size
    print(f"{archive}: {size} bytes ({size / 1e6:.1f} MB), the program {program.stat().st_size}")
    print(f"sha256 {hashlib.sha256(archive.read_bytes()).hexdigest()}")
