#!/bin/sh
# Run every example the way its reader would, without a terminal: the scripts, and the tests of the packages.
# BIN names the directory of the Python to use.
set -eu
bin=$(cd "${BIN:?BIN names the directory of the Python to use}" && pwd)
export CI=true

for script in $(grep -l '__name__ == "__main__"' $(find examples -name '*.py' | sort)); do
    echo "== $script"
    "$bin/python" "$script" </dev/null
done
for package in $(find examples -name pyproject.toml | sort); do
    echo "== $package"
    (cd "$(dirname "$package")" && "$bin/python" -m pytest -q -p no:cacheprovider)
done
