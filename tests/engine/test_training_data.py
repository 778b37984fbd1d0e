"""Examples are checked before anything is trained; what is wrong is told with file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engine.errors import StartError
from bot.engine.training_data import check_training_data, read_examples

TEN = [f"hello number {letter}" for letter in "abcdefghij"]


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., list[str]]:
    """Writes files by name, with a domain of three intents, and checks them."""

    def write_and_check(**files: str) -> list[str]:
        domain = tmp_path / "domain.yml"
        domain.write_text("intents: [greet, {order: {use_entities: []}}, button_only]\n")
        folder = tmp_path / "nlu"
        written = []
        for name, content in files.items():
            file = folder / f"{name.replace('__', '/')}.yml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
            written.append(file)
        return check_training_data(written, domain)

    return write_and_check


def nlu(intent: str, *examples: str, more: str = "") -> str:
    lines = "".join(f"      - {example}\n" for example in examples)
    return f'version: "3.1"\nnlu:\n  - intent: {intent}\n{more}    examples: |\n{lines}'


def test_good_files_have_nothing_to_be_said_of_but_what_only_buttons_mean(check: Callable[..., list[str]]) -> None:
    (warning,) = check(a=nlu("greet", *TEN), b=nlu("order", *(f"i order {text}" for text in TEN)))
    assert warning == "no examples: button_only (right for what only buttons mean)"


def test_the_same_words_for_two_intents_are_refused_with_both_places(check: Callable[..., list[str]]) -> None:
    with pytest.raises(StartError) as refused:
        check(a=nlu("greet", "hi", "hello"), b=nlu("order", "one", "two", "Hello  "))
    assert "b.yml:7: “Hello” is order here, but greet at" in str(refused.value)
    assert "a.yml:6" in str(refused.value)


def test_marks_of_entities_do_not_make_words_different(check: Callable[..., list[str]]) -> None:
    with pytest.raises(StartError, match="track W1 now"):
        check(a=nlu("greet", "track [W1](order_number) now"), b=nlu("order", "track W1 now"))


def test_the_same_word_may_mean_something_else_in_another_language(check: Callable[..., list[str]]) -> None:
    french = nlu("order", "chat", more="    metadata: {language: fr}\n")
    assert not any("chat" in warning for warning in check(a=nlu("greet", "chat"), fr__a=french))


def test_an_example_given_twice_is_warned_of(check: Callable[..., list[str]]) -> None:
    warnings = check(a=nlu("greet", "hello", "hi", "Hello"))
    assert any("a.yml:7: “Hello” is an example of greet already at" in warning for warning in warnings)


def test_thin_intents_are_warned_of(check: Callable[..., list[str]]) -> None:
    assert "fewer than 10 examples: greet (2)" in check(a=nlu("greet", "hello", "hi"))


def test_an_intent_that_the_domain_does_not_have_is_refused(check: Callable[..., list[str]]) -> None:
    with pytest.raises(StartError, match=r"a.yml:5: the intent gret is not in .*domain.yml"):
        check(a=nlu("gret", "hello"))


def test_examples_in_a_languages_folder_must_say_so(check: Callable[..., list[str]]) -> None:
    said = nlu("order", "hallo", more="    metadata: {language: de}\n")
    warnings = check(de__a=nlu("greet", "hola"), de__b=said)
    (warning,) = (warning for warning in warnings if "metadata" in warning)
    assert "a.yml:5: examples in de/ need `metadata: {language: de}` beside their intent" in warning


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('version: "3.1"\nnlu:\n  - intent: a\n   examples: b\n', "a.yml:4: "),
        ("nlu:\n  - intent: greet\n", "a.yml:2: the intent greet has no `examples:`"),
        ("nlu:\n  - intent: greet\n    examples: hello\n", "a.yml:3: write the examples of greet below"),
        (
            "nlu:\n  - intent: greet\n    examples: |\n      - hi\n      hello\n",
            "a.yml:5: an example of greet must begin",
        ),
        ("nlu:\n  - intent:\n    examples: |\n      - hi\n", "a.yml:2: the name of an intent is missing"),
        ("nlu: 5\n", "a.yml:1: `nlu:` must be a list"),
        ("- intent: greet\n", "a.yml:1: the file must begin with"),
        ("nlu:\n  - greet\n", "a.yml:2: an entry of nlu must be like"),
        ("nlu:\n  - intent: greet\n    intent: order\n", "a.yml:3: `intent:` stands here twice"),
    ],
)
def test_what_rasa_cannot_read_is_refused_with_its_line(
    check: Callable[..., list[str]], content: str, said: str
) -> None:
    with pytest.raises(StartError) as refused:
        check(a=content)
    assert said in str(refused.value)


def test_examples_know_their_line_and_language(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    own = "  - intent: b\n    examples:\n      - text: |\n          - hallo du\n        metadata: {language: de}\n"
    file.write_text(nlu("a/one", "first", "# not one", "[W1](order_number) last") + own)
    assert [(one.text, one.intent, one.place.line, one.language) for one in read_examples(file)] == [
        ("first", "a", 5, None),
        ("# not one", "a", 6, None),
        ("W1 last", "a", 7, None),
        ("hallo du", "b", 10, "de"),
    ]
