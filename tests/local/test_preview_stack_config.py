"""Reading ``Pulumi.yaml`` and ``Pulumi.<stack>.yaml`` as the Pulumi CLI reads them."""

from pathlib import Path

import pytest

from shoal_local.property_values import Secret
from shoal_local.stack_config import ENCRYPTED, load_project, load_stack
from shoal_local.user_error import UserError

PYTHON = "name: demo\nruntime: python\n"


def _write(folder: Path, project: str = PYTHON, **stacks: str) -> Path:
    (folder / "Pulumi.yaml").write_text(project)
    for stack, text in stacks.items():
        (folder / f"Pulumi.{stack}.yaml").write_text(text)
    return folder


def test_a_project_is_found_from_a_folder_inside_it(tmp_path: Path) -> None:
    inside = _write(tmp_path) / "components" / "deep"
    inside.mkdir(parents=True)
    assert load_project(inside).directory == tmp_path


def test_values_keep_their_shape_and_keys_get_the_projects_namespace(tmp_path: Path) -> None:
    text = "config:\n  aws:region: eu-west-1\n  size: 3\n  demo:agents: [{name: a, fast: true}]\n"
    config = load_stack(load_project(_write(tmp_path, dev=text)), "dev")
    assert config.values == {
        "aws:region": "eu-west-1",
        "demo:size": 3,
        "demo:agents": [{"name": "a", "fast": True}],
    }
    assert config.encrypted == ()


def test_a_date_in_the_yaml_is_text_again(tmp_path: Path) -> None:
    text = "config:\n  demo:since: 2026-11-01\n"
    config = load_stack(load_project(_write(tmp_path, dev=text)), "dev")
    assert config.values == {"demo:since": "2026-11-01"}


def test_the_projects_defaults_hold_where_the_stack_says_nothing(tmp_path: Path) -> None:
    project = PYTHON + (
        "config:\n"
        "  size: {type: integer, default: 3}\n"
        "  token: {type: string, default: hush, secret: true}\n"
        "  aws:region: {value: eu-west-1}\n"
        "  colour: blue\n"
    )
    folder = _write(tmp_path, project, dev="config:\n  demo:size: 5\n")
    assert load_stack(load_project(folder), "dev").values == {
        "demo:size": 5,
        "demo:token": Secret("hush"),
        "aws:region": "eu-west-1",
        "demo:colour": "blue",
    }


def test_a_declared_setting_without_default_or_value_is_an_error(tmp_path: Path) -> None:
    folder = _write(tmp_path, PYTHON + "config:\n  size: {type: integer}\n", dev="")
    with pytest.raises(UserError, match="stack 'dev' has no value for demo:size"):
        load_stack(load_project(folder), "dev")


def test_encrypted_values_are_secret_stand_ins_where_they_are(tmp_path: Path) -> None:
    text = (
        "encryptionsalt: v1:abc\n"
        "config:\n"
        "  demo:token: {secure: v1:abc}\n"
        "  demo:cluster: {kind: existing, kubeconfig: {secure: v1:abc}}\n"
        "  demo:list: [{secure: v1:abc}]\n"
        "  demo:plain: seen\n"
    )
    config = load_stack(load_project(_write(tmp_path, dev=text)), "dev")
    assert config.values == {
        "demo:token": Secret(ENCRYPTED),
        "demo:cluster": {"kind": "existing", "kubeconfig": Secret(ENCRYPTED)},
        "demo:list": [Secret(ENCRYPTED)],
        "demo:plain": "seen",
    }
    assert config.encrypted == ("demo:token", "demo:cluster", "demo:list")


def test_an_empty_stack_file_is_a_stack_without_configuration(tmp_path: Path) -> None:
    assert load_stack(load_project(_write(tmp_path, dev="")), "dev").values == {}


def test_stacks_are_those_that_have_a_file(tmp_path: Path) -> None:
    project = load_project(_write(tmp_path, prod="", dev="", local=""))
    assert project.stacks() == ["dev", "local", "prod"]
    with pytest.raises(UserError, match=r"Stacks there: dev, local, prod\."):
        project.stack_file("staging")


def test_stack_files_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    _write(tmp_path, PYTHON + "stackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("config: {demo:size: 3}\n")
    assert load_stack(load_project(tmp_path), "dev").values == {"demo:size": 3}


def test_the_program_may_lie_in_a_folder_of_its_own(tmp_path: Path) -> None:
    project = load_project(_write(tmp_path, PYTHON + "main: infra/\n"))
    assert project.program_directory == tmp_path / "infra"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("runtime: python\n", "`name` is missing"),
        ("name: demo\nruntime: nodejs\n", "`runtime` is 'nodejs'; only `python`"),
        ("- demo\n", "holds a list; it has to be a mapping"),
        ("name: [demo\n", "is not valid YAML"),
    ],
)
def test_a_project_file_that_cannot_be_used_is_an_error_that_says_why(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(UserError, match=complaint):
        load_project(_write(tmp_path, text))


def test_configuration_that_is_no_mapping_is_an_error(tmp_path: Path) -> None:
    folder = _write(tmp_path, dev="config: [3]\n")
    with pytest.raises(UserError, match=r"`config` is \[3\]"):
        load_stack(load_project(folder), "dev")
