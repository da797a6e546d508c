# shellcheck shell=bash
# The accessibility checker that the browser tests load into each page. To be sourced, after machine.sh.

axe_version=4.14.1
axe_integrity=sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==

# fetch_axe_core TARGET-DIRECTORY: prints where the script is, and fetches it there first if it is not.
fetch_axe_core() {
  local script=$1/axe-core/axe.min.js package=$1/axe-core/package.tgz expected
  if [[ ! -e $script || $(cat "$1/axe-core/version" 2>/dev/null) != "$axe_version" ]]; then
    mkdir -p "$1/axe-core"
    rm -f "$1/axe-core"/*.tgz
    if command -v npm >/dev/null; then
      (cd "$1/axe-core" && npm pack --silent "axe-core@$axe_version" >/dev/null && mv "axe-core-$axe_version.tgz" "$package") ||
        die "axe-core could not be fetched from the npm registry."
    else
      if ! command -v curl >/dev/null; then install_packages curl ca-certificates; fi
      curl -fsSL --retry 3 -o "$package" "https://registry.npmjs.org/axe-core/-/axe-core-$axe_version.tgz" ||
        die "axe-core could not be fetched from the npm registry."
    fi
    expected=$(base64 -d <<<"${axe_integrity#sha512-}" | od -An -v -tx1 | tr -d ' \n')
    sha512sum --check --status <<<"$expected  $package" ||
      die "axe-core $axe_version from the npm registry is not the package that was pinned: see script/support/axe-core.sh."
    tar -xzf "$package" -C "$1/axe-core" --strip-components=1 package/axe.min.js
    rm "$package"
    printf '%s\n' "$axe_version" >"$1/axe-core/version"
  fi
  printf '%s\n' "$script"
}
