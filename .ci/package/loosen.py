#!/usr/bin/env python3
"""Makes a copy of Swift's own libraries whose unused functions the linker may leave out: loosen.py LIBRARIES FOLDER.

The compiler marks each public function as one to be kept (SHF_GNU_RETAIN), for the linker cannot know whether a library is asked for
it later. Nothing asks a program. Here the mark is taken from code and from constants, which are reached from where they are used.
What Swift's runtime finds by the name of a section (types, protocols, what conforms to what) keeps it, and so does what runs at the
start. Whatever is not an archive, or has no such mark, is a link in FOLDER to what is in LIBRARIES.
"""

import pathlib
import re
import struct
import sys

RETAIN = 0x200000
# Sections that are reached by nothing but their name.
CODE_AND_CONSTANTS = re.compile(rb"\.(text|rodata|data|bss|tdata|tbss)(\..*)?")


def loosen_object(data, begin):
    """Takes the mark away in the 64 bit ELF object that begins there; the number of sections that had it."""
    if data[begin : begin + 6] != b"\x7fELF\x02\x01":
        return 0
    (table,) = struct.unpack_from("<Q", data, begin + 0x28)
    count, names = struct.unpack_from("<2H", data, begin + 0x3C)
    table += begin
    # With more sections than two bytes can say, the first entry of the table says how many, and which has the names.
    if table > begin and count == 0:
        (count,) = struct.unpack_from("<Q", data, table + 0x20)
    if names == 0xFFFF:
        (names,) = struct.unpack_from("<I", data, table + 0x28)
    loosened = 0
    (strings,) = struct.unpack_from("<Q", data, table + names * 64 + 0x18)
    for section in range(table, table + count * 64, 64):
        name, _, flags = struct.unpack_from("<IIQ", data, section)
        start = begin + strings + name
        if flags & RETAIN and CODE_AND_CONSTANTS.fullmatch(data, start, data.index(b"\0", start)):
            struct.pack_into("<Q", data, section + 8, flags & ~RETAIN)
            loosened += 1
    return loosened


def loosen_archive(data):
    """The same for every object of an archive."""
    loosened, place = 0, 8
    while place < len(data):
        size = int(data[place + 48 : place + 58])
        loosened += loosen_object(data, place + 60)
        place += 60 + size + size % 2
    return loosened


def main():
    libraries, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    loosened = 0
    for path in sorted(libraries.rglob("*")):
        copy = folder / path.relative_to(libraries)
        if path.is_dir() and not path.is_symlink():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)
        if path.suffix == ".a":
            data = bytearray(path.read_bytes())
            if data[:8] == b"!<arch>\n" and (found := loosen_archive(data)) > 0:
                copy.write_bytes(data)
                loosened += found
                continue
        copy.symlink_to(path)
    if loosened == 0:
        print(f"loosen.py: no code in {libraries} is marked any more: this step can go", file=sys.stderr)


main()
