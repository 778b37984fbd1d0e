"""First and last names, read from what customers type."""

from __future__ import annotations

import pytest

from bot.customers.names import normal_name, read_name, read_names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'm Bruno Castell and I live in 19103", ("Bruno", "Castell")),
        ("My name is Mei Halasz, zip 28202", ("Mei", "Halasz")),
        ("my name is mei halasz", ("mei", "halasz")),
        ("my name is mei halasz and i live in denver", ("mei", "halasz")),
        ("im mei halasz 28202", ("mei", "halasz")),
        ("i am mei halasz in zip code 28202", ("mei", "halasz")),
        ("Hi, this is Jo O'Brien. I need help.", ("Jo", "O'Brien")),
        ("Name: Anne-Marie Dupont", ("Anne-Marie", "Dupont")),
        ("My name is Dr. Mary Ann Lee", ("Mary Ann", "Lee")),
        ("Mei Halasz, 28202", ("Mei", "Halasz")),
        ("My name is Will May", ("Will", "May")),
        ("It's Mia Gruber (mia@mail.example)", ("Mia", "Gruber")),
        ("Ich heiße Jürgen Groß und wohne in Köln", ("Jürgen", "Groß")),
        ("me llamo Lucía Pérez", ("Lucía", "Pérez")),
        ("je m'appelle Zoë Martin, code postal 75011", ("Zoë", "Martin")),
        ("hi this is mei halasz, i live in 28202", ("mei", "halasz")),
        ("this is taking forever, 3 weeks now", None),
        ("I'm looking for my order", None),
        ("I'm very angry", None),
        ("I am not sure", None),
        ("this is really bad", None),
        ("my name is Mei", None),
        ("my name is on the card", None),
        ("Mei Halasz", None),
        ("I'm Mei Halasz, no, I'm Jo Hart", None),
        ("send it to Maple Drive 445", None),
        ("", None),
    ],
)
def test_a_name_that_is_said_to_be_one(text: str, name: tuple[str, str] | None) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mei Halasz", ("Mei", "Halasz")),
        ("mei halasz", ("mei", "halasz")),
        ("mei halasz 28202", ("mei", "halasz")),
        ("Mei Halasz, zip code 28202.", ("Mei", "Halasz")),
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
    assert read_names("I'm Mei Halasz, no, I'm Jo Hart") == (("Mei", "Halasz"), ("Jo", "Hart"))


def test_names_are_compared_without_accents_case_and_hyphens_wherever_the_first_one_ends() -> None:
    assert normal_name("Anne-Marie", "O'Brién") == normal_name("anne", "marie obrien")
    assert normal_name("Jo", "Hart") != normal_name("Jo", "Harte")
