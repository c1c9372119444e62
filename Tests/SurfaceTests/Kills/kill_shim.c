// Counts the calls of vx that change a name, make a file or wait for the disk, and kills it before one of them.
//
//   VX_KILL_AT      the number of that call, from 1; 0, or nothing, lets all pass
//   VX_KILL_GROUP   set: all that belongs to the same command goes with it
//   VX_KILL_COUNTS  a file that gets a line with the number of calls for each vx that comes to its end
#include "../Shims/shim.h"
#include <signal.h>

static int active, group;
static long target, seen;

__attribute__((constructor)) static void start(void) {
    active = is_program("vx");
    target = atol(variable("VX_KILL_AT"));
    group = *variable("VX_KILL_GROUP");
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("VX_KILL_COUNTS");
    if (!active || !path) return;
    active = 0;
    char line[32];
    int length = snprintf(line, sizeof line, "%ld\n", seen);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (file < 0) return;
    if (write(file, line, length) < 0) abort();
    close(file);
}

static void point(void) {
    if (!active) return;
    if (__atomic_add_fetch(&seen, 1, __ATOMIC_RELAXED) == target) kill(group ? 0 : getpid(), SIGKILL);
}

#define WRAP(result, name, parameters, arguments) \
    result name parameters { \
        REAL(name); \
        point(); \
        return real arguments; \
    }

WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b))
WRAP(int, link, (const char *a, const char *b), (a, b))
WRAP(int, linkat, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f))
WRAP(int, unlink, (const char *a), (a))
WRAP(int, unlinkat, (int d, const char *a, int f), (d, a, f))
WRAP(int, fsync, (int d), (d))
WRAP(int, ftruncate, (int d, off_t n), (d, n))
WRAP(int, mkdir, (const char *a, mode_t m), (a, m))
WRAP(int, mkdirat, (int d, const char *a, mode_t m), (d, a, m))
WRAP(int, rmdir, (const char *a), (a))

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        MODE_AFTER(flags, mode) \
        if (flags & O_CREAT) point(); \
        return real(path, flags, mode); \
    }
#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        REAL(name); \
        MODE_AFTER(flags, mode) \
        if (flags & O_CREAT) point(); \
        return real(folder, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
