"""Schedules as JSON and in other people's pydantic models."""

import json

import jsonschema
import pytest
from pydantic import BaseModel, ValidationError

import lrdsl
from lrdsl.algebra import MODIFIERS, SCHEDULES

PROGRAMS = [
    "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)",
    "max(cosine, 1e-5) | hold(10%)",
    "clip(points([[0, 0], [5ep, 1/3*lr]]), 1e-6, lr)[2ep:] * snap(1ep) - 0.1*lr",
    "0.5*lr * multistep([10%, 50%], to=[0.1, lr/3])",
]


class Config(BaseModel):
    schedule: lrdsl.Schedule


@pytest.mark.parametrize("program", PROGRAMS)
def test_json_holds_the_whole_program(program):
    schedule = lrdsl.parse(program)
    text = schedule.model_dump_json()
    assert lrdsl.Schedule.model_validate_json(text) == schedule
    assert type(schedule).model_validate_json(text) == schedule
    assert lrdsl.Schedule.model_validate(schedule.model_dump()) == schedule
    config = Config(schedule=schedule)
    assert Config.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("program", PROGRAMS)
def test_json_fits_its_schema(program):
    schedule = lrdsl.parse(program)
    document = json.loads(schedule.model_dump_json())
    for schema in (lrdsl.Schedule.model_json_schema(), type(schedule).model_json_schema()):
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(document, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, "kind": "nothing"}, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, "more": 1}, schema)


def test_the_schema_tells_kinds_apart():
    definitions = lrdsl.Schedule.model_json_schema()["$defs"]
    assert set(definitions["Schedule"]["discriminator"]["mapping"]) == set(SCHEDULES)
    assert set(definitions["Modifier"]["discriminator"]["mapping"]) == set(MODIFIERS)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"kind": "nothing"}, "LR101"),
        ({"kind": "warmup", "over": 0.1}, "LR203"),
        ({"kind": "warmup", "over": {"epochs": 5}}, "LR202"),
        ("cosine", "LR201"),
    ],
)
def test_what_is_no_schedule(document, code):
    with pytest.raises(ValidationError) as caught:
        lrdsl.Schedule.model_validate(document)
    assert code in str(caught.value)
