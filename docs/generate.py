"""Write the pages of the docs that are made from the code."""

from pathlib import Path

from pulumi_shoal.settings_table import configuration

HERE = Path(__file__).parent
PAGES = {"configuration.md": configuration}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make())
