// Stands between vx and the system's library (LD_PRELOAD) and lets one call of a kind fail.
//
//   VX_FAULT_PROGRAM  the name of the program to disturb; in any other all calls pass
//   VX_FAULT_KIND     which calls are counted: open, read, write, map, sync, rename, unlink, folder, link, length, close,
//                     status, list, lock, mode, thread, spawn, pipe
//   VX_FAULT_AT       the number of the call that fails, from 1; 0 lets all pass
//   VX_FAULT_ERRNO    how it fails; 0 reads or writes one byte less than it was asked to, instead
//   VX_FAULT_LOG      a file that gets a line for each process: whether the fault came, and how many calls of each kind
//                     there were, in the order above
#include "../Shims/shim.h"
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>

static const char *const kinds[] = {"open",  "read",   "write", "map",    "sync", "rename", "unlink", "folder", "link",
                                    "length", "close", "status", "list", "lock",   "mode",   "thread", "spawn", "pipe"};
enum { kind_count = sizeof kinds / sizeof *kinds };
static int failing = -1;
static long fail_at;
static int fail_with;
static const char *log_path;
static atomic_long calls[kind_count];
static atomic_int came;

// Whether the call is the one that fails; errno is set then.
static int fails(const char *kind) {
    if (!log_path) return 0;
    int number = 0;
    while (strcmp(kinds[number], kind) != 0) number++;
    if (atomic_fetch_add(&calls[number], 1) + 1 != fail_at || number != failing) return 0;
    atomic_store(&came, 1);
    if (fail_with) errno = fail_with;
    return 1;
}

// A call of one kind that gives -1 where it fails.
#define CALL(result, call_kind, name, parameters, arguments) \
    result name parameters { \
        REAL(name); \
        if (fails(call_kind)) return -1; \
        return real arguments; \
    }

// The same for a call that may do a part of its work; nothing is left to do where a single byte was asked for.
#define PARTIAL(call_kind, name, parameters, arguments, short_arguments) \
    ssize_t name parameters { \
        REAL(name); \
        if (fails(call_kind)) { \
            if (fail_with) return -1; \
            if (count > 1) return real short_arguments; \
        } \
        return real arguments; \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        MODE_AFTER(flags, mode) \
        REAL(name); \
        if (fails("open")) return -1; \
        return real(path, flags, mode); \
    }
#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        MODE_AFTER(flags, mode) \
        REAL(name); \
        if (fails("open")) return -1; \
        return real(folder, path, flags, mode); \
    }
OPEN(open) OPEN(open64) OPENAT(openat) OPENAT(openat64)

ssize_t read(int fd, void *to, size_t count) {
    REAL(read);
    if (is_file(fd) && fails("read")) {
        if (fail_with) return -1;
        if (count > 1) return real(fd, to, count - 1);
    }
    return real(fd, to, count);
}
PARTIAL("read", pread, (int fd, void *to, size_t count, off_t at), (fd, to, count, at), (fd, to, count - 1, at))
PARTIAL("read", pread64, (int fd, void *to, size_t count, off64_t at), (fd, to, count, at), (fd, to, count - 1, at))
PARTIAL("write", pwrite, (int fd, const void *from, size_t count, off_t at), (fd, from, count, at),
        (fd, from, count - 1, at))
PARTIAL("write", pwrite64, (int fd, const void *from, size_t count, off64_t at), (fd, from, count, at),
        (fd, from, count - 1, at))

ssize_t write(int fd, const void *from, size_t count) {
    REAL(write);
    // What it says is to be read: standard output and standard error are left alone.
    if (fd > 2 && is_file(fd) && fails("write")) {
        if (fail_with) return -1;
        if (count > 1) return real(fd, from, count - 1);
    }
    return real(fd, from, count);
}

#define MAP(name, offset_type) \
    void *name(void *at, size_t length, int protection, int flags, int fd, offset_type offset) { \
        REAL(name); \
        if (fd >= 0 && fails("map")) { \
            if (!fail_with) errno = ENOMEM; \
            return MAP_FAILED; \
        } \
        return real(at, length, protection, flags, fd, offset); \
    }
MAP(mmap, off_t) MAP(mmap64, off64_t)

CALL(int, "sync", fsync, (int fd), (fd))
CALL(int, "sync", fdatasync, (int fd), (fd))
CALL(int, "rename", rename, (const char *old, const char *new), (old, new))
CALL(int, "rename", renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
CALL(int, "rename", renameat2, (int from, const char *old, int to, const char *new, unsigned flags),
     (from, old, to, new, flags))
CALL(int, "unlink", unlink, (const char *path), (path))
CALL(int, "unlink", unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
CALL(int, "folder", mkdir, (const char *path, mode_t mode), (path, mode))
CALL(int, "folder", mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
CALL(int, "folder", rmdir, (const char *path), (path))
CALL(int, "link", link, (const char *old, const char *new), (old, new))
CALL(int, "link", linkat, (int from, const char *old, int to, const char *new, int flags), (from, old, to, new, flags))
CALL(int, "length", ftruncate, (int fd, off_t length), (fd, length))
CALL(int, "length", ftruncate64, (int fd, off64_t length), (fd, length))
CALL(int, "status", stat, (const char *path, struct stat *to), (path, to))
CALL(int, "status", lstat, (const char *path, struct stat *to), (path, to))
CALL(int, "status", fstat, (int fd, struct stat *to), (fd, to))
CALL(int, "status", fstatat, (int folder, const char *path, struct stat *to, int flags), (folder, path, to, flags))
CALL(int, "lock", flock, (int fd, int operation), (fd, operation))
CALL(int, "mode", fchmod, (int fd, mode_t mode), (fd, mode))

int close(int fd) {
    REAL(close);
    int fault = fails("close"), code = errno;
    int result = real(fd);
    if (!fault) return result;
    errno = code;
    return -1;
}

DIR *opendir(const char *path) {
    REAL(opendir);
    return fails("list") ? NULL : real(path);
}
DIR *fdopendir(int fd) {
    REAL(fdopendir);
    return fails("list") ? NULL : real(fd);
}
struct dirent *readdir(DIR *folder) {
    REAL(readdir);
    return fails("list") ? NULL : real(folder);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    REAL(pthread_create);
    return fails("thread") ? EAGAIN : real(thread, attributes, body, argument);
}
#define SPAWN(name) \
    int name(pid_t *process, const char *path, const posix_spawn_file_actions_t *actions, \
             const posix_spawnattr_t *attributes, char *const arguments[], char *const variables[]) { \
        REAL(name); \
        return fails("spawn") ? fail_with : real(process, path, actions, attributes, arguments, variables); \
    }
SPAWN(posix_spawn) SPAWN(posix_spawnp)
CALL(int, "pipe", pipe2, (int ends[2], int flags), (ends, flags))

__attribute__((constructor)) static void start(void) {
    if (!is_program(variable("VX_FAULT_PROGRAM"))) return;
    for (int number = 0; number < kind_count; number++)
        if (strcmp(kinds[number], variable("VX_FAULT_KIND")) == 0) failing = number;
    fail_at = atol(variable("VX_FAULT_AT"));
    fail_with = atoi(variable("VX_FAULT_ERRNO"));
    log_path = strdup(variable("VX_FAULT_LOG"));
}

__attribute__((destructor)) static void end(void) {
    if (!log_path) return;
    char line[1024];
    int length = snprintf(line, sizeof line, "%d", atomic_load(&came));
    for (int number = 0; number < kind_count; number++)
        length += snprintf(line + length, sizeof line - length, " %ld", atomic_load(&calls[number]));
    length += snprintf(line + length, sizeof line - length, "\n");
    const char *path = log_path;
    log_path = NULL;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return;
    if (write(fd, line, length) != length) perror("fault log");
    close(fd);
}
