#!/bin/sh
# Fails unless a tag, the version of the programs and the changelog speak of the same release. Usage: check-tag.sh TAG
set -eu
tag=${1:?which tag?}

version=$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"/\1/p' Cargo.toml)
if [ "$tag" != "v$version" ]; then
  echo "release: the tag is $tag, and Cargo.toml says $version: change one of them" >&2
  exit 1
fi
if ! grep -q -E "^## \[?$(printf '%s' "$version" | sed 's/\./\\./g')\]?( |\$)" CHANGELOG.md; then
  echo "release: CHANGELOG.md has no section for $version: name the one of what is unreleased so" >&2
  exit 1
fi
