"""What a catalogue's file may hold, and what is said of one that holds something else."""

import catalogue
import pytest
import yaml

RIGHT = {
    "sum": [
        {
            "wrong": "one less",
            "told": "too small",
            "change": [{"from": "a + b", "to": "a + b - 1"}],
        },
        {"wrong": "knows it", "told": "other numbers", "late": "hidden", "code": "s = 3\n"},
        {"right": "turned", "code": "s = b + a\n"},
    ]
}
FAULTS = {
    "no kind": {"code": "s = 3"},
    "both kinds": {"wrong": "a", "right": "b", "code": "s = 3"},
    "neither code nor change": {"wrong": "a", "told": "b"},
    "both code and change": {"wrong": "a", "code": "s", "change": [{"from": "a", "to": "b"}]},
    "an unknown word": {"wrong": "a", "code": "s", "message": "b"},
    "a number": {"wrong": "a", "code": "s", "told": 3},
    "a text": "s = 3",
}


def written(folder, data):
    (folder / "ch00-sums.yml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return catalogue.answers("ch00-sums", folder)


def test_answers_are_what_the_file_says(tmp_path):
    less, knows, turned = written(tmp_path, RIGHT)["sum"]
    assert (less.name, less.wrong, less.told, less.late) == ("one less", True, "too small", "")
    assert less.source("s = a + b") == "s = a + b - 1"
    assert knows.source("s = a + b") == "s = 3" and knows.late == "hidden"
    assert not turned.wrong and turned.source("") == "s = b + a"


@pytest.mark.parametrize("model", ["s = a", "s = a + b + a + b"])
def test_what_is_changed_must_be_there_once(tmp_path, model):
    less = written(tmp_path, RIGHT)["sum"][0]
    with pytest.raises(AssertionError, match="times 'a \\+ b'"):
        less.source(model)


@pytest.mark.parametrize("fault", FAULTS)
def test_another_entry_is_refused_with_its_place(tmp_path, fault):
    with pytest.raises(ValueError, match=r"ch00-sums\.yml: sum: 1: "):
        written(tmp_path, {"sum": [RIGHT["sum"][0], FAULTS[fault]]})
