#!/bin/sh
# Makes or refreshes a virtual environment with the locked packages and this project:
#   install.sh FOLDER [EXTRA [REQUIREMENT or pip option ...]]   (an extra of pyproject.toml that is not locked, and how to get it)
# Needs Python 3.11 or newer with venv. Does nothing, quickly, when the environment already fits. Exits 2 when the machine lacks something.
set -eu
cd "$(dirname "$0")/.."
venv=$1
shift

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "No Python 3.11 or newer was found (looked for ${PYTHON:-python3 and python3.11 to python3.14}). Install one, or name it: make install PYTHON=/path/to/python3.12" >&2
    exit 2
}

python=$(find_python) || exit 2
"$python" -P ui/system_libraries.py

# What the environment was made from. The folder counts because the project is installed in place.
base=$("$python" -c 'import sys; print(sys.version.split()[0], sys.base_prefix)')
wanted="$base
$(pwd) $*
$(cksum requirements.lock pyproject.toml)"
stamp=$venv/.installed
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Python at $(command -v "$python") has no venv. On Debian or Ubuntu: apt-get install python3-venv" >&2
    exit 2
fi
if [ "$("$venv/bin/python" -c 'import sys; print(sys.version.split()[0], sys.base_prefix)' 2>/dev/null)" != "$base" ]; then
    "$python" -m venv --clear "$venv"
fi
rm -f "$stamp"

echo "Installing the locked packages into $venv (about 250 MB to download the first time) ..."
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }
pip install --quiet --no-deps --require-hashes --only-binary :all: --requirement requirements.lock
if [ $# -gt 0 ]; then
    extra=$1
    shift
    echo "Adding the packages of the extra '$extra' $* ..."
    pip install --quiet --no-build-isolation --editable ".[$extra]" "$@"
else
    pip install --quiet --no-deps --no-build-isolation --editable .
fi
printf '%s\n' "$wanted" >"$stamp"
echo "Ready: $venv/bin/sonoguide"
