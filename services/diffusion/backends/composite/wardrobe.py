"""The garments that can be drawn, and what makes each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Collar(Enum):
    """The edge around the neck."""

    CREW = "crew"
    VEE = "v"
    SHIRT = "shirt"
    STAND = "stand"
    HOOD = "hood"
    LAPEL = "lapel"
    CROSSED = "crossed"  # a hanbok's
    ROLL = "roll"  # a turtleneck's


class Closing(Enum):
    """How the front is closed."""

    NONE = "none"
    BUTTONS = "buttons"
    ZIP = "zip"


@dataclass(frozen=True, kw_only=True)
class Top:
    """A garment of the upper body, with or without a skirt of its own."""

    collar: Collar = Collar.CREW
    closing: Closing = Closing.NONE
    sleeve: float = 1.0  # 1 to the wrist, 0.36 short, 0 none
    hem: float = 0.82  # 0 at the waist, 1 at the crotch, 2 at the knee, 3 at the ankle
    ease: float = 22.0  # room between body and cloth, drawing units
    folds: float = 1.0
    ribbed: bool = False  # cuffs and hem drawn together
    quilted: bool = False
    pockets: bool = False
    tie: bool = False
    skirt: bool = False  # widens below the waist: a dress
    inner: bool = False  # something is worn under it and shows


@dataclass(frozen=True, kw_only=True)
class Bottom:
    """A garment of the lower body."""

    skirt: bool = False
    hem: float = 3.0  # as in `Top`
    ease: float = 26.0
    flare: float = 0.0  # widening towards the hem, drawing units
    crease: bool = False  # pressed
    seams: bool = False  # the seams of jeans
    gathered: bool = False  # cuffs drawn together
    folds: float = 1.0


TOPS: dict[str, Top] = {
    "t-shirt": Top(sleeve=0.38, ease=26),
    "long-sleeve t-shirt": Top(ease=20),
    "sleeveless top": Top(sleeve=0.0, ease=12, hem=0.8),
    "shirt": Top(collar=Collar.SHIRT, closing=Closing.BUTTONS, ease=26),
    "short-sleeve shirt": Top(collar=Collar.SHIRT, closing=Closing.BUTTONS, sleeve=0.42, ease=28),
    "polo shirt": Top(collar=Collar.SHIRT, sleeve=0.38, ease=24),
    "blouse": Top(collar=Collar.SHIRT, closing=Closing.BUTTONS, ease=28, hem=0.7, folds=1.2),
    "sweater": Top(ease=36, ribbed=True, folds=0.9),
    "turtleneck": Top(collar=Collar.ROLL, ease=24, ribbed=True, folds=0.9),
    "sweatshirt": Top(ease=44, ribbed=True, folds=1.1),
    "cardigan": Top(collar=Collar.VEE, closing=Closing.BUTTONS, ease=36, ribbed=True, inner=True),
    "vest": Top(collar=Collar.VEE, closing=Closing.BUTTONS, sleeve=0.0, ease=32, hem=0.8, inner=True),
    "hoodie": Top(collar=Collar.HOOD, ease=50, ribbed=True, folds=1.1, pockets=True),
    "jacket": Top(collar=Collar.STAND, closing=Closing.ZIP, ease=48, pockets=True, ribbed=True),
    "windbreaker": Top(collar=Collar.HOOD, closing=Closing.ZIP, ease=50, pockets=True, folds=1.3),
    "denim jacket": Top(collar=Collar.SHIRT, closing=Closing.BUTTONS, ease=44, hem=0.7, pockets=True),
    "leather jacket": Top(collar=Collar.SHIRT, closing=Closing.ZIP, ease=42, hem=0.75, pockets=True, folds=1.4),
    "padded jacket": Top(collar=Collar.STAND, closing=Closing.ZIP, ease=84, quilted=True, pockets=True, folds=0.6, hem=0.88),
    "long padded jacket": Top(collar=Collar.STAND, closing=Closing.ZIP, ease=84, quilted=True, pockets=True, folds=0.6, hem=2.15),
    "coat": Top(collar=Collar.LAPEL, closing=Closing.BUTTONS, ease=58, hem=1.9, pockets=True, folds=0.8, inner=True),
    "suit": Top(collar=Collar.LAPEL, closing=Closing.BUTTONS, ease=42, hem=0.95, pockets=True, folds=0.6, tie=True, inner=True),
    "blazer": Top(collar=Collar.LAPEL, closing=Closing.BUTTONS, ease=40, hem=0.95, pockets=True, folds=0.6, inner=True),
    "school uniform": Top(collar=Collar.LAPEL, closing=Closing.BUTTONS, ease=36, hem=0.88, pockets=True, folds=0.6, tie=True, inner=True),
    "dress": Top(sleeve=0.38, hem=1.95, ease=18, skirt=True),
    "hanbok": Top(collar=Collar.CROSSED, ease=44, hem=0.1, folds=0.8),
}

BOTTOMS: dict[str, Bottom] = {
    "trousers": Bottom(),
    "slacks": Bottom(crease=True, folds=0.6),
    "jeans": Bottom(ease=16, seams=True, folds=1.2),
    "wide trousers": Bottom(ease=38, flare=60),
    "sweatpants": Bottom(ease=36, gathered=True, folds=1.2),
    "hiking trousers": Bottom(ease=22, seams=True),
    "leggings": Bottom(ease=4, folds=0.35),
    "shorts": Bottom(ease=36, hem=1.85, folds=0.9),
    "skirt": Bottom(skirt=True, hem=1.85, flare=50),
    "long skirt": Bottom(skirt=True, hem=2.7, flare=80),
    "hanbok skirt": Bottom(skirt=True, hem=2.98, flare=300),
}
