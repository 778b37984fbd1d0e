"""Which countries a text names, by the names that Unicode's locale data gives them and some that people say."""

from __future__ import annotations

import functools
import re
import unicodedata

from babel import Locale

from bot.knowledge.articles import DEFAULT_LANGUAGE

# What people say beside the full names; in every language, for many say it in English.
_SAID = {
    "usa": "US", "u.s.": "US", "america": "US", "amerika": "US", "amerique": "US", "eeuu": "US", "ee. uu.": "US",
    "ee.uu.": "US", "the us": "US", "the states": "US", "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "great britain": "GB", "grossbritannien": "GB", "angleterre": "GB", "inglaterra": "GB", "gran bretana": "GB",
    "grande-bretagne": "GB", "schottland": "GB", "northern ireland": "GB", "nordirland": "GB", "holland": "NL",
    "holanda": "NL", "hollande": "NL", "islas canarias": "IC", "kanaren": "IC", "les canaries": "IC", "turkey": "TR",
    "czech republic": "CZ", "royaume-uni": "GB", "republic of ireland": "IE", "oesterreich": "AT", "hawaii": "US",
}  # fmt: skip
_NO_COUNTRY = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}
# Names that are words of a language as well, or those of people.
_WORDS_TOO = {"chad", "jordan", "reunion", "man", "mali", "guinea", "cuba"}


def places_in(text: str, language: str) -> frozenset[str]:
    """The countries named in a text, as codes; names are known in its language and in English."""
    pattern, codes = _names(language)
    return frozenset(codes[name] for name in pattern.findall(_plain(text)))


@functools.cache
def _names(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    codes: dict[str, str] = {}
    for spoken in dict.fromkeys((DEFAULT_LANGUAGE, language)):
        for code, name in Locale(spoken).territories.items():
            if len(code) == 2 and code not in _NO_COUNTRY and _plain(name) not in _WORDS_TOO:
                codes[_plain(name)] = code
    codes |= _SAID
    longest_first = sorted(codes, key=len, reverse=True)  # "Northern Ireland" is not Ireland
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"), codes


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
