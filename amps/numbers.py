"""Numbers as people type them: decimal comma or point, spaces between thousands. The one rule for forms and taps.

static/js/rounds.js asks the same question while one types.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from amps import display

# In English "1,000" is a thousand to whoever writes it, and 1 by the decimal comma: nobody guesses.
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
ASK_THOUSANDS = _("Write the number without a sign between thousands, such as 1000, and decimals with a point.")
_MINUS_SIGNS = str.maketrans({"−": "-", "–": "-"})


class UnclearThousands(ValueError):
    """A number in English whose commas stand where thousands end; ASK_THOUSANDS asks back."""


def number_plain(text: str) -> str:
    """What was typed as Python writes numbers: no spaces, an ASCII minus, a decimal point. It may still be no number.

    Raises UnclearThousands where the reader's language is English and the commas may stand between thousands.
    """
    plain = re.sub(r"\s", "", text).translate(_MINUS_SIGNS)
    if asks_for_thousands() and THOUSANDS.fullmatch(plain):
        raise UnclearThousands(text)
    return plain.replace(",", ".")


def asks_for_thousands() -> bool:
    """Whether the reader's language puts commas between thousands."""
    _decimal, between = display.NUMBER_SIGNS[display.language_of()]
    return between == ","
