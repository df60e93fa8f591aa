#!/bin/sh
# Gives programs the modes back that they lose on the way between jobs. Usage: executable.sh DIRECTORY
set -eu
directory=${1:?which directory?}

find "$directory" -type f -exec chmod 755 {} +
