"""The plugin: hosts the components for programs in any language."""

from pulumi.provider.experimental import component_provider_host

from pulumi_shoal.hosted import COMPONENTS

if __name__ == "__main__":
    component_provider_host(components=COMPONENTS, name="shoal")
