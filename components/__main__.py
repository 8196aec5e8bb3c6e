"""The plugin: hosts the components for programs in any language."""

import sys

from pulumi.provider.server import main

from pulumi_shoal.hosted import ShoalProvider

if __name__ == "__main__":
    main(ShoalProvider(), sys.argv[1:])
