"""What an index was built with: kept as it is, and compared part by part."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from retriever.errors import FingerprintMismatchError, IndexCorruptError
from retriever.index.settings import FINGERPRINTS, IndexSettings

SETTINGS = IndexSettings(
    model="/models/mine",
    model_name="mine",
    dimension=4,
    encoder="mine|1",
    centering="",
    chunker="1|40-160-240",
    analyzer="1",
    passage_tokens=160,
    baseline=(0.2, 0.06, 0.2, 0.055),
)
PARTS = {part: getattr(SETTINGS, part) for part in FINGERPRINTS}


def test_they_survive_the_manifest() -> None:
    assert IndexSettings.from_dict(json.loads(json.dumps(SETTINGS.to_dict()))) == SETTINGS


def test_what_a_later_version_adds_is_passed_over() -> None:
    assert IndexSettings.from_dict(SETTINGS.to_dict() | {"later": 1}) == SETTINGS


def test_the_names_before_format_3_are_understood() -> None:
    earlier = SETTINGS.to_dict()
    earlier["balance"] = earlier.pop("centering")
    earlier["background"] = list(earlier.pop("baseline"))
    assert IndexSettings.from_dict(earlier) == SETTINGS


def test_an_index_from_before_token_vectors_keeps_none() -> None:
    earlier = {name: value for name, value in SETTINGS.to_dict().items() if name != "tokens"}
    assert IndexSettings.from_dict(earlier).tokens == ""


@pytest.mark.parametrize("missing", [name for name in SETTINGS.to_dict() if name != "tokens"])
def test_a_manifest_that_lacks_one_is_corrupt(missing: str) -> None:
    kept = {name: value for name, value in SETTINGS.to_dict().items() if name != missing}
    with pytest.raises(IndexCorruptError, match=missing) as caught:
        IndexSettings.from_dict(kept)
    assert "--rebuild" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", None),
        ("encoder", 3),
        ("dimension", "4"),
        ("passage_tokens", True),
        ("tokens", None),
        ("baseline", 0.2),
        ("baseline", [0.2, 0.06, 0.2]),
        ("baseline", ["a", "b", "c", "d"]),
        ("baseline", [0.2, 0.0, 0.2, 0.055]),
        ("baseline", [0.2, 0.06, 0.2, -0.055]),
    ],
)
def test_a_manifest_in_which_one_is_of_another_kind_is_corrupt(name: str, value: object) -> None:
    with pytest.raises(IndexCorruptError) as caught:
        IndexSettings.from_dict(SETTINGS.to_dict() | {name: value})
    assert "--rebuild" in caught.value.hint


def test_a_model_without_token_vectors_has_no_baseline_of_late_interaction() -> None:
    kept = SETTINGS.to_dict() | {"baseline": [0.2, 0.06, 0.0, 0.0]}
    assert IndexSettings.from_dict(kept).baseline == (0.2, 0.06, 0.0, 0.0)


def test_what_agrees_is_accepted() -> None:
    SETTINGS.require("here", PARTS)
    SETTINGS.require("here", {})


@pytest.mark.parametrize("part", list(FINGERPRINTS))
def test_what_differs_is_named_with_the_command_that_mends_it(part: str) -> None:
    with pytest.raises(FingerprintMismatchError) as caught:
        SETTINGS.require("indexes/default", PARTS | {part: "another"})
    assert f"another {FINGERPRINTS[part]}: {PARTS[part]} there, another here" in str(caught.value)
    assert "retriever index SOURCE... --index indexes/default --rebuild" in caught.value.hint
    # The same model in another version, and another chunker, are no reason to name the model.
    assert ("/models/mine" in caught.value.hint) == (part == "model_name")


def test_a_folder_that_was_renamed_is_told_its_former_name() -> None:
    built = replace(SETTINGS, model_name="mine", encoder="mine|weights|384")
    with pytest.raises(FingerprintMismatchError) as caught:
        built.require("there", {"model_name": "yours", "encoder": "yours|weights|384"})
    assert "its former name, mine," in caught.value.hint
    with pytest.raises(FingerprintMismatchError) as caught:
        built.require("there", {"model_name": "yours", "encoder": "yours|others|384"})
    assert "former name" not in caught.value.hint
