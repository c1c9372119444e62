#pragma once
#include <stddef.h>
#include <stdint.h>

/* What the functions answer beside 0: the bytes are no JPEG file that can be decoded. */
#define VX_JPEG_DAMAGED (-1)
/* There is no libturbojpeg on this machine. */
#define VX_JPEG_MISSING (-2)

struct vx_jpeg {
    /* Pixels. */
    int width, height;
    /* Bytes of a decoded pixel: 1 for brightness, 4 for inks (cyan, magenta, yellow, black; 255 is none). */
    int channels;
};

/* What a file's header says. Any number of threads may call both functions, also at once. */
int vx_jpeg_read_header(const uint8_t *input, size_t count, struct vx_jpeg *image);

/*
 * Decodes a file at one `scale`th of its size: 1, 2, 4 or 8. `output` has room for `channels` bytes for each pixel of
 * ceil(width / scale) by ceil(height / scale). What is damaged behind the header gives grey pixels.
 */
int vx_jpeg_decode(const uint8_t *input, size_t count, struct vx_jpeg image, int scale, uint8_t *output);
