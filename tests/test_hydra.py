"""Configs that Hydra composes: held against Hydra itself."""

import pickle
from pathlib import Path

import pytest

from lrdsl.configs import ConfigError
from lrdsl.configs.hydra import INSTALL, compose
from lrdsl.settings import Section
from lrdsl.tasks import Task, Workspace, composed

BOTH = "warmup(${trainer.warmup}) >> cosine(${oc.env:NOPE}ep, en=0)"
TREE = {
    "config.yaml": """\
defaults:
  - optim: sgd
  - trainer: long
  - _self_
here:
  schedule: "hold(10%) >> cosin"
top:
  schedule: ${optim.schedule}
made:
  schedule: ${.text}
  text: warmup(5ep) >> linea
given:
  schedule: ???
list:
  - schedule: warmup(${..trainer.warmup}) >> hold >> linaer
""",
    "optim/sgd.yaml": f"lr: 1e-1\nschedule: {BOTH}\n",
    "optim/adam.yaml": f"lr: 1e-3\nschedule: {BOTH}\n",
    "optim/base.yaml": "# @package _global_\noptim: {lr: 2, schedule: wramup(1ep)}\n",
    "trainer/long.yaml": "max_epochs: 90\nwarmup: 100\n",
    "broken.yaml": "a: [\n",
    "lost.yaml": "defaults: [nothing]\n",
}
SECTION = Section(total_from={"key": "trainer.max_epochs", "unit": "ep"}, lr_from=".lr")


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOPE", raising=False)
    for name, text in TREE.items():
        path = Path("conf", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Path("conf")


def tasks(folder: Path, *overrides: str, name: str | None = None) -> dict[str, Task]:
    pytest.importorskip("hydra")
    found = composed(folder, name, Workspace(SECTION), overrides)
    return {task.program.key: task for task in found}


def places(task: Task) -> list[str]:
    program = task.program
    return [
        "{}:{}:{} {}".format(program.name, *program.locate(d.span.start), d.span.of(program.text))
        for d in task.check()
    ]


def test_a_text_of_the_tree_is_shown_in_its_file(tree) -> None:
    found = tasks(tree)
    assert list(found) == [
        "optim.schedule",
        "here.schedule",
        "made.schedule",
        "given.schedule",
        "list.0.schedule",
    ]
    assert places(found["optim.schedule"]) == ["conf/optim/sgd.yaml:2:65 en"]
    assert places(found["here.schedule"]) == ["conf/config.yaml:6:27 cosin"]
    assert places(found["list.0.schedule"])[-1].endswith(" linaer")
    assert places(found["given.schedule"]) == []


def test_what_is_made_of_interpolations_is_checked_for_what_it_becomes(tree) -> None:
    found = tasks(tree)
    made = found["made.schedule"]
    assert made.values == {"${.text}": "warmup(5ep) >> linea"}
    assert places(made) == ["conf/config.yaml:10:13 ${.text}"]
    assert found["optim.schedule"].values == {"${trainer.warmup}": "100"}


def test_a_group_that_an_interpolation_brings_again_is_shown_in_the_composed_config(tree) -> None:
    found = tasks(tree, "+copy=${optim}")["copy.schedule"]
    assert found.program.name == "conf/config.yaml (composed)"
    assert [place.split()[-1] for place in places(found)] == ["en"]


def test_a_hole_for_a_group_stays_one(tree) -> None:
    (tree / "extra").mkdir()
    (tree / "extra/odd.yaml").write_text("schedule: warmup(${trainer}) >> cosin\n", "utf-8")
    found = tasks(tree, "+extra=odd")["extra.schedule"]
    assert (found.values, places(found)) == ({}, ["conf/extra/odd.yaml:1:33 cosin"])


def test_the_run_is_that_of_the_composed_config(tree) -> None:
    found = tasks(tree, "trainer.max_epochs=50")
    assert found["optim.schedule"].run == {"total": "50ep"}
    assert found["optim.schedule"].lr == 0.1
    assert pickle.loads(pickle.dumps(list(found.values()))) is not None


def test_the_file_that_was_chosen_is_shown(tree) -> None:
    assert places(tasks(tree, "optim=adam")["optim.schedule"]) == ["conf/optim/adam.yaml:2:65 en"]
    assert places(tasks(tree, "optim=base")["optim.schedule"]) == [
        "conf/optim/base.yaml:2:26 wramup"
    ]


def test_a_text_of_no_file_is_shown_in_the_composed_config(tree) -> None:
    found = tasks(tree, "optim.schedule='warmup(${trainer.warmup}) >> linea'")["optim.schedule"]
    assert found.program.name == "conf/config.yaml (composed)"
    assert found.program.text == "warmup(100) >> linea"
    (place,) = places(found)
    line, column = map(int, place.split(" linea")[0].split(":")[1:])
    assert found.program.line(line)[column - 1 :] == "linea"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "conf/nothing.yaml: there is no such config"),
        ("broken", "conf/broken.yaml: Hydra: "),
        ("lost", "conf/lost.yaml: Hydra: In 'lost': Could not load 'nothing'."),
    ],
)
def test_a_config_that_does_not_compose(tree, name, message) -> None:
    with pytest.raises(ConfigError) as caught:
        tasks(tree, name=name)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_folder_names_its_config_if_it_can_mean_only_one(tree) -> None:
    pytest.importorskip("hydra")
    assert compose(tree).path == tree / "config.yaml"
    assert compose(tree / "trainer").path == tree / "trainer" / "long.yaml"
    with pytest.raises(ConfigError, match=r"which of its configs\? adam, base, sgd"):
        compose(tree / "optim")
    (tree / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"^conf/empty: there is no config in it$"):
        compose(tree / "empty")


def test_hydra_is_left_as_it_was(tree) -> None:
    pytest.importorskip("hydra")
    from hydra import compose as hydras
    from hydra import initialize_config_dir

    with initialize_config_dir(str(tree.absolute()), version_base=None):
        compose(tree / "trainer")
        assert hydras("config").trainer.warmup == 100


def test_without_hydra_it_is_said_how_to_get_it(tree, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "hydra", None)
    with pytest.raises(ConfigError, match=INSTALL):
        compose(tree)
