/*
 * Loads libtiff when it is first called, and not when the program starts: only `vx split` with TIFF images needs it. See
 * docs/decisions/0012 and 0035. No header of its is needed to build: these functions have had this form since version 3.5, and
 * the library reads from memory by the functions below.
 */
#include "CTIFFLoader.h"
#include <lazy_library.h>
#include <stdio.h>
#include <string.h>

typedef struct tiff tiff;
typedef intptr_t transfer(void *, void *, intptr_t);
typedef uint64_t seek(void *, uint64_t, int);
typedef int finish(void *);
typedef uint64_t measure(void *);
typedef int map(void *, void **, uint64_t *);
typedef void unmap(void *, void *, uint64_t);
typedef tiff *open_function(const char *, const char *, void *, transfer, transfer, seek, finish, measure, map, unmap);
typedef int field_function(tiff *, uint32_t, ...);
typedef int read_function(tiff *, uint32_t, uint32_t, uint32_t *, int, int);
typedef void close_function(tiff *);
typedef void *handler_function(void *);

/* tiff.h: tags, and the orientation of a picture as it is seen. */
enum { WIDTH = 256, HEIGHT = 257, ORIENTATION = 274 };
enum { TOP_LEFT = 1 };

#ifdef __linux__
static const char *const names[] = {"libtiff.so.6", "libtiff.so.5", NULL};
#else
static const char *const names[] = {"libtiff.6.dylib", "/opt/homebrew/lib/libtiff.6.dylib", "/usr/local/lib/libtiff.6.dylib", NULL};
#endif
static struct vx_library library = {names, NULL};

/* The bytes of a file, and where it is read. */
struct input {
    const uint8_t *bytes;
    uint64_t count, position;
};

static intptr_t read_some(void *handle, void *buffer, intptr_t size) {
    struct input *input = handle;
    uint64_t left = input->position < input->count ? input->count - input->position : 0;
    uint64_t some = size < 0 ? 0 : (uint64_t)size < left ? (uint64_t)size : left;
    memcpy(buffer, input->bytes + (left ? input->position : 0), some);
    input->position += some;
    return (intptr_t)some;
}

static intptr_t write_none(void *handle, void *buffer, intptr_t size) {
    (void)handle, (void)buffer, (void)size;
    return 0;
}

static uint64_t seek_to(void *handle, uint64_t offset, int whence) {
    struct input *input = handle;
    input->position = offset + (whence == SEEK_CUR ? input->position : whence == SEEK_END ? input->count : 0);
    return input->position;
}

static int close_nothing(void *handle) {
    (void)handle;
    return 0;
}

static uint64_t size_of(void *handle) { return ((struct input *)handle)->count; }

static int map_nothing(void *handle, void **base, uint64_t *size) {
    (void)handle, (void)base, (void)size;
    return 0;
}

static void unmap_nothing(void *handle, void *base, uint64_t size) { (void)handle, (void)base, (void)size; }

/* A file to be closed; NULL where it is none, or where there is no library. */
static tiff *open_input(struct input *input) {
    open_function *open = (open_function *)vx_library_find(&library, "TIFFClientOpen");
    handler_function *errors = (handler_function *)vx_library_find(&library, "TIFFSetErrorHandler");
    handler_function *warnings = (handler_function *)vx_library_find(&library, "TIFFSetWarningHandler");
    if (!open || !errors || !warnings) return NULL;
    /* What it says would stand between the command's own lines. */
    errors(NULL);
    warnings(NULL);
    /* 'm': never by a map of the file. */
    return open("", "rm", input, read_some, write_none, seek_to, close_nothing, size_of, map_nothing, unmap_nothing);
}

static void close_file(tiff *file) {
    close_function *close = (close_function *)vx_library_find(&library, "TIFFClose");
    if (close) close(file);
}

int vx_tiff_read_size(const uint8_t *input, size_t count, uint32_t *width, uint32_t *height) {
    field_function *field = (field_function *)vx_library_find(&library, "TIFFGetField");
    if (!field) return VX_TIFF_MISSING;
    struct input source = {input, count, 0};
    tiff *file = open_input(&source);
    if (!file) return VX_TIFF_DAMAGED;
    int status = field(file, WIDTH, width) && field(file, HEIGHT, height) && *width && *height ? 0 : VX_TIFF_DAMAGED;
    close_file(file);
    return status;
}

int vx_tiff_decode(const uint8_t *input, size_t count, uint32_t width, uint32_t height, uint32_t *output) {
    field_function *field = (field_function *)vx_library_find(&library, "TIFFGetField");
    read_function *read = (read_function *)vx_library_find(&library, "TIFFReadRGBAImageOriented");
    if (!field || !read) return VX_TIFF_MISSING;
    struct input source = {input, count, 0};
    tiff *file = open_input(&source);
    if (!file) return VX_TIFF_DAMAGED;
    uint16_t orientation = TOP_LEFT;
    /* Asked for as it is stored, it turns nothing. */
    if (!field(file, ORIENTATION, &orientation)) orientation = TOP_LEFT;
    int status = read(file, width, height, output, orientation, 0) ? 0 : VX_TIFF_DAMAGED;
    close_file(file);
    return status;
}
