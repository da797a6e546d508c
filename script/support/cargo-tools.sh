# shellcheck shell=bash
# Programs for cargo that a machine may lack. To be sourced after machine.sh.

# ensure_cargo_tool NAME VERSION TARGET-DIRECTORY: puts `cargo NAME` on the path. What is not installed is built once,
# beside everything else that is built, and without optimisation: building takes longer than running.
ensure_cargo_tool() {
  local root=$3/cargo-tools
  export PATH="$root/bin:$PATH"
  if command -v "cargo-$1" >/dev/null; then return; fi
  say "Building cargo-$1 …"
  cargo install --quiet --locked --debug "cargo-$1" --version "$2" --root "$root" --target-dir "$root/target" >&2
  rm -rf "$root/target"
}
