# shellcheck shell=bash
# The demo's data directory: where it is, its secrets, and the database a killed bridge leaves running in it. To be
# sourced, after machine.sh.

# Not a secret: both sides must know it.
# shellcheck disable=SC2034 # used by script/server
demo_client_id=640018442113.clients.hubrise.com

# default_data_dir CHECKOUT: one for each checkout, where this user may write.
default_data_dir() {
  local checkout
  checkout=$(printf %s "$1" | sha256sum | cut -c 1-12)
  if ((EUID == 0)); then
    # Not below root's home: PostgreSQL runs as a user who cannot go there.
    printf '/var/lib/tickncook-hubrise/%s\n' "$checkout"
  else
    printf '%s/tickncook-hubrise/%s\n' "${XDG_DATA_HOME:-${HOME:?is not set: set BRIDGE_DATA_DIR}/.local/share}" "$checkout"
  fi
}

# create_data_dir FOLDER: whoever runs PostgreSQL for root must be able to pass through it.
create_data_dir() {
  if ((EUID == 0)); then (umask 066 && mkdir -p "$1"); else (umask 077 && mkdir -p "$1"); fi ||
    die "The data directory $1 cannot be created: choose another with BRIDGE_DATA_DIR."
}

# create_private FILE: empty, and nobody else's to read.
create_private() {
  rm -f "$1"
  (umask 077 && : >"$1") || die "$1 cannot be written."
}

# create_demo_secrets FOLDER: those that are not there yet. A file has its name only once it is complete.
create_demo_secrets() {
  if [[ ! -s $1/encryption-keys ]]; then
    create_private "$1/encryption-keys.new"
    printf 'demo-1:%s\n' "$(head -c 32 /dev/urandom | base64 -w 0)" >"$1/encryption-keys.new"
    mv "$1/encryption-keys.new" "$1/encryption-keys"
  fi
  if [[ ! -s $1/hubrise-client-secret ]]; then
    create_private "$1/hubrise-client-secret.new"
    head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$1/hubrise-client-secret.new"
    mv "$1/hubrise-client-secret.new" "$1/hubrise-client-secret"
  fi
}

# stop_orphaned_database FOLDER: the bridge stops its own; one that was killed could not.
stop_orphaned_database() {
  local server deadline=$((SECONDS + 30))
  server=$(head -n 1 "$1/postgres/postmaster.pid" 2>/dev/null) || return 0
  # The number may be another process's by now.
  while tr '\0' '\n' <"/proc/$server/cmdline" 2>/dev/null | grep -qxF "$1/postgres" && ((SECONDS < deadline)); do
    kill -INT "$server" 2>/dev/null || true
    sleep 0.2
  done
}
