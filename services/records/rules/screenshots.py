"""Screenshots: pictures of the kinds that browsers and telephones make, told by what they hold and not by what they are called."""

from typing import Final

LARGEST: Final = 5 * 1024 * 1024
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
WEBP: Final = "image/webp"
MEDIA_TYPES: Final = (PNG, JPEG, WEBP)
# What a file of each is called when it is saved.
SUFFIXES: Final = {PNG: ".png", JPEG: ".jpg", WEBP: ".webp"}

# The signature, and the header that must come first (PNG, 3rd edition, §5.2 and §5.6).
_PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG: Final = b"\xff\xd8\xff"
_WEBP_CHUNKS: Final = (b"VP8 ", b"VP8L", b"VP8X")


def media_type(content: bytes) -> str | None:
    """Return which of `MEDIA_TYPES` the content is, or None: another kind, or cut off."""
    if content.startswith(_PNG):
        return PNG if _PNG_END in content[-64:] else None
    if content.startswith(_JPEG):
        # Some cameras write something of their own after the end.
        return JPEG if b"\xff\xd9" in content[-4096:] else None
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP" and content[12:16] in _WEBP_CHUNKS:
        return WEBP if int.from_bytes(content[4:8], "little") + 8 <= len(content) else None
    return None
