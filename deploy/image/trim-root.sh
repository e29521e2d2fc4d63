#!/bin/sh
# Delete from the base image what a service never reads or should not have, and compile the standard library.
set -eu

# Documentation and translations; the licences (`copyright`) stay.
find /usr/share/doc -type f ! -name copyright -delete
rm -rf /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /var/cache/apt /var/lib/apt/lists
# Nothing is installed in a running container.
for library in /usr/lib/python3 /usr/lib/python3.* /usr/local/lib/python3.*; do
  for name in pip setuptools wheel pkg_resources _distutils_hack; do
    rm -rf "$library"/*-packages/"$name" "$library"/*-packages/"$name"-*
  done
  rm -rf "$library"/ensurepip "$library"/idlelib "$library"/turtledemo "$library"/lib2to3 "$library"/test "$library"/pydoc_data
done
rm -rf /usr/share/python-wheels
# Perl only serves the package manager, and the converters of gconv only C programs: Python brings codecs of its own.
rm -rf /usr/bin/perl* /usr/lib/*/perl-base /usr/lib/*/gconv
# No program raises its rights.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
# Images of Python come without compiled files, and a read-only root never gets them: each start would compile them anew.
python -m compileall -q "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
