#!/bin/sh
# Delete from an installed environment what no process of the service reads: trim-packages.sh PREFIX
# What each line saves is in docs/decisions/0025-images-and-deployment.md.
set -eu
cd "$1"/lib/python3*/site-packages

# The names of all the world's locales come with a dependency of the extractor; English is asked for.
find babel/locale-data -name '*.dat' ! -name 'root.dat' ! -name 'en*.dat' -delete
# ONNX Runtime: the library for C programs is a second copy of the one that Python loads; the rest converts and trains models.
rm -rf onnxruntime/capi/libonnxruntime.so* onnxruntime/transformers onnxruntime/tools onnxruntime/quantization onnxruntime/datasets
# numpy: the Fortran wrapper and the build system of extensions.
rm -rf numpy/f2py numpy/distutils numpy/_core/include
# Tests of packages, and sources, headers and type stubs of compiled modules.
find . -depth -type d \( -name tests -o -name test -o -path ./sqlalchemy/testing -o -path ./alembic/testing \) -exec rm -rf {} +
find . -type f \( -name '*.c' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.pyi' \) -delete
