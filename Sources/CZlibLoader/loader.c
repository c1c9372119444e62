/*
 * Loads zlib when it is first called, and not when the program starts: only `vx split` with images needs it. See
 * docs/decisions/0012 and 0023. No header of zlib's is needed to build: its one function here has had this form since 1995.
 */
#include "CZlibLoader.h"
#include <dlfcn.h>

typedef int inflate_function(uint8_t *, unsigned long *, const uint8_t *, unsigned long);

#ifdef __linux__
static const char *const library = "libz.so.1";
#else
static const char *const library = "libz.1.dylib";
#endif

int vx_inflate(uint8_t *output, size_t size, const uint8_t *input, size_t count) {
    static inflate_function *known;
    inflate_function *function = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
    if (!function) {
        /* Racing threads get the same handle: dlopen counts. */
        void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
        if (handle) function = (inflate_function *)dlsym(handle, "uncompress");
        if (!function) return VX_INFLATE_MISSING;
        __atomic_store_n(&known, function, __ATOMIC_RELEASE);
    }
    unsigned long length = size;
    return function(output, &length, input, count) == 0 && length == size ? 0 : VX_INFLATE_DAMAGED;
}
