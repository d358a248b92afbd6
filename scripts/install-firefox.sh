#!/bin/sh
# Installs Debian's Firefox ESR and a sound server for its test where this is root with apt; without them the test skips.
command -v firefox-esr >/dev/null 2>&1 && command -v pulseaudio >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends firefox-esr pulseaudio
fi >&2 || echo "make: Firefox could not be installed; its test is skipped" >&2
