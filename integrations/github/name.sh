#!/bin/sh
# Makes a configuration of the job's own that names the helper for the registries. The runner empties RUNNER_TEMP when the
# job ends, so nothing of it is left.
#
# Reads ECRPASS_REGISTRIES: hosts, separated by blanks.
set -eu

fail() {
  echo "::error title=ecrpass::$1"
  exit 1
}

# The hosts are data: no pattern in them names files.
set -f
# shellcheck disable=SC2086
set -- $ECRPASS_REGISTRIES
[ "$#" -gt 0 ] || fail "the input registries is empty; was a variable unset?"

members=
for host in "$@"; do
  case "$host" in
    *[!a-z0-9.-]*) fail "a registry is a host alone, without scheme and path: 123456789012.dkr.ecr.us-east-1.amazonaws.com" ;;
    public.ecr.aws | *.dkr.ecr.*.* | *.dkr.ecr-fips.*.* | *.dkr-ecr.*.* | *.dkr-ecr-fips.*.*) ;;
    *) fail "$host is not a registry of Amazon ECR" ;;
  esac
  members="$members${members:+, }\"$host\": \"ecr-login\""
done

# A builder that was set up before is found where it was.
buildx="${BUILDX_CONFIG:-${DOCKER_CONFIG:-$HOME/.docker}/buildx}"
directory="$(mktemp -d "$RUNNER_TEMP/.docker-XXXXXX")"
printf '{"credHelpers": {%s}}\n' "$members" > "$directory/config.json"
{
  echo "DOCKER_CONFIG=$directory"
  echo "AWS_ECR_CACHE_DIR=$directory/ecr"
  echo "BUILDX_CONFIG=$buildx"
} >> "$GITHUB_ENV"
echo "docker-config=$directory" >> "$GITHUB_OUTPUT"
