#!/bin/sh
# Copies the image to a registry, for all machines at once. Usage: image.sh DIRECTORY REPOSITORY VERSION
set -eu
directory=${1:?which directory?}
repository=${2:?which repository?}
version=${3:?which version?}

# With the token of the job, which is good for its own repository.
printf %s "${GITHUB_TOKEN:?}" | skopeo login --username token --password-stdin "${repository%%/*}"
skopeo copy --all --preserve-digests "oci-archive:$directory/ecrpass-$version-image.tar" "docker://$repository:$version"
