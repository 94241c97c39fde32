#!/bin/sh
# Run every example the way its reader would, without a terminal: the scripts, and the tests of the packages.
# BIN names the directory of the Python to use.
set -eu
bin=$(cd "${BIN:?BIN names the directory of the Python to use}" && pwd)
export CI=true

for script in $(grep -l '__name__ == "__main__"' $(find examples -name '*.py' -not -path '*/engines/*' | sort)); do
    echo "== $script"
    "$bin/python" "$script" </dev/null
done
for package in $(find examples -name pyproject.toml | sort); do
    echo "== $package"
    (cd "$(dirname "$package")" && "$bin/python" -m pytest -q -p no:cacheprovider)
done

# Job engines bring much with them that nothing else needs: they have an environment of their own.
engines=${ENGINES:-$(dirname "$bin")-engines}
PYTHON="$bin/python" tools/environment.sh "$engines" engines
for script in examples/engines/*_engine.py; do
    echo "== $script"
    "$engines/bin/python" "$script" </dev/null
done
