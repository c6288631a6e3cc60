# Sourced by the scripts beside it: what each needs, made or found; or a plain word about what is missing.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

say() { printf '%s\n' "$*" >&2; }

need_node() {
  command -v node >/dev/null 2>&1 || { say "Node.js is missing: install version 20.19 or newer."; exit 1; }
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
    || { say "Node.js $(node -v) found, expected 20.19 or newer."; exit 1; }
}

need_packages() {
  need_node
  if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say "Installing packages …"
    # Not `npm ci`: it refuses a lock that was made where the binaries of other platforms could not be seen.
    npm install --no-save --loglevel=error || { say "npm install failed: is the npm registry reachable?"; exit 1; }
    touch node_modules/.package-lock.json
  fi
}

# Built again when a source is newer than the build.
need_build() {
  need_packages
  if [ ! -f dist/.built ] || [ -n "$(find src packages-templates scripts package-lock.json tsconfig.json -newer dist/.built -print -quit)" ]; then
    say "Building …"
    node scripts/build.mjs || exit 1
    touch dist/.built
  fi
}

# need_debian "what for" "test command" package…: installs Debian packages where it may, or says which are missing.
need_debian() {
  local purpose=$1 present=$2
  shift 2
  if eval "$present" >/dev/null 2>&1; then return; fi
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    say "Installing $* for $purpose …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null 2>&1
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
  fi
  eval "$present" >/dev/null 2>&1 || { say "Missing for $purpose: install the Debian packages $*."; exit 1; }
}

need_xmllint() { need_debian "checking manifests against their schemas" "command -v xmllint" libxml2-utils; }
need_postgres() { need_debian "the tests on real Postgres" "ls /usr/lib/postgresql/*/bin/initdb" postgresql; }
need_postgres_tools() { need_debian "backups of Postgres" "command -v pg_dump pg_restore" postgresql-client; }
need_redis() { need_debian "the tests on real Redis" "command -v redis-server" redis-server; }
need_chromium() { need_debian "the browser tests" "command -v chromium" chromium fonts-liberation; }
