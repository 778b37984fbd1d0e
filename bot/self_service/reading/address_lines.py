"""Reads the parts of one postal address out of a messy line; knows nothing of the customer's other addresses.

No library is used: `usaddress` is made for addresses of the United States, `deepparse` brings a neural network and
libpostal a large data set of its own, for the few countries and one line at a time that are read here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache

from bot.languages.requests import words_of_all_languages
from bot.orders.word_forms import fold
from bot.self_service.reading.address_text import affirmed, without_markup
from bot.self_service.reading.places import (
    PROVINCE_CODES,
    PROVINCES,
    STATE_CODES,
    STATES,
    countries,
    full_city,
    state_of_zip,
)
from bot.self_service.reading.postcodes import Postcode, find_postcodes

_LONGEST = 600
_MOST_CITY_WORDS = 4
_STREET_WITHIN = 6  # words after a house number in which the word for a street stands
_NUMBER_FIRST = re.compile(
    r"(?<![\w#$€£.,/\-])(\d{1,6}[A-Za-z]?(?:\s?(?i:bis|ter)(?!\w)|\s?[-/]\s?\d{1,4}[A-Za-z]?)?),?\s+"
    r"(?=[^\W\d_]|\d{1,3}(?:st|nd|rd|th)\b)"
)
_NO_CODE = Postcode("", "", _LONGEST, _LONGEST)  # as if behind the end
_HOUSE_NUMBER = r"\d{1,5}\s?[A-Za-z]?(?:\s?[-/]\s?\d{1,4}[A-Za-z]?)?"
_BOX = re.compile(r"(?<!\w)(?:p\.?\s?o\.?\s?box|postfach|apartado)\s+\d+", re.IGNORECASE)
_NOISE = re.compile(r"\S+@\S+|#\s?[A-Za-z]\s?\d{5,}|\b[Ww]\d{6,}|(?<!\w)\+?\d[\d\s()]{8,}\d(?!\w)")
_CARE_OF = re.compile(
    r"(?<!\w)(?:c/o|care of|att(?:n|ention)\b[.:]?|z\.\s?hd\.)\s+[^\d,;]{2,40}?(?=\s*[,;-]?\s*$)", re.IGNORECASE
)
_MOST_HOUSE_WORDS = 5  # of a house that has a name
_WORD = re.compile(r"[^\s,;]+")
_POLITE = re.compile(
    r"[\s.,!]*(?:please|pls|thanks|thank you|bitte|danke|por favor|gracias|svp|merci)?[\s.!]*$", re.IGNORECASE
)
_NO_CITY = re.compile(r"\d(?!\d?$)|(?<! )\d")  # "Dublin 2" is one
_DIRECTIONS = frozenset({"n", "s", "e", "w", "ne", "nw", "se", "sw"})
_CODE_LAST = frozenset({"US", "GB", "IE", "CA", "NL", "AU", ""})
_CITIES_LIKE_STATES = frozenset({"new york", "washington", "ny", "dc", "washington dc"})
_FEW = 4
_AMOUNTS = frozenset(
    {
        "tb",
        "gb",
        "mb",
        "inch",
        "inches",
        "pack",
        "piece",
        "pieces",
        "liter",
        "liters",
        "ml",
        "mm",
        "cm",
        "mp",
        "of",
        "or",
    }
)
_ALSO_WORDS = frozenset(
    {"green", "close", "way", "row", "walk", "hill", "rise", "square", "place", "common", "court", "drive", "loop"}
)
_BY_STREET = (  # what a street is called tells the country of five digits
    ("DE", r"stra(?:ß|ss)e|str\.?(?!\w)|(?:weg|platz|allee|gasse|damm|ufer|chaussee|ring|markt|graben|stieg)(?!\w)"),
    ("FR", r"(?<!\w)(?:rue|boulevard|chemin|impasse|all[eé]e|quai|place de)(?!\w)"),
    ("ES", r"(?<!\w)(?:calle|c/|avenida|avda|paseo|carrer|ronda|rambla)(?!\w)"),
    ("IT", r"(?<!\w)(?:via|viale|piazza|corso)(?!\w)"),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What was read of an address; empty where nothing was."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


def read_parts(text: str, cities: Collection[str], country: str) -> Parts:
    """The parts of the address in `text`.

    Args:
        cities: names of cities that are likely, so that they are told from a street without a comma.
        country: ISO code of the likely country, for a postcode that several have.
    """
    line = _cleaned(text)
    line, named = _without_country(line)
    codes = find_postcodes(line, named or country)
    code = next((one for one in codes if not _is_house_number(line, one.start, one.end)), _NO_CODE)
    before, after = line[: code.start], line[code.end :]
    street = _street(before, has_postcode=bool(code.code))
    if street is None:
        found = _around(before, after, cities, spoken=bool(code.code))
    else:
        head, rest = before[: street[0]], before[street[1] :]
        found = _around(rest, after, cities, spoken=True)
        unit = ", ".join(filter(None, [_care_of(head), found.line2 or _unit_before(head)]))
        found = replace(found, line1=_written(before[street[0] : street[1]]), line2=_written(unit))
    code_first = bool(found.city) and fold(found.city) in fold(after) and fold(found.city) not in fold(before)
    found = replace(found, postcode=code.code)
    return _with_country(found, named, code.country, country, code_first=code_first)


def _cleaned(text: str) -> str:
    line = re.sub(r"\s*\n\s*", ", ", without_markup(text[:_LONGEST]).strip())
    line = re.sub(r"(?<=[^\d\s]),(?=\d)", ", ", line)
    line = _NOISE.sub(" ", line).replace("’", "'")
    line = re.sub(
        r"(?i)(?<!\w)(?:zip(?:\s?code)?|post\s?code|postal\s?code|plz|code postal|c[oó]digo postal)[:\s]+(?=\w*\d)",
        "",
        line,
    )
    return re.sub(r"[ \t]+", " ", line)


def _without_country(line: str) -> tuple[str, str]:
    """The line without the name of a country at its end, and the country's code."""
    words = list(_WORD.finditer(_POLITE.sub("", line)))
    for size in (4, 3, 2, 1):
        tail = words[-size:]
        name = line[tail[0].start() : tail[-1].end()] if len(words) > size else ""
        code = countries().get(fold(name).strip(" .!"), "")
        # "IN" and "CA" are states, and "us" is a word: of two letters only US and UK in capitals are countries.
        if code and (len(name) > len("UK") or name in ("US", "UK", "GB")):
            return line[: tail[0].start()].rstrip(" ,"), code
    return line, ""


def _is_house_number(line: str, start: int, end: int) -> bool:
    words = [fold(match.group()).strip(".") for match in _WORD.finditer(re.split(r"[,;]", line[end:])[0])]
    return (
        line[start:end].isdigit() and bool(set(words[:3]) & _streets()) and not line[:start].rstrip(" ,")[-1:].isdigit()
    )


def _street(before: str, *, has_postcode: bool) -> tuple[int, int] | None:
    """Where the street with its number begins and ends."""
    if box := _BOX.search(before):
        return box.span()
    for match in _NUMBER_FIRST.finditer(before):
        end = _end_of_street(before, match.end(), has_postcode=has_postcode)
        if end is not None:
            return match.start(), end
    if named := _street_first().search(before):
        return named.span()
    if not has_postcode:
        return None
    # Neither form has a word for a street in it: what stands before the city and has a number.
    segment = next((part for part in re.finditer(r"[^,;]+", before) if re.search(r"\d", part.group())), None)
    if segment is None or "," not in before[segment.start() :]:
        return None
    if number := _NUMBER_FIRST.search(before, segment.start(), segment.end()):
        return number.start(), segment.end()
    start = segment.start() + _lead(segment.group())
    return (
        (start, segment.end())
        if re.search(r"[^\W\d_]{3,}\.? \d+\s?[A-Za-z]?\s*$", before[start : segment.end()])
        else None
    )


def _end_of_street(line: str, start: int, *, has_postcode: bool) -> int | None:
    """Where the street ends whose name begins at `start`, by the word for it; None where there is none."""
    words = list(_WORD.finditer(re.split(r"[,;]", line[start:])[0]))[:_STREET_WITHIN]
    plain = [fold(word.group()).strip(".") for word in words]
    if plain and plain[0] in _before_the_name():  # "12 rue de la Paix": up to the comma, or a few words
        return start + words[-1].end()
    at = next((place for place, word in enumerate(plain) if place and word in _streets()), 0)
    if not plain or plain[at] not in _streets() or set(plain[:at]) & (_ends() | _AMOUNTS):
        return None
    alone = len(plain) == 1 or has_postcode  # "101 Highway", and no "3 square mirrors"
    if (at == 0 and not alone) or (
        plain[at] in _ALSO_WORDS and not has_postcode and not _is_name(line, start, words[at])
    ):
        return None
    while at + 1 < len(plain) and plain[at] != "st" and (plain[at + 1] in _streets() - {"st"}):
        at += 1
    if at + 1 < len(plain) and (
        plain[at + 1] in _DIRECTIONS or (plain[at] in ("highway", "hwy", "route") and plain[at + 1].isdigit())
    ):
        at += 1
    return start + words[at].end()


def _is_name(line: str, start: int, word: re.Match[str]) -> bool:
    """Whether "12 rose hill" is one though its last word means something else too: by capitals, or alone."""
    typed = word.group()
    behind = line[start + word.end() :].strip()
    return typed[:1].isupper() or behind[:1] == "," or (not behind and len(re.findall(r"\w+", line)) <= _FEW)


def _around(rest: str, after: str, cities: Collection[str], *, spoken: bool) -> Parts:
    """Unit, city and state between the street and the postcode, or behind it."""
    parts = Parts()
    for segment in [*re.split(r"[,;]|\.(?=\s|$)", rest), ""]:
        parts = _with_segment(parts, segment, cities)
    if not spoken and not rest.strip():
        return parts
    if not parts.city and after.strip():
        behind = re.split(r"[,;.!()]", after.strip(" ,"))
        parts = _with_segment(parts, _first_words(behind[0]), cities)
        if len(behind) > 1 and _region(behind[1].strip()):
            parts = replace(parts, region=parts.region or _region(behind[1].strip()))
    return parts


def _with_segment(parts: Parts, segment: str, cities: Collection[str]) -> Parts:
    segment, unit = _without_unit(affirmed(segment.strip(" .-–")))
    if unit:
        parts = replace(parts, line2=", ".join(filter(None, [parts.line2, unit])))
    if not segment:
        return parts
    if parts.city and _region(segment):
        return replace(parts, region=_region(segment))
    city, region = _city_and_region(_first_words(segment[_lead(segment) :]))
    city = _known_city(city, cities)
    if not city:
        return replace(parts, region=parts.region or region)
    if parts.city and not region:  # two names without a number: a part of a town, and the town
        return replace(parts, line2=", ".join(filter(None, [parts.line2, parts.city])), city=city)
    return replace(parts, city=city, region=region or parts.region)


def _care_of(head: str) -> str:
    """ "c/o Smith" directly before the street or its unit."""
    units = list(_unit().finditer(head))
    found = _CARE_OF.search(head) or (_CARE_OF.search(head[: units[-1].start()]) if units else None)
    if found is None:
        return ""
    mark, name = re.split(r"(?<=[\w.:])\s+(?!of\b|hd)", found.group().strip(" ,;-"), maxsplit=1, flags=re.IGNORECASE)
    return f"{mark} {_written(name)}"


def _without_unit(segment: str) -> tuple[str, str]:
    match = _unit().search(segment)
    if match is None:
        return segment, ""
    return (segment[: match.start()] + " " + segment[match.end() :]).strip(), match.group().strip()


def _unit_before(head: str) -> str:
    """ "Flat 2, " directly before the street, with the name of the house where that stands between."""
    found = list(_unit().finditer(head))
    if not found:
        return ""
    house = head[found[-1].end() :].strip(" ,-–")
    words = [fold(word).strip(".,") for word in house.split()]
    other = (_ends() | _leads()) - {"the"}
    if len(words) > _MOST_HOUSE_WORDS or re.search(r"[^\w\s',.\-]|\d", house) or other & set(words):
        return ""
    return head[found[-1].start() :].strip(" ,-–")


def _city_and_region(words: str) -> tuple[str, str]:
    """ "Denver CO" → Denver, CO; "New York" stays a city though it is a state as well."""
    tokens = words.split()
    for size in range(min(3, len(tokens)), 0, -1):
        head, tail = tokens[:-size], " ".join(tokens[-size:])
        region = _region(tail)
        if region and head:
            return " ".join(head), region
        if fold(tail) == "washington" and not head:
            return tail, ""  # the city, by its name alone: its postcode tells the rest
        if region:
            return (tail, region) if fold(tail) in _CITIES_LIKE_STATES else ("", region)
    return words, ""


def _known_city(city: str, cities: Collection[str]) -> str:
    if not city or not re.search(r"[^\W\d_]{2}", city) or _NO_CITY.search(city):
        return ""
    long = full_city(city)
    if long is not None and fold(city) not in {fold(name) for name in cities}:
        return long
    return _written(city)


def _region(text: str) -> str:
    plain = fold(text).strip(" .")
    if text.strip(" .").upper() in STATE_CODES | PROVINCE_CODES and (text.isupper() or len(plain) == 2):
        return text.strip(" .").upper()
    return STATES.get(plain) or PROVINCES.get(plain) or ""


def _lead(segment: str) -> int:
    """Where the words end that lead to an address: "please send it to "."""
    words = list(_WORD.finditer(segment))
    lead = _leads()
    last = max(
        (at for at, word in enumerate(words) if fold(word.group()).strip(".:") in lead or word.group().endswith(":")),
        default=-1,
    )
    return words[last].end() if last >= 0 else 0


def _first_words(text: str) -> str:
    """The words of a city: up to one that begins something else."""
    taken: list[str] = []
    for word in text.split():
        if fold(word).strip(".") in _ends() or len(taken) == _MOST_CITY_WORDS:
            break
        taken.append(word)
    return " ".join(taken)


def _with_country(parts: Parts, named: str, shape: str, likely: str, *, code_first: bool) -> Parts:
    """The parts with the country, said or told by their form, and the state where the postcode tells it."""
    european = bool(parts.line1) and code_first and not parts.region
    by_street = next((code for code, street in _BY_STREET if re.search(street, parts.line1, re.IGNORECASE)), "")
    country = named or shape
    if not country and parts.region in STATE_CODES:
        country = "US"
    if not country and parts.line1 and (by_street == "FR" or not parts.line1[0].isdigit()):
        country = by_street
    if not country and european and re.match(r"\d+\w?(?: bis| ter)?,? (?:avenue|place|square|cours)\b", parts.line1):
        country = "FR"
    if not country and european and likely in _CODE_LAST:
        country = "DE"  # of those that write five digits before the town, the one with most addresses
    country = country or likely
    region = parts.region
    if country == "US" and not region and parts.city and len(parts.postcode) >= len("12345"):
        capital = fold(parts.city) == "washington" and parts.postcode.startswith("20")
        region = "DC" if capital else state_of_zip(parts.postcode)
    return replace(parts, country=country, region=region if country in ("US", "CA", "") else "")


def _written(text: str) -> str:
    """As an address is written: what was typed in small letters, or in capitals alone, with capitals."""
    text = re.sub(r"\s+", " ", text).strip(" ,;-–")
    if text.islower() or (text.isupper() and len(text) > len("NYC")):
        small = {"de", "la", "le", "du", "des", "del", "am", "an", "der", "of", "the", "van"}
        words = text.lower().split(" ")
        return " ".join(word if at and word in small else word[:1].upper() + word[1:] for at, word in enumerate(words))
    return text


@cache
def _streets() -> frozenset[str]:
    return frozenset(fold(word) for word in words_of_all_languages("address_streets"))


@cache
def _before_the_name() -> frozenset[str]:
    return (
        frozenset(
            {"rue", "avenue", "boulevard", "bd", "place", "chemin", "impasse", "allee", "quai", "cours", "passage"}
        )
        & _streets()
    )


@cache
def _leads() -> frozenset[str]:
    return frozenset(words_of_all_languages("address_lead"))


@cache
def _ends() -> frozenset[str]:
    return frozenset(fold(word) for word in words_of_all_languages("address_ends"))


@cache
def _unit() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in words_of_all_languages("address_units"))
    return re.compile(
        rf"(?<!\w)(?:(?:{words})(?:\.?\s?#?\s?(?:\d+\w?|\d+[-/]\w+)|(?=[.\s#])\.?\s?#?\s?[A-Za-z](?!\w))|#\s?\d+\w?"
        r"|\d+\s?[ºª°](?:\s?\w(?!\w))?|\d+(?:st|nd|rd|th|\.)\s(?:floor|etage|stock|og))(?!\w)",
        re.IGNORECASE,
    )


@cache
def _street_first() -> re.Pattern[str]:
    """ "Hauptstr. 5", "Calle Mayor 12", "Am Markt 3"."""
    ends = r"stra(?:ß|ss)e|str\.?|weg|platz|allee|gasse|ring|damm|ufer|chaussee|stieg|markt|graben"
    ends += "|straat|laan|plein|gracht|kade"
    named = r"(?:(?:[A-ZÄÖÜ][\w.\-]*|am|an|der|im|zum|zur|von|alte[rn]?|neue[rn]?) ){0,3}"
    begins = r"calle|c/|avenida|avda\.?|plaza|paseo|camino|carrer|ronda|rambla|via|viale|piazza|corso|rua"
    name = rf"{named}(?i:[^\W\d_][\w\-]*?(?:{ends})|{ends})|(?i:{begins}) [^\d,;]{{2,40}}?"
    return re.compile(rf"(?<!\w)(?:{name}),?\s+{_HOUSE_NUMBER}(?!\w)")
