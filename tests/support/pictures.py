"""Small pictures of the kinds that a screenshot may be, and some that it may not."""

import struct
import zlib
from typing import Final


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*, side: int = 2, noise: bytes = b"") -> bytes:
    """Return a black square; `noise` makes the file larger."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    text = _chunk(b"tEXt", b"Comment\x00" + noise) if noise else b""
    rows = (b"\x00" + b"\x00" * side) * side
    ends = _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + text + ends


PNG: Final = png()
# The frames of each kind; what is in between is for whoever looks at it.
JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 200 + b"\xff\xd9"
WEBP: Final = b"RIFF" + struct.pack("<I", 4 + 8 + 10) + b"WEBPVP8L" + struct.pack("<I", 10) + b"\x2f" + b"\x00" * 9
GIF: Final = b"GIF89a" + b"\x00" * 100
SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF: Final = b"%PDF-1.7\n" + b"\x00" * 100
