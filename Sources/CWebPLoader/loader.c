/*
 * Loads libwebp when it is first called, and not when the program starts: only `vx split` with WebP images needs it. See
 * docs/decisions/0012 and 0035. No header of its is needed to build: its "simple" functions have had this form since version 0.1.
 */
#include "CWebPLoader.h"
#include <lazy_library.h>

typedef int info_function(const uint8_t *, size_t, int *, int *);
typedef uint8_t *decode_function(const uint8_t *, size_t, uint8_t *, size_t, int);

#ifdef __linux__
static const char *const names[] = {"libwebp.so.7", "libwebp.so.6", NULL};
#else
static const char *const names[] = {"libwebp.7.dylib", "/opt/homebrew/lib/libwebp.7.dylib", "/usr/local/lib/libwebp.7.dylib", NULL};
#endif
static struct vx_library library = {names, NULL};

int vx_webp_read_size(const uint8_t *input, size_t count, int *width, int *height) {
    info_function *read = (info_function *)vx_library_find(&library, "WebPGetInfo");
    if (!read) return VX_WEBP_MISSING;
    return read(input, count, width, height) && *width > 0 && *height > 0 ? 0 : VX_WEBP_DAMAGED;
}

int vx_webp_decode(const uint8_t *input, size_t count, int width, int height, uint8_t *output) {
    decode_function *decode = (decode_function *)vx_library_find(&library, "WebPDecodeRGBAInto");
    if (!decode) return VX_WEBP_MISSING;
    size_t line = 4 * (size_t)width;
    return decode(input, count, output, line * (size_t)height, (int)line) ? 0 : VX_WEBP_DAMAGED;
}
