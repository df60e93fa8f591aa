#!/bin/sh
# Puts the files of a release into a draft, which nobody sees, and checks what arrived. Usage: draft.sh TAG DIRECTORY
#
# A draft that an earlier run left is made again; a release that is published is never touched.
set -eu
tag=${1:?which tag?}
directory=${2:?which directory?}

(cd "$directory" && sha256sum --check --quiet --strict SHA256SUMS)
state=$(gh release view "$tag" --json isDraft --jq .isDraft 2>/dev/null || echo absent)
case $state in
  absent) ;;
  true) gh release delete "$tag" --yes ;;
  *)
    echo "release: $tag is published already. Give the next version to what has changed since" >&2
    exit 1
    ;;
esac
gh release create "$tag" --draft --verify-tag --title "$tag" --notes-file "$directory/CHANGELOG.md"
gh release upload "$tag" "$directory"/*

arrived=$(mktemp -d)
trap 'rm -rf "$arrived"' EXIT
gh release download "$tag" --dir "$arrived"
cmp "$directory/SHA256SUMS" "$arrived/SHA256SUMS"
(cd "$arrived" && sha256sum --check --quiet --strict SHA256SUMS)
sent=$(find "$directory" -type f | wc -l)
got=$(find "$arrived" -type f | wc -l)
if [ "$sent" -ne "$got" ]; then
  echo "release: $sent files were sent, and $got arrived" >&2
  exit 1
fi
echo "release: $tag is a draft of $((got)) files"
