#!/bin/sh
# Publishes the draft, once everything in it is attested. Usage: publish.sh TAG
set -eu
tag=${1:?which tag?}

if [ "$(gh release view "$tag" --json isDraft --jq .isDraft)" != true ]; then
  echo "release: $tag is no draft" >&2
  exit 1
fi
gh release edit "$tag" --draft=false
