#!/bin/sh
# Chromium, GDAL's command line and Poppler's are the real clients of some tests, nginx the proxy of others. Install them
# where that needs no password;
# otherwise say plainly what will be skipped.
missing=""
PATH="$PATH:/usr/sbin"  # where Debian puts nginx, and where not everybody looks
for pair in chromium:chromium ogrinfo:gdal-bin pdftotext:poppler-utils nginx:nginx-light; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
# Debian's browser without windows takes half the processor time; what it cannot do, such as a notification, Chromium is
# asked for. Ubuntu and others have no such package.
quicker=chromium-headless-shell
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=none; fi
    if [ "$as_root" != none ]; then
        $as_root apt-get update -qq || true
        [ -n "$(apt-cache search --names-only '^chromium-headless-shell$')" ] || quicker=""
        echo "Installing$missing $quicker, which some tests use as real clients."
        if DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing $quicker >/dev/null; then
            exit 0
        fi
    fi
fi
echo "Not installed:$missing. The tests that need them are skipped, each with its reason."
echo "To run them too: apt-get install$missing"
