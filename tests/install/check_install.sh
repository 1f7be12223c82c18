#!/usr/bin/env bash
# Installs the build into a fresh prefix, builds an outside project against it and runs it.
#   check_install.sh BUILD_DIRECTORY
set -euo pipefail

build=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >/dev/null
for header in $(cd "$work/prefix/include" && find . -name '*.hpp'); do
  if grep -qE '#include <(zmq|core/|scheduler/|worker/|client/|array/|ml/)' \
    "$work/prefix/include/$header"; then
    echo "the installed header $header includes a private one" >&2
    exit 1
  fi
done
# The prefix is moved first: nothing installed may know where it was built.
mv "$work/prefix" "$work/moved"
cmake -S "$here/consumer" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/moved" >/dev/null
cmake --build "$work/build"
"$work/build/consumer"
"$work/moved/bin/tartan-scheduler" --version
"$work/moved/bin/tartan-worker" --version
test -s "$work/build/consumer_tasks.so"

if cmake -S "$here/consumer" -B "$work/other" -DCMAKE_PREFIX_PATH="$work/moved" \
  -DCMAKE_PROJECT_consumer_INCLUDE_BEFORE="$here/unknown_component.cmake" >"$work/log" 2>&1; then
  echo "an unknown component was accepted" >&2
  exit 1
fi
grep -q "has no component 'nonsense'" "$work/log"
