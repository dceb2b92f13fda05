"""Pictures of events: made anew from what somebody sent, so that nothing else of the file stays; kept by their hash."""

from hashlib import sha256
from io import BytesIO

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.effects import Statement
from harrystix.application.ports import Effect
from harrystix.domain.errors import InvalidValue

SIZE, LEAST, MOST_PIXELS = (1280, 720), (640, 360), 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
NO_PICTURE = "Choose a picture: JPEG, PNG or WebP."


class Pictures:
    def __init__(self, database: Database) -> None:
        self._database = database

    def made(self, data: bytes) -> tuple[str, Effect]:
        content = drawn(data)
        name = sha256(content).hexdigest()
        words = "INSERT INTO app.pictures (picture, content) VALUES (%s, %s) ON CONFLICT (picture) DO NOTHING"
        return name, Statement(words, (name, content))

    def find(self, picture: str) -> bytes | None:
        row = self._database.one("SELECT content FROM app.pictures WHERE picture = %s", (picture,))
        return bytes(row[0]) if row else None


def drawn(data: bytes) -> bytes:
    """WebP of 1280 x 720, cut around the middle. Raises InvalidValue."""
    from PIL import Image, ImageOps  # noqa: PLC0415  ten megabytes, for a web that somebody sends a picture to

    try:
        with Image.open(BytesIO(data), formats=FORMATS) as found:
            width, height = found.size
            if width * height > MOST_PIXELS:
                raise InvalidValue("This picture has more than 50 million pixels.", field="picture")
            if min(width, height) < LEAST[1] or max(width, height) < LEAST[0]:
                raise InvalidValue(
                    "This picture is too small: 640 by 360 pixels are the least.", field="picture"
                )
            found.draft("RGB", SIZE)
            upright = ImageOps.exif_transpose(found).convert("RGB")
            out = BytesIO()
            ImageOps.fit(upright, SIZE).save(out, "WEBP", quality=80)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise InvalidValue(NO_PICTURE, field="picture") from None
    return out.getvalue()
