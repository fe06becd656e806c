"""``--protocol apical``: the apical views, one after the other."""

from guidance import Protocol, View

APICAL = Protocol("apical", "Apical views", (View.A4C, View.A2C, View.A3C, View.A5C))
