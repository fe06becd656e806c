"""Standard codes of the views: DICOM PS3.16 CID 12226 (Echocardiography Image View), SNOMED CT.

A5C, SC4C and SC_IVC have none there; their name stands in the comments and the private block alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guidance.views import View

Code = tuple[str, str, str]
"""(value, scheme, meaning)."""

HEART: Code = ("80891009", "SCT", "Heart")

VIEW_CODES: Mapping[View, Code] = MappingProxyType(
    {
        View.PLAX: ("399139001", "SCT", "Parasternal long axis"),
        View.PSAX_AV: ("399239005", "SCT", "Parasternal short axis at the aortic valve level"),
        View.PSAX_MV: ("399036006", "SCT", "Parasternal short axis at the Mitral Valve level"),
        View.PSAX_PM: ("399271003", "SCT", "Parasternal short axis at the Papillary Muscle level"),
        View.A4C: ("399214001", "SCT", "Apical four chamber"),
        View.A2C: ("399232001", "SCT", "Apical two chamber"),
        View.A3C: ("399339008", "SCT", "Apical long axis"),
        View.PSAX_APEX: ("399306005", "SCT", "Parasternal short axis"),
        View.SSN: ("399106004", "SCT", "Suprasternal long axis"),
    }
)
