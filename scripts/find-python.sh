#!/bin/sh
# Prints a Python of version 3.10 or newer, python3.11 if there is one; prints nothing when none is found.
for name in python3.11 python3 python3.14 python3.13 python3.12 python3.10 python; do
  if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "$name"
    exit 0
  fi
done
