#!/bin/sh
# Run every example the way its reader would, without a terminal. BIN names the directory of the Python to use.
set -eu
bin=$(cd "${BIN:?BIN names the directory of the Python to use}" && pwd)
for script in $(find examples -name '*.py' ! -name 'test_*' ! -path '*/src/*' | sort); do
    echo "== $script"
    CI=true "$bin/python" "$script"
done
