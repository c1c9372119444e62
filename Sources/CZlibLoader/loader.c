/*
 * Loads zlib when it is first called, and not when the program starts: only `vx split` with images needs it. See
 * docs/decisions/0012 and 0023. No header of zlib's is needed to build: its one function here has had this form since 1995.
 */
#include "CZlibLoader.h"
#include <lazy_library.h>

typedef int inflate_function(uint8_t *, unsigned long *, const uint8_t *, unsigned long);

#ifdef __linux__
static const char *const names[] = {"libz.so.1", NULL};
#else
static const char *const names[] = {"libz.1.dylib", NULL};
#endif
static struct vx_library library = {names, NULL};

int vx_inflate(uint8_t *output, size_t size, const uint8_t *input, size_t count) {
    inflate_function *function = (inflate_function *)vx_library_find(&library, "uncompress");
    if (!function) return VX_INFLATE_MISSING;
    unsigned long length = size;
    return function(output, &length, input, count) == 0 && length == size ? 0 : VX_INFLATE_DAMAGED;
}
