"""Who may import whom: the arrows of the design, and no others."""

from tests.structure.source_tree import PACKAGES, ROOT, SourceFile, source_files

ALLOWED = {
    "shoal_agent": set(),
    "shoal_planner": set(),
    "pulumi_shoal": {"shoal_planner", "shoal_agent.contract"},
    "shoal_local": {"pulumi_shoal", "shoal_planner", "shoal_agent"},
}


def _crossings(file: SourceFile, package: str) -> list[str]:
    """The imports of other packages of ours that the design does not allow."""
    others = PACKAGES.keys() - {package}
    allowed = ALLOWED[package]
    return [
        f"{file.name}:{line} imports {name}"
        for line, name in file.imported()
        if name.split(".")[0] in others
        and not any(name == a or name.startswith(f"{a}.") for a in allowed)
    ]


def test_each_package_imports_only_the_packages_it_may() -> None:
    crossings = [
        crossing
        for package, folder in PACKAGES.items()
        for file in source_files(folder)
        for crossing in _crossings(file, package)
    ]
    assert crossings == []


def test_the_walk_would_see_an_arrow_that_is_not_allowed() -> None:
    file = SourceFile(ROOT / "agent" / "shoal_agent" / "made_up.py")
    file.__dict__["text"] = "def late():\n    from shoal_planner import sizing\n"
    assert _crossings(file, "shoal_agent") == [
        "agent/shoal_agent/made_up.py:2 imports shoal_planner.sizing"
    ]


def test_components_take_nothing_of_the_agent_but_its_contract() -> None:
    file = SourceFile(ROOT / "components" / "pulumi_shoal" / "made_up.py")
    file.__dict__["text"] = "from shoal_agent import contract\nfrom shoal_agent import cli\n"
    assert _crossings(file, "pulumi_shoal") == [
        "components/pulumi_shoal/made_up.py:2 imports shoal_agent.cli"
    ]


def test_the_stack_program_imports_only_the_components() -> None:
    ours = [
        name
        for _, name in SourceFile(ROOT / "__main__.py").imported()
        if name.split(".")[0] in PACKAGES
    ]
    assert ours
    assert all(name.startswith("pulumi_shoal") for name in ours)


def test_every_package_has_files_to_walk() -> None:
    assert all(source_files(folder) for folder in PACKAGES.values())
