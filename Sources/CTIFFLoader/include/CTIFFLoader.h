#pragma once
#include <stddef.h>
#include <stdint.h>

/* What the functions answer beside 0: the bytes are no TIFF file that can be decoded. */
#define VX_TIFF_DAMAGED (-1)
/* There is no libtiff on this machine. */
#define VX_TIFF_MISSING (-2)

/* How many pixels the first picture of a file has across and down. Any number of threads may call both functions, also at once. */
int vx_tiff_read_size(const uint8_t *input, size_t count, uint32_t *width, uint32_t *height);

/*
 * Decodes the first picture of a file, as it is stored: however it is to be turned. `output` has room for 4 bytes for each pixel:
 * red, green, blue, multiplied by how opaque it is, and that.
 */
int vx_tiff_decode(const uint8_t *input, size_t count, uint32_t width, uint32_t height, uint32_t *output);
