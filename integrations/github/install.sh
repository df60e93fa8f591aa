#!/bin/sh
# Downloads a release's programs into the job's temporary directory, checks them, and puts them on PATH.
#
# Reads ECRPASS_VERSION, ECRPASS_URL and, to accept one release alone, ECRPASS_SHA256: the sum of its SHA256SUMS.
set -eu

fail() {
  echo "::error title=ecrpass::$1"
  exit 1
}

case "$ECRPASS_VERSION" in
  '' | *[!0-9A-Za-z.+-]*) fail "the version is a release's, such as 0.1.0" ;;
esac
case "$ECRPASS_URL" in
  https://?*) ;;
  # A test's own server.
  http://127.0.0.1:*) ;;
  *) fail "the url has to begin with https://" ;;
esac
case "$ECRPASS_URL" in
  *//releases/*) fail "the action's own repository is not known here: give the input url" ;;
esac
system="$(uname -s) $(uname -m)"
case "$system" in
  'Linux x86_64') end= ;;
  'Linux aarch64') end=-aarch64 ;;
  *) fail "this action has no program for $system; run the job on Linux on x86-64 or ARM" ;;
esac

directory="$(mktemp -d "$RUNNER_TEMP/ecrpass-XXXXXX")"
mkdir "$directory/bin"
for file in SHA256SUMS "docker-credential-ecr-login$end" "ecrpass$end"; do
  curl --fail --silent --show-error --location --retry 3 --max-time 120 --proto '=https,http' --proto-redir '=https' \
    --output "$directory/$file" "$ECRPASS_URL/v$ECRPASS_VERSION/$file" ||
    fail "$file of version $ECRPASS_VERSION cannot be downloaded"
done
if [ -n "$ECRPASS_SHA256" ]; then
  echo "$ECRPASS_SHA256  $directory/SHA256SUMS" | sha256sum --check --status --strict - ||
    fail "SHA256SUMS of version $ECRPASS_VERSION is not the one that the input sha256 names"
fi
for program in docker-credential-ecr-login ecrpass; do
  file="$program$end"
  sum="$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$file\$/\1/p" "$directory/SHA256SUMS")"
  [ -n "$sum" ] || fail "SHA256SUMS has no sum for $file"
  echo "$sum  $directory/$file" | sha256sum --check --status --strict - ||
    fail "what was downloaded as $file is not what was released"
  chmod 755 "$directory/$file"
  mv "$directory/$file" "$directory/bin/$program"
done

echo "$directory/bin" >> "$GITHUB_PATH"
echo "helper=$directory/bin/docker-credential-ecr-login" >> "$GITHUB_OUTPUT"
