"""What stands where an event has no picture: drawn from its id, so that each night has a face of its own."""

from functools import lru_cache
from hashlib import sha256

from markupsafe import Markup

# Hues that go with our violet, from deep blue to a late sunset.
FIRST, LAST, BARS = 215, 345, 16


@lru_cache(4096)
def art(event_id: str, kind: str = "") -> Markup:
    """Two lights and the bars of a song, as SVG without a word: it says nothing that is not in the text."""
    grain = sha256(event_id.encode()).digest()
    hues = [FIRST + value * (LAST - FIRST) // 255 for value in grain[:3]]
    lights = Markup("").join(
        Markup('<circle cx="{}" cy="{}" r="{}" fill="hsl({},70%,{}%)" opacity="0.55"/>').format(
            grain[at] % 160,
            grain[at + 1] % 60,
            30 + grain[at + 2] % 30,
            hues[1 + at % 2],
            45 + grain[at] % 15,
        )
        for at in (3, 6)
    )
    bars = Markup("").join(
        Markup('<rect x="{}" y="{}" width="6" height="{}" fill="#fff" opacity="0.16"/>').format(
            2 + place * 10, 90 - height, height
        )
        for place, height in enumerate(8 + value % 48 for value in grain[10 : 10 + BARS])
    )
    return Markup(
        '<svg class="cover {}" viewBox="0 0 160 90" preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        '<rect width="160" height="90" fill="hsl({},55%,24%)"/>{}{}</svg>'
    ).format(kind, hues[0], lights, bars)
