# shellcheck shell=bash
# What this machine has, and the installation of what it lacks (Debian and Ubuntu). To be sourced.

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}

# Rust is the one thing that is not installed here: whoever develops has chosen how to have it.
require_cargo() {
  if ! command -v cargo >/dev/null && [[ -x ${HOME:-}/.cargo/bin/cargo ]]; then
    export PATH="$HOME/.cargo/bin:$PATH"
  fi
  command -v cargo >/dev/null || die "Rust is missing: install it from https://rustup.rs and try again."
}

# as_root COMMAND…: as root, or through sudo without waiting for a password that nobody can type.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# install_packages NAME…
install_packages() {
  local by_hand="apt-get install --no-install-recommends $*"
  command -v apt-get >/dev/null ||
    die "Missing on this machine: $*. Install what has these names on Debian by your system's means, then try again."
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "Missing on this machine: $*. Ask an administrator to run: $by_hand"
    as_root true || die "Missing on this machine: $*. Run this, then try again: sudo $by_hand"
  fi
  say "Installing $* …"
  as_root apt-get update -qq || say "The package lists could not all be refreshed; going on with what there is."
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
    die "Installing failed. Once this works, try again: $by_hand"
}

# Prints the folder of the newest PostgreSQL server's programs.
postgres_programs() {
  local -a folders
  local folder
  mapfile -t folders < <(
    printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV
    if command -v postgres >/dev/null; then dirname "$(readlink -f "$(command -v postgres)")"; fi
  )
  for folder in "${folders[@]}"; do
    if [[ -x $folder/initdb && -x $folder/postgres && -x $folder/psql ]]; then
      printf '%s\n' "$folder"
      return
    fi
  done
  return 1
}

# The package would create a cluster of its own and start it on port 5432, where it is in the way: it is told not
# to while it installs, and the machine's setting is put back afterwards.
ensure_postgres() {
  if postgres_programs >/dev/null; then return; fi
  local setting=/etc/postgresql-common/createcluster.conf installed=0
  [[ -e $setting ]] || install_packages postgresql-common
  as_root cp -p "$setting" "$setting.before"
  as_root sed -i -e '/^[[:space:]]*create_main_cluster/d' -e '1i create_main_cluster = false' "$setting"
  (install_packages postgresql) || installed=$?
  as_root mv "$setting.before" "$setting"
  ((installed == 0)) || exit "$installed"
  postgres_programs >/dev/null || die "PostgreSQL was installed, but its server programs were not found."
}

# Some crates bring C and assembler.
ensure_compiler() {
  if ! command -v cc >/dev/null; then install_packages build-essential; fi
}

ensure_browser() {
  if command -v chromedriver >/dev/null; then return; fi
  if grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; then
    install_packages chromium-browser chromium-chromedriver
  else
    install_packages chromium chromium-driver
  fi
}

running=

# run COMMAND…: in a process group of its own. A signal to this script interrupts the wait, and `end_running` then
# ends the command with all that it has started.
run() {
  local outcome=0
  set -m
  "$@" </dev/null &
  running=$!
  set +m
  wait "$running" || outcome=$?
  running=
  return "$outcome"
}

end_running() {
  if [[ -n $running ]]; then
    kill -TERM -- "-$running" 2>/dev/null || true
    wait "$running" 2>/dev/null || true
    running=
  fi
}

# The folder cargo builds into, wherever this developer has put it.
target_directory() {
  cargo metadata --locked --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}
