"""Files of pictures, as a person chooses them."""

import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, pixels=False):
    """A PNG of one colour. Without `pixels` it has the header of its size alone, and few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x40\x60\x80" * width) * height if pixels else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def file(name, kind, data):
    """A file for a field of files."""
    return {"name": name, "mimeType": kind, "buffer": data}


GOOD = file("good.png", "image/png", png(320, 200, pixels=True))
