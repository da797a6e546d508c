# shellcheck shell=bash
# What PostgreSQL says about each query in the code, for builds without a database. To be sourced, after
# throwaway-cluster.sh, in the root of the checkout and with a cluster running.

# write_queries FOLDER: fills the folder with a file a query, as they are in the code now.
#
# sqlx's macros write these files when they meet a database while the crate is compiled. Cargo does not know that a
# macro read or wrote anything, so the crate must be compiled even where cargo thinks it is fresh: under a condition
# that no build has had before, and nothing else depends on.
write_queries() {
  local folder=$1 migration built
  on_cluster postgres -c 'create database queries' || return
  for migration in migrations/*.sql; do
    on_cluster queries --single-transaction -f "$migration" || return
  done
  built=$(
    SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$folder DATABASE_URL=$(cluster_url queries) CARGO_INCREMENTAL=0 \
      cargo rustc --locked --quiet --package tickncook-hubrise --lib --message-format json-render-diagnostics \
      -- --cfg "queries_written_at_$(date +%s%N)" </dev/null
  ) || return
  on_cluster postgres -c 'drop database queries' || return
  # No build will ask for this one again.
  built=$(grep '"name":"tickncook_hubrise"' <<<"$built" | grep -o '[^"]*\.rmeta')
  rm -f "${built%.rmeta}".{rmeta,rlib,d}
}
