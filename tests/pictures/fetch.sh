#!/bin/sh
# Fetches the renderers of `make pictures` into target/tools/pictures in the versions of package-lock.json, and a Chromium
# with fonts for Japanese and emoji if there is none. Does nothing when all are there.
set -eu
cd "$(dirname "$0")/../.."

missing=""
command -v "${CHROMIUM:-chromium}" >/dev/null || missing="chromium"
# A font's package is judged by its letters, whoever brought them.
command -v fc-list >/dev/null && [ -n "$(fc-list :lang=ja family)" ] || missing="$missing fonts-noto-cjk"
command -v fc-list >/dev/null && fc-list : family | grep -qi "color emoji" || missing="$missing fonts-noto-color-emoji"
if [ -n "$missing" ]; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "make pictures needs Debian's packages $missing or their like; a browser elsewhere is named by CHROMIUM=" >&2
		exit 1
	fi
	echo "installing $missing" >&2
	apt-get update -qq >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends fontconfig $missing >/dev/null
fi

tools=target/tools/pictures
stamp="$tools/fetched"
wanted="$(cat tests/pictures/package-lock.json)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

echo "fetching into $tools" >&2
rm -rf "$tools"
mkdir -p "$tools"
cp tests/pictures/package.json tests/pictures/package-lock.json tests/pictures/.npmrc "$tools"
npm ci --prefix "$tools" --ignore-scripts --loglevel=error >/dev/null
printf '%s\n' "$wanted" >"$stamp"
