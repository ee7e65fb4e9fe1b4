# Shared by script/server and script/test: find Python, make the virtual environment from a lock, install system packages.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# Prints how to become root without a question, or fails: nothing to print for root, sudo where it asks for no password.
root_prefix() {
  if [ "$(id -u)" = 0 ]; then return 0; fi
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then printf 'sudo -n'; return 0; fi
  return 1
}

# apt_install PACKAGE… : true when they are installed afterwards. What apt says goes to a file that is shown on failure.
apt_install() {
  local prefix log
  command -v apt-get >/dev/null 2>&1 || return 1
  prefix=$(root_prefix) || return 1
  log=$(mktemp)
  # One at a time: apt refuses a second one instead of waiting for the first.
  # shellcheck disable=SC2086
  if (
    flock 8
    $prefix env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
      $prefix env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "$@"
  ) 8>.apt.lock >"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  tail -n 5 "$log" >&2
  rm -f "$log"
  return 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }

# Prints a Python that is new enough: python3, then pyenv's versions, the one of .python-version first.
find_python() {
  local candidate root wanted
  for candidate in "${PYTHON:-}" python3 python3.13 python3.14 python3.12; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
      command -v "$candidate"
      return 0
    fi
  done
  wanted=$(cat .python-version)
  for root in "${PYENV_ROOT:-}" "$(command -v pyenv >/dev/null 2>&1 && pyenv root)" "${HOME:-/nonexistent}/.pyenv" /opt/pyenv /usr/local/pyenv; do
    [ -n "$root" ] && [ -d "$root/versions" ] || continue
    for candidate in "$root/versions/$wanted"/bin/python3 "$root/versions/$wanted".*/bin/python3 "$root"/versions/3.*/bin/python3; do
      if [ -x "$candidate" ] && new_enough "$candidate"; then
        printf '%s\n' "$candidate"
        return 0
      fi
    done
  done
  return 1
}

# An installation is a handful of processes that import much the same; compiled once, each starts seconds sooner. What is
# compiled lies in .venv, also where the surroundings want no such files among the sources.
keep_compiled() {
  unset PYTHONDONTWRITEBYTECODE
  export PYTHONPYCACHEPREFIX="$PWD/.venv/compiled"
}

# Whether a Python has a pip that can install for another one (22.3 and later): then .venv needs none of its own, which
# takes seconds to put there.
has_pip() { "$1" -m pip --python "$1" --version >/dev/null 2>&1; }

pip_install() {
  local pip=(.venv/bin/python -m pip)
  .venv/bin/python -c 'import pip' 2>/dev/null || pip=("$(find_python)" -m pip --python .venv/bin/python)
  "${pip[@]}" install --require-hashes --no-deps --disable-pip-version-check --root-user-action=ignore \
    --no-input --progress-bar off --no-compile "$@"
}

# uv fetches many packages at once, in a third of pip's time. Where it can't be had or can't reach what pip is set up to
# reach (a mirror, a certificate of the house), pip does the work alone.
install_with_uv() {
  pip_install --quiet -r requirements-installer.lock >/dev/null 2>&1 || return 1
  .venv/bin/uv pip install --python .venv/bin/python --no-config --no-cache --require-hashes --no-deps -r "$1" 2>&1 |
    sed -n 's/^\(Prepared\|Installed\) /  &/p'
}

install_with_pip() {
  pip_install -r "$1" 2>.venv/pip-errors |
    awk '/^Collecting /{n++; if (n % 10 == 0) {print "  " n " packages …"; fflush()}} /^Installing collected/{print "  unpacking …"; fflush()}' ||
    { cat .venv/pip-errors >&2; return 1; }
}

# make_environment LOCK [OTHER_LOCK] : .venv holds what LOCK names. Skipped when it was installed before, from LOCK or
# from OTHER_LOCK, which holds the same and more.
make_environment() {
  local lock=$1 other=${2:-} python stamp
  exec 9>.venv.lock
  flock 9
  if [ -x .venv/bin/python ] && new_enough .venv/bin/python; then
    for stamp in "$lock" "$other"; do
      if [ -n "$stamp" ] && [ "$(cat ".venv/.installed-$stamp" 2>/dev/null)" = "$(sha256sum <"$stamp")" ]; then
        exec 9>&-
        keep_compiled
        return 0
      fi
    done
  else
    python=$(find_python) || fail "AMPS needs Python 3.12 or newer, as python3 or through pyenv ($(cat .python-version))."
    say "Making the virtual environment with $("$python" --version)"
    if has_pip "$python" && "$python" -c 'import venv' 2>/dev/null; then
      "$python" -m venv --clear --without-pip .venv
    else
      if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        say "Installing python3-venv"
        apt_install python3-venv ||
          fail "Python's venv module is missing: run “apt-get install python3-venv” as root, then start again."
      fi
      "$python" -m venv --clear .venv
    fi
  fi
  say "Installing what $lock names"
  install_with_uv "$lock" || install_with_pip "$lock" ||
    fail "The packages could not be installed; pip's reason stands above."
  sha256sum <"$lock" >".venv/.installed-$lock"
  exec 9>&-
  keep_compiled
}

has_pango() { ldconfig -p 2>/dev/null | grep -q 'libpangoft2-1\.0\.so' || /sbin/ldconfig -p 2>/dev/null | grep -q 'libpangoft2-1\.0\.so'; }
