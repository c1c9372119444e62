#pragma once
#include <stddef.h>
#include <stdint.h>

/* What vx_inflate answers beside 0: the bytes are damaged, or more or fewer than was said. */
#define VX_INFLATE_DAMAGED (-1)
/* There is no zlib on this machine. */
#define VX_INFLATE_MISSING (-2)

/* Decompresses a zlib stream (RFC 1950) that holds exactly `size` bytes. Any number of threads may call it. */
int vx_inflate(uint8_t *output, size_t size, const uint8_t *input, size_t count);
