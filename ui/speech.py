"""Speech: says hints aloud where Qt has a voice. Off until somebody asks for it; never in the way of the window."""

from __future__ import annotations

import importlib
from typing import Any

import qtpy
from qtpy.QtCore import QLocale


class Speaker:
    """Says line one of a hint when it changes.

    Args:
        language: ISO 639-1 code of what is said.
        engine: name of a speech engine of Qt; None: the system's.
    """

    def __init__(self, language: str, engine: str | None = None):
        self._language = language
        self._engine = engine
        self._voice: Any = None
        self._said = ""
        self.on = False

    def switch(self, on: bool) -> bool:
        """Speak from now on, or be silent. False where there is no voice for the language."""
        if on and self._voice is None:
            self._voice = _voice(self._language, self._engine)
        self.on = on and self._voice is not None
        self._said = ""
        if not self.on and self._voice is not None:
            self._voice.stop()
        return self.on or not on

    def say(self, text: str) -> bool:
        """Say ``text`` unless it was the last that was said; it ends what is being said. Whether it is said."""
        if not self.on or not text or text == self._said:
            return False
        self._said = text
        self._voice.stop()
        self._voice.say(text)
        return True


def _voice(language: str, engine: str | None) -> Any:
    """Qt's voice for ``language``; None where Qt has no speech, no engine, or no voice for it."""
    try:
        module = importlib.import_module(
            f"{qtpy.API_NAME}.QtTextToSpeech"
        )  # qtpy's own door knows PyQt6's not
        speech = module.QTextToSpeech
        if engine is None and not [name for name in speech.availableEngines() if name != "mock"]:
            return None
        voice = speech() if engine is None else speech(engine)
    except (
        Exception
    ):  # qtpy raises errors of its own, a missing library ImportError; either way there is no voice
        return None
    if voice.state() == speech.State.Error:
        return None
    wanted = QLocale(language).language()
    fitting = [locale for locale in voice.availableLocales() if locale.language() == wanted]
    if not fitting:
        return None
    voice.setLocale(fitting[0])
    return voice
