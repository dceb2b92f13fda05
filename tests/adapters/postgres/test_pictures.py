"""Pictures of events: what comes out is a picture of ours, whatever came in."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from harrystix.adapters.postgres.pictures import drawn
from harrystix.domain.errors import InvalidValue


def picture(width: int = 1600, height: int = 1200, form: str = "JPEG", **more: Any) -> bytes:
    out = BytesIO()
    made = Image.new("RGB", (width, height), (90, 30, 160))
    made.paste((250, 200, 40), (0, 0, width // 2, height))
    made.save(out, form, **more)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_every_picture_comes_out_as_the_same_kind_and_size(form: str) -> None:
    with Image.open(BytesIO(drawn(picture(form=form)))) as found:
        assert (found.format, found.size) == ("WEBP", (1280, 720))


def test_it_is_turned_upright_and_where_it_was_taken_is_left_out() -> None:
    told = Image.Exif()
    told[0x0112] = 3
    told[0x010E] = "in front of Lee's house"
    content = drawn(picture(exif=told.tobytes()))
    assert b"house" not in content
    with Image.open(BytesIO(content)) as found:
        assert not found.getexif()
        # Upside down: what was on the left is on the right.
        left: Any = found.convert("RGB").getpixel((100, 360))
        assert left[2] > 100 > left[1]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "Choose a picture"),
        (b"GIF89a" + b"x" * 100, "Choose a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Choose a picture"),
        (picture()[:2000], "Choose a picture"),
        (picture(320, 180), "too small"),
        (picture(10_000, 5_001, "PNG"), "50 million pixels"),
    ],
    ids=["nothing", "gif", "svg", "half", "small", "huge"],
)
def test_what_is_no_picture_for_us_is_refused_in_words(data: bytes, why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        drawn(data)
