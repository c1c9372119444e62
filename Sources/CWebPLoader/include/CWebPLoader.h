#pragma once
#include <stddef.h>
#include <stdint.h>

/* What the functions answer beside 0: the bytes are no WebP file that can be decoded. */
#define VX_WEBP_DAMAGED (-1)
/* There is no libwebp on this machine. */
#define VX_WEBP_MISSING (-2)

/* How many pixels a file has across and down. Any number of threads may call both functions, also at once. */
int vx_webp_read_size(const uint8_t *input, size_t count, int *width, int *height);

/* Decodes a file of one picture; `output` has room for 4 bytes for each pixel: red, green, blue, and how opaque it is. */
int vx_webp_decode(const uint8_t *input, size_t count, int width, int height, uint8_t *output);
