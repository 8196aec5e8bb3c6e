"""Write the pages of the docs that are made from the code."""

from pathlib import Path

from pulumi_shoal.settings_table import configuration
from shoal_agent.reference_page import agent_reference

HERE = Path(__file__).parent
PAGES = {"agent-reference.md": agent_reference, "configuration.md": configuration}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make())
