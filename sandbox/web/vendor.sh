#!/bin/sh
# Rebuilds sandbox/web/vendor/ from package-lock.json (needs Node 20+ and npm; users of Steward need neither).
#   ./vendor.sh          rebuild, e.g. after raising a version in package.json and running npm install
#   ./vendor.sh --check  rebuild and fail when the result differs from what is committed
set -eu
cd "$(dirname "$0")"
before=$(sha256sum vendor/*/* 2>/dev/null || true)
npm ci --ignore-scripts --no-audit --no-fund
node vendor.build.js
(cd vendor/* && sha256sum --check --quiet SHA256SUMS)
if [ "${1:-}" = "--check" ] && [ "$before" != "$(sha256sum vendor/*/*)" ]; then
  echo "sandbox/web/vendor/ is not what package-lock.json builds: run sandbox/web/vendor.sh and commit the result." >&2
  exit 1
fi
