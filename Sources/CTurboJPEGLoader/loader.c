/*
 * Loads libjpeg-turbo by its TurboJPEG interface when it is first called, and not when the program starts: only `vx split`
 * with JPEG images needs it. See docs/decisions/0012 and 0024. No header of its is needed to build: these functions have
 * had this form since version 2.0, and version 3 still has them.
 */
#include "CTurboJPEGLoader.h"
#include <lazy_library.h>
#include <limits.h>

typedef void *init_function(void);
typedef int destroy_function(void *);
typedef int header_function(void *, const uint8_t *, unsigned long, int *, int *, int *, int *);
typedef int decompress_function(void *, const uint8_t *, unsigned long, uint8_t *, int, int, int, int, int);
typedef int error_function(void *);

/* turbojpeg.h: TJPF, TJCS, TJERR, TJFLAG. */
enum { GRAY = 6, CMYK = 11 };
enum { COLORS_CMYK = 3, COLORS_YCCK = 4 };
enum { FATAL = 1 };
/* A file of a few kilobytes could else keep a processor busy for hours, by thousands of scans of nothing. */
enum { LIMIT_SCANS = 1 << 15 };

#ifdef __linux__
static const char *const names[] = {"libturbojpeg.so.0", NULL};
#else
static const char *const names[] = {"libturbojpeg.0.dylib", "/opt/homebrew/lib/libturbojpeg.0.dylib", "/usr/local/lib/libturbojpeg.0.dylib", NULL};
#endif
static struct vx_library library = {names, NULL};

/* A decoder to be destroyed; NULL where there is no library, or no memory. */
static void *decoder(void) {
    init_function *init = (init_function *)vx_library_find(&library, "tjInitDecompress");
    return init ? init() : NULL;
}

static void destroy(void *decoder) {
    destroy_function *destroy = (destroy_function *)vx_library_find(&library, "tjDestroy");
    if (destroy) destroy(decoder);
}

int vx_jpeg_read_header(const uint8_t *input, size_t count, struct vx_jpeg *image) {
    header_function *read = (header_function *)vx_library_find(&library, "tjDecompressHeader3");
    void *handle = read ? decoder() : NULL;
    if (!handle) return VX_JPEG_MISSING;
    int width = 0, height = 0, subsampling = 0, colors = -1;
    /* Its answer is also -1 where the colours are sampled in an uncommon way, which does not matter here. */
    if (count <= LONG_MAX) read(handle, input, count, &width, &height, &subsampling, &colors);
    destroy(handle);
    if (width < 1 || height < 1 || colors < 0) return VX_JPEG_DAMAGED;
    *image = (struct vx_jpeg){width, height, colors == COLORS_CMYK || colors == COLORS_YCCK ? 4 : 1};
    return 0;
}

int vx_jpeg_decode(const uint8_t *input, size_t count, struct vx_jpeg image, int scale, uint8_t *output) {
    decompress_function *decompress = (decompress_function *)vx_library_find(&library, "tjDecompress2");
    error_function *severity = (error_function *)vx_library_find(&library, "tjGetErrorCode");
    void *handle = decompress && severity ? decoder() : NULL;
    if (!handle) return VX_JPEG_MISSING;
    int width = (image.width + scale - 1) / scale, height = (image.height + scale - 1) / scale;
    int format = image.channels == 4 ? CMYK : GRAY;
    int status = decompress(handle, input, count, output, width, width * image.channels, height, format, LIMIT_SCANS);
    /* Cameras and old programs write files it only warns of. */
    int answer = status == 0 || severity(handle) != FATAL ? 0 : VX_JPEG_DAMAGED;
    destroy(handle);
    return answer;
}
