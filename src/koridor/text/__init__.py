"""Every sentence that a user sees, in five languages.

The English sentence is the key: ``t("No way from {a} to {b}", a=..., b=...)``. Translations are gettext catalogues in
`locale/`; `tools/messages.py` keeps them in step with the source. Call `t` where the sentence is needed, never at
import: the language may be chosen later.
"""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path

DOMAIN = "koridor"
LOCALE = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English", "ru": "Русский", "az": "Azərbaycanca", "be": "Беларуская", "tr": "Türkçe"}

_language: ContextVar[str] = ContextVar("koridor_language", default="en")


def set_language(code: str) -> None:
    """Choose the language of `t` and `tn` in this context. Raises UsageError for a language without a catalogue."""
    if code not in LANGUAGES:
        from koridor.errors import UsageError  # errors speak through this module

        raise UsageError(t("Language {code} is not known; there are {known}.", code=code, known=", ".join(LANGUAGES)))
    _language.set(code)


def language() -> str:
    """The code of the language in force."""
    return _language.get()


def t(message: str, /, **values: object) -> str:
    """The message in the language in force, its `{fields}` filled; English where it is not translated."""
    translated = _catalogue(_language.get()).gettext(message)
    return translated.format(**values) if values else translated


def tn(one: str, many: str, count: int, /, **values: object) -> str:
    """The form of the message that fits the count, which fills `{count}`."""
    return _catalogue(_language.get()).ngettext(one, many, count).format(count=count, **values)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [code], fallback=True)
