#!/bin/sh
# Prints in one line what development lacks on this machine; prints nothing when all is there.
python=$(sh "$(dirname "$0")/find-python.sh")
if [ -z "$python" ]; then
  found=$(python3 --version 2>&1) || found="no Python"
  echo "needs Python 3.10 or newer; found $found"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "needs Python's venv module; found $python without it (Debian, Ubuntu: apt-get install python3-venv)"
elif ! node=$(node --version 2>/dev/null); then
  echo "needs Node 20 or newer; found no node"
else
  major=${node#v}
  if [ "${major%%.*}" -lt 20 ]; then
    echo "needs Node 20 or newer; found $node"
  elif ! npm --version >/dev/null 2>&1; then
    echo "needs npm; found none (it comes with Node, or as the package npm)"
  fi
fi
