"""Grey PNG images of 8 bits, read and written with the standard library."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def encode(rows):
    """The bytes of an image; `rows` are lists of values from 0 to 255."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + bytes(row) for row in rows)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")


def decode(path):
    """The values of an image that `encode` wrote, line after line."""
    with open(path, "rb") as file:
        data = file.read()
    position, width, pixels = 8, 0, b""
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width = struct.unpack(">I", body[:4])[0]
        elif kind == b"IDAT":
            pixels += body
        position += length + 12
    lines = zlib.decompress(pixels)
    return [value for start in range(0, len(lines), width + 1) for value in lines[start + 1 : start + 1 + width]]
