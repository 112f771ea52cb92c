#!/bin/sh
# Makes the Redis users of the apps: the rules of users.acl, each user with a password of its own.
#
#   sh deploy/redis/make-users.sh <folder> [<prefix>]
#
# <folder>/users.acl is for redis-server and holds hashes only; <folder>/<user>.password is for the app of that name. A
# password that is there stays: remove its file to get a new one. The prefix is queue.prefix, "jobqueue" if you say nothing.
set -eu
umask 077

folder=${1:?usage: make-users.sh <folder> [<prefix>]}
prefix=${2:-jobqueue}
case $prefix in
  *[!A-Za-z0-9_.-]*) echo "make-users.sh: \"$prefix\" cannot be a prefix here, use letters, digits, dot, dash, underscore" >&2 && exit 2 ;;
esac
command -v openssl > /dev/null || { echo 'make-users.sh: openssl is missing' >&2 && exit 1; }

mkdir -p "$folder"
users=$(sed "s/{jobqueue:/{$prefix:/g" "$(dirname "$0")/users.acl")
for user in $(printf '%s\n' "$users" | sed -n 's/^user \([a-z]*\) on .*/\1/p'); do
  password=$folder/$user.password
  [ -s "$password" ] || openssl rand -hex 24 | tr -d '\n' > "$password"
  hash=$(tr -d '\n' < "$password" | openssl dgst -sha256 -r | cut -d ' ' -f 1)
  users=$(printf '%s\n' "$users" | sed "s/^user $user on /&#$hash /")
done
printf '%s\n' "$users" > "$folder/users.acl.new"
mv "$folder/users.acl.new" "$folder/users.acl"
