# shellcheck shell=bash
# A PostgreSQL cluster for one run: fast, and gone afterwards with all it held. To be sourced, after machine.sh.

cluster_folder=
cluster_server=

# Sets `cluster_folder`, where the socket is. The superuser is `postgres`, who needs no password.
start_cluster() {
  local programs
  local -a as_server=()
  programs=$(postgres_programs)
  # Not $TMPDIR: the path of a socket must be short.
  cluster_folder=$(mktemp -d /tmp/tickncook.XXXXXX)
  if ((EUID == 0)); then # which PostgreSQL refuses
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$cluster_folder"
    as_server=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
  fi
  (
    cd /
    "${as_server[@]}" "$programs/initdb" -D "$cluster_folder/data" --username postgres --auth trust \
      --encoding UTF8 --no-locale --no-sync
  ) >"$cluster_folder/log" 2>&1 || die "A database for the tests could not be created: $(cat "$cluster_folder/log")"

  # In a process group of its own, so that Ctrl-C reaches the tests first.
  set -m
  (
    cd /
    exec "${as_server[@]}" "$programs/postgres" -D "$cluster_folder/data" -k "$cluster_folder" \
      -c listen_addresses= -c max_connections=400 -c timezone=UTC \
      -c fsync=off -c synchronous_commit=off -c full_page_writes=off
  ) </dev/null >>"$cluster_folder/log" 2>&1 &
  cluster_server=$!
  set +m
  local deadline=$((SECONDS + 60))
  until "$programs/pg_isready" -q -h "$cluster_folder"; do
    if ! kill -0 "$cluster_server" 2>/dev/null || ((SECONDS > deadline)); then
      die "The database for the tests did not start: $(cat "$cluster_folder/log")"
    fi
    sleep 0.05
  done
}

# stop_cluster: whether or not it came up.
stop_cluster() {
  if [[ -n $cluster_server ]]; then
    kill -QUIT "$cluster_server" 2>/dev/null || true # nothing in it is worth writing out
    wait "$cluster_server" 2>/dev/null || true
    cluster_server=
  fi
  if [[ -n $cluster_folder ]]; then
    rm -rf "$cluster_folder"
    cluster_folder=
  fi
}

# cluster_url DATABASE
cluster_url() {
  printf 'postgres://postgres@localhost/%s?host=%s\n' "$1" "$cluster_folder"
}

# on_cluster DATABASE PSQL-ARGUMENT…
on_cluster() {
  local database=$1
  shift
  "$(postgres_programs)/psql" --no-psqlrc -q -v ON_ERROR_STOP=1 -h "$cluster_folder" -U postgres -d "$database" "$@"
}
