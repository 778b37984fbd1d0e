"""First and last names, read from what customers type."""

from __future__ import annotations

import pytest

from bot.customers.names import normal_name, read_name, read_names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'm Yusuf Rossi and I live in 19122", ("Yusuf", "Rossi")),
        ("My name is Mei Kovacs, zip 28236", ("Mei", "Kovacs")),
        ("my name is mei kovacs", ("mei", "kovacs")),
        ("my name is mei kovacs and i live in denver", ("mei", "kovacs")),
        ("im mei kovacs 28236", ("mei", "kovacs")),
        ("i am mei kovacs in zip code 28236", ("mei", "kovacs")),
        ("Hi, this is Jo O'Brien. I need help.", ("Jo", "O'Brien")),
        ("Name: Anne-Marie Dupont", ("Anne-Marie", "Dupont")),
        ("My name is Dr. Mary Ann Lee", ("Mary Ann", "Lee")),
        ("Mei Kovacs, 28236", ("Mei", "Kovacs")),
        ("My name is Will May", ("Will", "May")),
        ("It's Mia Garcia (mia@mail.example)", ("Mia", "Garcia")),
        ("Ich heiße Jürgen Groß und wohne in Köln", ("Jürgen", "Groß")),
        ("me llamo Lucía Pérez", ("Lucía", "Pérez")),
        ("je m'appelle Zoë Martin, code postal 75011", ("Zoë", "Martin")),
        ("hi this is mei kovacs, i live in 28236", ("mei", "kovacs")),
        ("this is taking forever, 3 weeks now", None),
        ("I'm looking for my order", None),
        ("I'm very angry", None),
        ("I am not sure", None),
        ("this is really bad", None),
        ("my name is Mei", None),
        ("my name is on the card", None),
        ("Mei Kovacs", None),
        ("I'm Mei Kovacs, no, I'm Jo Hart", None),
        ("send it to Maple Drive 445", None),
        ("", None),
    ],
)
def test_a_name_that_is_said_to_be_one(text: str, name: tuple[str, str] | None) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mei Kovacs", ("Mei", "Kovacs")),
        ("mei kovacs", ("mei", "kovacs")),
        ("mei kovacs 28236", ("mei", "kovacs")),
        ("Mei Kovacs, zip code 28236.", ("Mei", "Kovacs")),
        ("Maria del Carmen Ruiz", ("Maria del Carmen", "Ruiz")),
        ("Jan van der Berg", ("Jan", "van der Berg")),
        ("J. Smith", ("J.", "Smith")),
        ("thank you", None),
        ("no idea", None),
        ("I don't want to say", None),
        ("Mei", None),
        ("what for?", None),
        ("mei@mail.example", None),
    ],
)
def test_a_bare_name_where_one_was_asked_for(text: str, name: tuple[str, str] | None) -> None:
    assert read_name(text, asked=True) == name


def test_all_names_said() -> None:
    assert read_names("I'm Mei Kovacs, no, I'm Jo Hart") == (("Mei", "Kovacs"), ("Jo", "Hart"))


def test_names_are_compared_without_accents_case_and_hyphens_wherever_the_first_one_ends() -> None:
    assert normal_name("Anne-Marie", "O'Brién") == normal_name("anne", "marie obrien")
    assert normal_name("Jo", "Hart") != normal_name("Jo", "Harte")
