"""What the things look like that are hidden from texts: expressions and lists of words; decides nothing.

Every expression is bounded, so that none wanders over a long text; the length limits of addresses are RFC 5321's.
"""

from __future__ import annotations

import re

PLACEHOLDER = re.compile(r"\[(?:e-mail|phone|card|IBAN|order number|postcode|code|link|name|address|number|contact)\]")
_UNIT = (
    r"(?:€|\$|£|%|(?:eur|usd|gbp|chf|euros?|dollars?|pounds?|pfund|franken|livres?|libras?"
    r"|cm|mm|km|m|kg|g|ml|gb|mb|mah|watts?|w|v|hours?|minutes?|days?|pieces?|st[uü]ck)\b)"
)
# Dates, times and prices are nobody's; what was hidden already stays.
LEFT_ALONE = re.compile(
    PLACEHOLDER.pattern
    + r"|(?<![\w.\-/+])(?<!\d )\d{4}-\d{2}-\d{2}(?!\w|[.\-/]\d)"
    + r"|(?<![\w.\-/+])(?<!\d )\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})(?!\w|[ .\-/]\d)"
    + r"|(?<![\w.\-/])[€$£]\s?\d{1,6}(?:[.,]\d{1,3}){0,2}(?![\w\-/]|[ .,]\d)"
    + rf"|(?<![\w.,+\-/])(?<!\d )\d{{1,6}}(?:[.,]\d{{1,3}}){{0,2}}\s?{_UNIT}",
    re.IGNORECASE,
)

EMAIL = re.compile(
    r"[^\W_][\w.%+'\-]{0,63}\s?(?:@|\(at\)|\[at\])\s?(?:[^\W_][\w\-]{0,62}\.){1,6}[^\W\d_]{2,24}"
    r"|[\w.%+'\-]{1,64}@(?:[\w\-]{1,63}\.){0,6}[\w\-]{1,63}",
    re.IGNORECASE,
)
# A link that may open something: with a query, a fragment, a name before the @, or a part that looks like a secret.
LINK = re.compile(
    r"\b(?:https?://|www\.)(?=[^\s<>\"]{0,400}(?:[?#@]|(?=[^\s/]{0,60}\d)[\w\-]{16,}))[^\s<>\"\[\]]{1,2000}"
    r"|\bbellhop=[\w\-]{8,}",
    re.IGNORECASE,
)
IBAN = re.compile(r"(?<![\w])[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11,40}(?!\w)", re.IGNORECASE)
CARD = re.compile(r"(?<![\w.])(?:\d[ \-]?){12,18}\d(?!\w)")
PHONE = re.compile(r"(?<![\w@])(?:\+ ?|\(\+?)?\d(?:(?: ?[()] ?| - |[ .\-/\u00a0])?\d){5,16}(?!\w)")

REFERENCES = (
    re.compile(r"(?<!\w)#\s?\d{4,}(?!\w)"),
    re.compile(
        r"(?<!\w)(?:order|bestellung|commande|pedido)(?:\s?(?:no\.?|nr\.?|number|nummer|num[eé]ro|n[uú]mero|n°))?"
        r"\s{0,2}[:#]?\s?\d{4,}(?!\w)",
        re.IGNORECASE,
    ),
)

_AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G "
    "GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW "
    "OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC "
    "WD WF WN WR WS WV YO ZE"
)
UK_AREAS = frozenset(_AREAS.split())
UK_POSTCODE = re.compile(
    r"(?<![\w@.])(?P<area>[A-Z]{1,2})\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2}(?![\w@])",
    re.IGNORECASE,
)
POSTCODES = (
    re.compile(r"(?<![\w@.])[A-Z]\d[A-Z]\s?\d[A-Z]\d(?![\w@])"),  # Canada
    re.compile(r"(?<![\w@.])(?:[A-Z]{1,2}-)?\d{5}(?:-\d{4})?(?![\w@\-/]|[.,]\d)"),  # Germany, France, Spain, Italy, US
    re.compile(r"(?<![\w@.])\d{4}\s?[A-Z]{2}(?![\w@])"),  # Netherlands
    re.compile(
        r"(?<=\b)(?:zip(?:\s?code)?|post\s?code|plz|postleitzahl|code\s?postal|c[oó]digo\s?postal)"
        r"\W{0,3}(?:(?:is|ist|est|es)\s)?\d{3,6}(?!\w)",
        re.IGNORECASE,
    ),
)
CODES = (
    re.compile(r"(?<![\w@.,+/])\d{6}(?![\w@/]|[.,]\d)"),
    re.compile(r"(?<![\w@.,+\-/])(?<!\d )\d{3}[ \-]\d{3}(?![\w@\-/]|[ .,]\d)"),
)
_HOUSE = r"\d{1,4}\s?[a-z]?"
_NAMED = r"(?:[^\W\d_][\w'’\-]{0,30}\s){1,3}"
ADDRESSES = (
    re.compile(
        rf"(?<!\w){_HOUSE},?\s{_NAMED}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|crescent|terrace"
        r"|boulevard|blvd)\b\.?",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<!\w)[^\W\d_][\w\-]{1,40}(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|damm|ufer)\s{0,2}"
        + _HOUSE
        + r"(?!\w)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<!\w){_HOUSE},?\s(?:bis\s|ter\s)?(?:rue|avenue|boulevard|chemin|impasse|all[ée]e)"
        r"(?:\s(?:de|du|des|la|le|les|l'|d'))*\s?[^\W\d_][\w'’\-]{1,40}(?:\s[A-ZÉÈ][\w'’\-]{1,40}){0,3}",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<!\w)(?:calle|c/|avenida|avda\.|plaza|paseo)\s(?:[^\W\d_][\w'’\-]{0,30}\s?){1,5},?\s" + _HOUSE + r"(?!\w)",
        re.IGNORECASE,
    ),
)
# A word with many digits among its letters is a number of something: of a parcel, an order, a ticket, a session.
TOKENS = (
    re.compile(
        r"(?<![\w@])(?=[\w\-]{0,60}[A-Z])(?=[A-Z_\-]{0,40}\d{5}|(?:[A-Z_\-]{0,40}\d){6})[A-Z\d][\w\-]{5,80}(?!\w)",
        re.IGNORECASE,
    ),
)
# Not "38 40 42 44 46": those are sizes.
NUMBER = re.compile(r"(?<!\w)(?=0|(?:\d[ \-./]?){0,24}?\d{3})\d(?:[ \-./]?\d){8,}(?!\w)|\d{7,}")

# Names that are words as well: only with a capital are they names.
_ALSO_WORDS = (
    "will may mark rose grace hope faith joy bill art rich jack drew young king brown green white black gray grey long "
    "best price day page bell love wood woods stone case field west east north south summer autumn april june "
    "august sky star dean baker cook fisher hunter miller taylor smith carter chase lane wise sharp short small little "
    "good goodman moore power powers house homes cash banks bush rice bean lamb wolf fox bird fish swan ford park "
    "lang klein gross groß alt neu jung stark reich weiß weiss schwarz braun roth kurz wolf vogel fuchs koch bauer "
    "richter kaiser könig konig winter sommer herbst sonntag freitag ernst rot blume berg stein bach "
    "petit grand blanc noir rouge leblanc legrand roux roy martin fleur rose marine océane clair claire blanche "
    "blanco negro rojo moreno rubio delgado bravo leon león cruz rey reina sol luz mar flor paz pilar rosa guerra "
    "amor ángel angel"
)
ALSO_WORDS = frozenset(_ALSO_WORDS.split())

# What a slot or an entity of such a name holds is hidden whatever it is.
KINDS = {
    "e-mail": re.compile(r"e_?mail"),
    "phone": re.compile(r"phone|mobile|telephone"),
    "postcode": re.compile(r"post_?code|zip"),
    "order number": re.compile(r"^(?:current_|malformed_)?order(?:_number|_id)?$|order_number"),
    "code": re.compile(r"one_time_code|^code$|otp"),
    "address": re.compile(r"address|street|^city$|house"),
    "name": re.compile(r"^(?:first|last|full|customer|family|given)?_?name$|^person$"),
    "contact": re.compile(r"contact"),
    "card": re.compile(r"^card|iban|account_number"),
}
