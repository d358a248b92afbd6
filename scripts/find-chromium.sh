#!/bin/sh
# Prints the path of a Chromium or Chrome ($CHROMIUM first); --install gets Debian's when none is found and this is root.
find_chromium() {
  for name in "$CHROMIUM" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" 2>/dev/null; then
      return 0
    fi
  done
  return 1
}

find_chromium && exit 0
if [ "$1" = --install ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >&2
  find_chromium && exit 0
fi
echo "make: needs Chromium for the browser tests; install it, or set CHROMIUM to the path of one" >&2
exit 1
