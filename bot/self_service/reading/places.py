"""Names of countries, states and cities as customers write them; knows no addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from babel import Locale

from bot.orders.word_forms import fold

_STATES = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|
LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|
NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|
OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|
UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico"""
_PROVINCES = """
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|ON Ontario|
PE Prince Edward Island|QC Quebec|SK Saskatchewan|NT Northwest Territories|NU Nunavut|YT Yukon"""
_MORE_STATES = {
    "washington dc": "DC",
    "d.c.": "DC",
    "cali": "CA",
    "calif": "CA",
    "penn": "PA",
    "tex": "TX",
    "fla": "FL",
}
_SHORT_CITIES = {
    "new york": ("nyc", "ny", "new york city", "big apple", "n.y.c.", "n.y.", "manhattan"),
    "los angeles": ("la", "l.a."),
    "san francisco": ("sf", "frisco", "san fran"),
    "washington": ("dc", "d.c.", "washington dc", "washington d.c.", "washington, dc"),
    "philadelphia": ("philly", "phila"),
    "san diego": ("sd",),
    "las vegas": ("vegas",),
    "fort worth": ("ft worth", "ft. worth"),
    "indianapolis": ("indy",),
    "munich": ("munchen", "muenchen"),
    "munchen": ("munich", "muenchen"),
    "koln": ("cologne", "koeln"),
    "cologne": ("koln", "koeln"),
    "the hague": ("den haag",),
    "den haag": ("the hague",),
}
_SAFE_IN_ENGLISH = frozenset({"la", "dc", "ny", "sf"})
_MORE_COUNTRIES = {
    "US": ("usa", "us", "u.s.", "u.s.a.", "america", "the states", "united states of america", "the us", "the usa"),
    "GB": (
        "uk",
        "u.k.",
        "gb",
        "great britain",
        "britain",
        "england",
        "scotland",
        "wales",
        "northern ireland",
        "the uk",
    ),
    "IE": ("republic of ireland", "eire"),
    "NL": ("holland", "the netherlands"),
    "DE": ("brd",),
    "CZ": ("czech republic",),
}
_LANGUAGES = ("en", "de", "es", "fr")


def _table(rows: str) -> dict[str, str]:
    pairs = (row.strip().split(" ", 1) for row in rows.replace("\n", "").split("|"))
    return {fold(name): code for code, name in pairs}


STATES: Mapping[str, str] = {**_table(_STATES), **_MORE_STATES}
"""Of the United States: folded name → two letters."""

PROVINCES: Mapping[str, str] = _table(_PROVINCES)
"""Of Canada."""

STATE_CODES = frozenset(STATES.values())
PROVINCE_CODES = frozenset(PROVINCES.values())


@cache
def countries() -> Mapping[str, str]:
    """Folded names of countries in the languages we speak, and how they are called for short → ISO 3166 code."""
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        territories = Locale.parse(language).territories
        found |= {fold(name): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    found |= {name: code for code, names in _MORE_COUNTRIES.items() for name in names}
    return found


def city_names(city: str) -> frozenset[str]:
    """What a city is called, folded: its own name and the usual short ones."""
    own = fold(city.strip())
    return frozenset({own, *_SHORT_CITIES.get(own, ())} - {""})


def full_city(name: str) -> str | None:
    """The city a short name stands for ("NYC" → "New York"); None where it is none."""
    plain = fold(name.strip())
    long = next((city for city, names in _SHORT_CITIES.items() if plain in names), None)
    return " ".join(word.capitalize() for word in long.split()) if long else None


def spoken_names(names: Iterable[str], text: str, language: str) -> frozenset[str]:
    """Those of `names` that a text could hold: two letters are too often a word ("in", "or", French "la")."""
    common = _SAFE_IN_ENGLISH if language == "en" else frozenset()
    return frozenset(
        name for name in names if len(name) > len("NY") or name in common or re.search(rf"\b{name.upper()}\b", text)
    )


def region_names(region: str, country: str) -> frozenset[str]:
    """What a state or province is called, folded: its letters and its name."""
    table = {"US": STATES, "CA": PROVINCES}.get(country, {})
    names = {name for name, code in table.items() if code == region.upper()}
    return frozenset({fold(region.strip()), *names} - {""})


_ZIP_RANGES = """
005 NY|006-009 PR|010-027 MA|028-029 RI|030-038 NH|039-049 ME|050-059 VT|060-069 CT|070-089 NJ|100-149 NY|150-196 PA|
197-199 DE|200 DC|201 VA|202-205 DC|206-219 MD|220-246 VA|247-268 WV|270-289 NC|290-299 SC|300-319 GA|320-349 FL|
350-369 AL|370-385 TN|386-397 MS|398-399 GA|400-427 KY|430-459 OH|460-479 IN|480-499 MI|500-528 IA|530-549 WI|
550-567 MN|570-577 SD|580-588 ND|590-599 MT|600-629 IL|630-658 MO|660-679 KS|680-693 NE|700-714 LA|716-729 AR|
730-749 OK|750-799 TX|800-816 CO|820-831 WY|832-838 ID|840-847 UT|850-865 AZ|870-884 NM|885 TX|889-898 NV|900-961 CA|
967-968 HI|970-979 OR|980-994 WA|995-999 AK"""


def state_of_zip(postcode: str) -> str:
    """The state a ZIP code of the United States lies in by its first three digits; empty where none does.

    The ranges are the Postal Service's three-digit prefixes; the few that cross a border count to the larger part.
    """
    prefix = postcode[:3]
    for row in _ZIP_RANGES.replace("\n", "").split("|"):
        span, state = row.split(" ")
        first, _, last = span.partition("-")
        if first <= prefix <= (last or first):
            return state
    return ""
