#!/bin/sh
# Makes .venv, or brings it up to date, with a Python that the project supports. Quick when there is nothing to do.
# What a brief needs, and the extras that are named: setup/environment.sh test lab. An extra stays once it is there.
set -eu
cd "$(dirname "$0")/.."

# The folder is part of the stamp because a virtual environment does not survive being moved.
stamp=.venv/installed
wanted="$(pwd) $(cat pyproject.toml constraints.txt | cksum)"
made_for="" extras="" complete=yes
if [ -f "$stamp" ]; then
    { read -r made_for && read -r extras || true; } <"$stamp"
fi
for extra in "$@"; do
    case ",$extras," in
    *",$extra,"*) ;;
    *) extras="$extras${extras:+,}$extra" complete=no ;;
    esac
done
if [ "$complete" = yes ] && [ "$made_for" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

# Naming a command is no proof that it runs: pyenv's shims exist for versions that are not switched on.
usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 15))' 2>/dev/null
}

find_python() {
    pyenv_versions="${PYENV_ROOT:-${HOME:-}/.pyenv}/versions"
    # 3.14 comes last: the tests have not been run with it.
    for candidate in python3.13 python3.12 "$pyenv_versions"/3.13.*/bin/python "$pyenv_versions"/3.12.*/bin/python \
        python3 python3.14 "$pyenv_versions"/3.14.*/bin/python; do
        if usable "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

moved() {
    [ -f "$stamp" ] && case "$made_for" in "$(pwd) "*) false ;; *) true ;; esac
}

make_with_uv() {
    command -v uv >/dev/null && uv venv --quiet --seed --clear --python '>=3.12,<3.15' .venv
}

if moved || ! usable .venv/bin/python; then
    if python=$(find_python); then
        echo "Making .venv with $("$python" --version) ($python)"
        "$python" -m venv --clear .venv
    elif ! make_with_uv; then
        echo "gaplab needs Python 3.12, 3.13 or 3.14 and found none: install one of them (or uv, which fetches it)" \
            "and run this again." >&2
        exit 2
    fi
fi

install_with_uv() {
    command -v uv >/dev/null &&
        uv pip install --python .venv/bin/python --compile-bytecode -c constraints.txt -e "$project"
}

echo "Installing the packages pinned in constraints.txt (about a minute)"
project=".${extras:+[$extras]}"
install_with_uv || .venv/bin/python -m pip install --disable-pip-version-check -c constraints.txt -e "$project"
printf '%s\n' "$wanted" "$extras" >"$stamp"
