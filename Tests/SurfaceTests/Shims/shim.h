// What the libraries have in common that tests load before the system's own (LD_PRELOAD).
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The system's own function of that name, as `real`.
#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

// The mode that comes after the flags of an open, where there is one.
#define MODE_AFTER(flags, mode) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

static inline const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static inline int is_program(const char *name) { return strcmp(program_invocation_short_name, name) == 0; }

// Whether this is a file on a disk, and no pipe, event descriptor, terminal or folder.
static inline int is_file(int fd) {
    static int (*real)(int, struct stat *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "fstat");
    struct stat status;
    int before = errno;
    int is = real && real(fd, &status) == 0 && S_ISREG(status.st_mode);
    errno = before;
    return is;
}
