"""What is said of the file around a program."""

import pytest
import yaml
from diagnosing import filed

from lrdsl.session import Session
from lrdsl.tasks import Input, Workspace

NUMBERS = ["1e-4", "1E5", "2.5e3", "1_000e3", "-1e-4", "1.e5", "1.0e-4", "5", ".5", "1e", "e5"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_misread_if_yaml_reads_a_text(number):
    text = f"optimizer:\n  lr: {number} # the peak\n  schedule: hold\n"
    found = filed(text, "c.yaml", total=90)
    read = yaml.safe_load(text)["optimizer"]["lr"]
    misread = isinstance(read, str) and any(c.isdigit() for c in number.split("e")[0])
    misread = misread and number[-1].isdigit()
    assert [f.diagnostic.code for f in found] == ["LR903"] * misread
    for f in found:
        assert f.place.line == 2
        fixed = f.diagnostic.fix.apply(text)
        assert yaml.safe_load(fixed)["optimizer"]["lr"] == float(number)


def test_only_what_stands_beside_a_program_is_looked_at():
    text = "a:\n  lr: 1e-4\nb:\n  schedule: hold\n  lr: '1e-4'\n  c: {lr: 1e-4}\n"
    assert filed(text, "c.yaml", total=90) == []
    options = "schedule:\n  lr: cosine\n  eps: 1e-4\n"
    assert {f.diagnostic.code for f in filed(options, "c.yaml", total=90)} <= {"LR903"}


def test_a_number_beside_two_programs_is_said_once():
    text = "schedule: hold\nlr_schedule: hold\nlr: 1e-4\n"
    assert [f.diagnostic.code for f in filed(text, "c.yaml", total=90)] == ["LR903"]


def test_toml_has_no_such_numbers():
    assert filed('lr = 1e-4\nschedule = "hold"\n', "c.toml", total=90) == []


@pytest.mark.parametrize(
    "text",
    [
        "{schedule: warmup(5ep, 1e-6) >> cosine, lr: 0.1}",
        "[{schedule: warmup(5ep,\n 1e-6) >> cosine}]",
    ],
)
def test_a_text_that_is_cut_is_one_error(text):
    (finding, *others) = filed(text, "c.yaml", total="90ep")
    assert finding.diagnostic.code == "LR901"
    assert finding.diagnostic.fix is None
    assert text.split("\n")[0][finding.place.column - 1] == ","
    assert "LR004" not in {f.diagnostic.code for f in others}


def test_a_comma_after_a_whole_program_cuts_nothing():
    assert filed("{schedule: hold, lr: 0.1}", "c.yaml", total=90) == []
    (finding,) = filed('{schedule: "hold(", lr: 0.1}', "c.yaml", total=90)
    assert finding.diagnostic.code == "LR004"


@pytest.mark.parametrize(
    "sign",
    [
        "defaults: [{optimizer: adam}, _self_]",
        "model: {_target_: torch.nn.Linear}",
        "name: run-${seed}",
        "# @package _global_",
    ],
)
def test_omegaconf_reads_numbers_as_people_write_them(sign):
    text = f"{sign}\nschedule: hold\nlr: 1e-4\n"
    assert filed(text, "c.yaml", total=90) == []


LIGHTNING = [
    "# pytorch_lightning==2.6.0",
    "# lightning.pytorch==2.4",
    "seed_everything: 7",
    "trainer: {callbacks: [{class_path: a.B}]}",
]


@pytest.mark.parametrize("sign", LIGHTNING)
def test_lightning_cli_reads_numbers_as_people_write_them(sign):
    text = f"{sign}\nschedule: hold\nlr: 1e-4\n"
    assert filed(text, "c.yaml", total=90) == []


@pytest.mark.filterwarnings("ignore")  # Lightning's own, about what is not installed
def test_that_it_does_is_what_the_real_one_does(tmp_path):
    pytest.importorskip("jsonargparse")
    lightning = pytest.importorskip("pytorch_lightning")
    cli = pytest.importorskip("pytorch_lightning.cli")

    class Module(lightning.LightningModule):
        def __init__(self, lr: float, untyped=None, **kwargs):
            super().__init__()
            self.read = lr, untyped

    path = tmp_path / "fit.yaml"
    path.write_text("model:\n  lr: 1e-4\n  untyped: 1e-4\n", encoding="utf-8")
    try:
        made = cli.LightningCLI(Module, run=False, args=["--config", str(path)])
    except ModuleNotFoundError as e:  # jsonargparse[signatures] is more than jsonargparse
        pytest.skip(str(e))
    assert made.model.read == (1e-4, 1e-4)


HYDRA = {
    "conf/config.yaml": "defaults:\n  - optimizer: sgd\n",
    "conf/train.yaml": "# the runs\ndefaults: # of ours\n\n- _self_\n",
}


@pytest.mark.parametrize(("name", "text"), HYDRA.items())
@pytest.mark.parametrize("option", ["conf/optimizer/sgd.yaml", "conf/a/b/c/sgd.yaml"])
def test_an_option_of_a_hydra_tree_is_read_by_omegaconf(name, text, option, tmp_path):
    for path, body in ((name, text), (option, "schedule: hold\nlr: 1e-4\n")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(body, encoding="utf-8")
    assert codes(tmp_path / option) == []


def codes(path):
    session = Session(Workspace())
    session.look_at([Input(str(path), path)], ())
    return [f.diagnostic.code for f in session.findings()]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("conf/other.yaml", "defaults: {a: 1}\n"),
        ("conf/other.yaml", "x:\n  defaults:\n    - a\n"),
        ("conf/other.json", "defaults:\n  - a\n"),
        ("conf/optimizer/other.yaml", "defaults:\n  - a\n"),
        ("conf/side/config.yaml", "defaults:\n  - a\n"),
    ],
)
def test_what_is_no_sign_of_a_hydra_tree(name, text, tmp_path):
    option = tmp_path / "conf" / "optimizer" / "sgd.yaml"
    for path, body in ((tmp_path / name, text), (option, "schedule: hold\nlr: 1e-4\n")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    assert codes(option) == ["LR903"]


def test_what_is_around_a_repository_is_not_about_it(tmp_path):
    (tmp_path / "config.yaml").write_text("defaults:\n  - a\n", encoding="utf-8")
    option = tmp_path / "mine" / "conf" / "a.yaml"
    option.parent.mkdir(parents=True)
    option.write_text("schedule: hold\nlr: 1e-4\n", encoding="utf-8")
    (tmp_path / "mine" / ".git").mkdir()
    assert codes(option) == ["LR903"]


@pytest.mark.parametrize(
    "other", ["default: [a]", "defaults: {a: b}", "# the @package", "name: '${{ seed }}'"]
)
def test_what_is_no_sign_of_omegaconf(other):
    found = filed(f"{other}\nschedule: hold\nlr: 1e-4\n", "c.yaml", total=90)
    assert [f.diagnostic.code for f in found] == ["LR903"]


def test_what_stands_beside_a_program_is_in_its_document():
    assert filed("lr: 1e-4\n---\nschedule: hold\n", "c.yaml", total=90) == []


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("schedule: >\n  warmup(5) # a\n  >> hold # b\n", "c.yaml", "# a"),
        ("schedule: >-\n  # a\n\n  # b\n  >>\n  hold\n", "c.yaml", "# b"),
        ("schedule: 'warmup(5) # a\n  >> hold'\n", "c.yaml", "# a"),
        ('schedule = """warmup(5) # a \\\n >> hold"""\n', "c.toml", "# a"),
    ],
)
def test_a_comment_that_hides_lines(text, name, shown):
    found = [f for f in filed(text, name) if f.diagnostic.code == "LR905"]
    assert [f.diagnostic.span.of(f.program.text)[: len(shown)] for f in found] == [shown]
    (finding,) = found
    assert finding.place.line == text[: text.index(shown)].count("\n") + 1


@pytest.mark.parametrize(
    "text",
    [
        "schedule: |\n  warmup(5) # a\n  >> hold\n",
        "schedule: >\n  warmup(5)\n  >> hold # a\n",
        "schedule: >\n  warmup(5)\n  >> hold # a\n\nlr: 1\n",
        "schedule: 'warmup(5) >> hold # a'\nlr: 1\n",
    ],
)
def test_a_comment_that_hides_nothing(text):
    assert "LR905" not in {f.diagnostic.code for f in filed(text, "c.yaml")}
