#!/bin/sh
# Publishes the packages for npm: those of the platforms first, since the other asks for them. Usage: npm.sh DIRECTORY
#
# What is there already in this version stays, so that a run that stopped half-way can go on.
set -eu
directory=${1:?which directory?}

publish() {
  name=$(tar -xzOf "$1" package/package.json | sed -n 's/^  "name": "\(.*\)",\{0,1\}$/\1/p')
  version=$(tar -xzOf "$1" package/package.json | sed -n 's/^  "version": "\(.*\)",\{0,1\}$/\1/p')
  if npm view "$name@$version" version >/dev/null 2>&1; then
    echo "release: $name $version is there already"
    return
  fi
  npm publish --provenance --access public "$1"
}

for package in "$directory"/ecrpass-*-*-*.tgz; do
  publish "$package"
done
for package in "$directory"/ecrpass-[0-9]*.tgz; do
  publish "$package"
done
