"""``--language plain``: the English texts with some lines in other words. A new language fills every field."""

from dataclasses import replace

from guidance import Catalogue
from guidance.wording import Message
from guidance.wording.en import ENGLISH


def plain_words() -> Catalogue:
    messages = {**ENGLISH.messages, Message.HOLD: "Stay there", Message.CAPTURED: "{target} is done"}
    return replace(ENGLISH, messages=messages)
