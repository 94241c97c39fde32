#!/bin/sh
# Make the virtual environment, and install into it what a make target needs.
#
#   tools/environment.sh DIRECTORY demo|test|dev|engines
#
# Needs one of Python 3.11 to 3.13 and the package registry that pip is set up for; nothing else.
# A second run with an unchanged pyproject.toml does nothing.
set -eu

venv=$1
what=$2
python=$venv/bin/python

say() {
    printf '%s\n%s\n' "$1" "$2" >&2
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1
}

# A name on the path proves nothing: version managers leave names there that only print an error.
find_python() {
    incomplete=
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3 python}; do
        fits "$candidate" || continue
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
        incomplete=$candidate
    done
    if [ -n "$incomplete" ]; then
        say "$incomplete に venv がありません。Debian・Ubuntu では「sudo apt-get install python3-venv」を実行してから、もう一度お試しください。" \
            "$incomplete has no venv. On Debian and Ubuntu run: sudo apt-get install python3-venv, then try again."
    else
        say "Python 3.11・3.12・3.13 のいずれも見つかりません。インストールするか、「make demo PYTHON=/場所/python3.11」のように示してください。" \
            "No Python 3.11, 3.12 or 3.13 was found. Install one, or name it: make demo PYTHON=/path/to/python3.11"
    fi
    exit 1
}

case $what in
    demo) set -- --editable '.[sandbox]' ;;
    test | dev) set -- --editable . --group "$what" ;;
    engines) set -- --editable '.[sandbox]' --group "$what" ;;
    *) echo "usage: $0 DIRECTORY demo|test|dev|engines" >&2; exit 2 ;;
esac

wanted=$(cksum <pyproject.toml)
if fits "$python" && [ "$(cat "$venv/installed-$what" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

say "必要なものを $venv にそろえています（初回だけ、1分ほど）…" \
    "Putting what is needed into $venv (the first time only, about a minute) ..."

if ! fits "$python" || ! "$python" -m pip --version >/dev/null 2>&1; then
    base=$(find_python)
    "$base" -m venv --clear "$venv"
fi

# uv installs the same packages five times as fast, but does not read pip's own settings: where those name
# another registry, and where uv is not to be had, pip does the work.
with_uv() {
    if "$python" -m pip config list 2>/dev/null | grep -Eq '\.(index-url|no-index)='; then
        return 1
    fi
    "$python" -m pip install -qq --disable-pip-version-check uv 2>/dev/null || return 1
    # Where it fails, pip tries next and says what is wrong; two voices would only puzzle.
    "$python" -m uv pip install --quiet --python "$python" "$@" 2>/dev/null
}

with_pip() {
    # 25.1 is the first that knows --group.
    "$python" -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1' &&
        "$python" -m pip install -q --disable-pip-version-check "$@"
}

if ! with_uv "$@" && ! with_pip "$@"; then
    say "パッケージを取り込めませんでした。上の行が理由です。通信と、pip の設定（プロキシ、レジストリ）を確かめて、もう一度お試しください。" \
        "The packages could not be installed; the lines above say why. Check the connection and pip's settings (proxy, registry), then try again."
    exit 1
fi

printf '%s\n' "$wanted" >"$venv/installed-$what"
if [ "$what" = dev ]; then
    # The group `dev` holds the other two.
    printf '%s\n' "$wanted" >"$venv/installed-test"
fi
if [ "$what" != demo ]; then
    printf '%s\n' "$wanted" >"$venv/installed-demo"
fi
