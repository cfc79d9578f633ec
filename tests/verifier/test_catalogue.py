"""Every sentence exists in every language and takes the same values; every code the verifier raises has one."""

from __future__ import annotations

import re
import string
from pathlib import Path

import reparations_verifier
from reparations_verifier.catalogue import LANGUAGES, choose

SOURCE = Path(reparations_verifier.__file__).parent


def fields(sentence: str) -> set[str]:
    return {name for _text, name, _format, _conversion in string.Formatter().parse(sentence) if name}


def test_all_languages_say_the_same() -> None:
    english = LANGUAGES["en"]
    for sentences in LANGUAGES.values():
        assert sentences.keys() == english.keys()
        for code, sentence in sentences.items():
            assert fields(sentence) == fields(english[code]), code


def test_every_code_has_a_sentence_and_every_sentence_a_use() -> None:
    code = "\n".join(path.read_text("utf-8") for path in sorted(SOURCE.glob("*.py")))
    used = set(re.findall(r'(?:Refused|NotChecked)\(\s*"(\w+)"', code)) | set(re.findall(r'yield "(\w+)", \{', code))
    used |= set(re.findall(r'\("(checkpoints?_\w+)", \{', code)) | set(re.findall(r'passed\.append\("(\w+)"', code))
    assert used <= LANGUAGES["en"].keys()
    assert {name for name in LANGUAGES["en"] if f'"{name}"' not in code} == set()


def test_the_language_is_the_one_asked_for_or_that_of_the_locale() -> None:
    assert choose("fr", {}) == "fr"
    assert choose(None, {"LANG": "fr_FR.UTF-8"}) == "fr"
    assert choose(None, {"LC_ALL": "xx_XX", "LANG": "C"}) == "en"
    assert choose(None, {}) == "en"
