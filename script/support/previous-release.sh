# shellcheck shell=bash
# The version that ran before this one, built from the history of this repository. To be sourced after machine.sh.

# previous_release TARGET-DIRECTORY: prints its program, or nothing where the history does not reach back to it, as in
# a copy without one.
previous_release() {
  local commit source=$1/previous-release/source program=$1/previous-release/tickncook-hubrise
  commit=$(<tests/processes/previous-release)
  if ! git cat-file -e "$commit^{commit}" 2>/dev/null; then return; fi
  if [[ ! -x $program || $(cat "$source/commit" 2>/dev/null) != "$commit" ]]; then
    say "Building the version of $commit, to upgrade from it …"
    rm -rf "$source"
    mkdir -p "$source"
    git archive "$commit" | tar -x -C "$source"
    # Among everything else that is built: what both versions stand on is built once.
    SQLX_OFFLINE=true cargo build --quiet --locked --manifest-path "$source/Cargo.toml" --package tickncook-hubrise \
      --bins --target-dir "$1" >&2
    mv "$1/debug/tickncook-hubrise" "$program"
    printf '%s\n' "$commit" >"$source/commit"
  fi
  printf '%s\n' "$program"
}
