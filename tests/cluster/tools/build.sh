#!/bin/sh
# Builds the pinned tools of each folder here (KEDA, Kubernetes) and prints where they are.
# The binaries live outside the checkout, one folder per go.mod and go.sum, so a second run
# builds nothing and a changed version never meets an old binary.
# Usage: build.sh keda|kubernetes
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
tool=$1
cd "$here/$tool"

key=$(cat go.mod go.sum | sha256sum | cut -c 1-16)
out="${XDG_CACHE_HOME:-$HOME/.cache}/shoal/cluster/$tool-$key"

if [ ! -e "$out/.complete" ]; then
    mkdir -p "$out"
    ldflags="-s -w"
    if [ "$tool" = kubernetes ]; then
        # What a release build stamps; without it the API server calls itself v0.0.0.
        version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
        minor=${version#v*.}
        stamp=k8s.io/component-base/version
        ldflags="$ldflags -X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*}"
    fi
    echo "building $tool (several minutes the first time)" >&2
    CGO_ENABLED=0 nice -n 15 go build -trimpath -ldflags "$ldflags" -o "$out/" tool >&2
    if [ "$tool" = keda ]; then
        # The custom resource definitions come with the module; no second source of them.
        crds=$(go list -m -f '{{.Dir}}' github.com/kedacore/keda/v2)/config/crd/bases
        mkdir -p "$out/crds"
        cp -f "$crds"/*.yaml "$out/crds/"
        chmod u+w "$out/crds"/*.yaml
    fi
    touch "$out/.complete"
fi
echo "$out"
