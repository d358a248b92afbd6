#!/bin/sh
# Prints the path of ffmpeg ($FFMPEG first); --install gets Debian's when none is found and this is root.
find_ffmpeg() {
  for name in "$FFMPEG" ffmpeg; do
    if [ -n "$name" ] && command -v "$name" 2>/dev/null; then
      return 0
    fi
  done
  return 1
}

find_ffmpeg && exit 0
if [ "$1" = --install ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ffmpeg; } >&2
  find_ffmpeg && exit 0
fi
echo "make: needs ffmpeg to compare with; install it, or set FFMPEG to the path of one" >&2
exit 1
