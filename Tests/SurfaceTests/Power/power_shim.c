// Writes down, in the order in which they happened, the calls of all programs that change or sync what is below a folder.
//
//   VX_POWER_ROOT  the folder, without symlinks in it
//   VX_POWER_LOG   the file that gets the records
//
// A record is a line `OPERATION INODE NUMBER LENGTH LENGTH LENGTH`, then a path, a second path and bytes of those lengths:
//
//   c  a file was made                  path
//   t  a file was cut or lengthened     NUMBER: its length
//   w  bytes were written               NUMBER: where; bytes
//   f  a stream was closed              bytes: all of the file, since its writes cannot be seen
//   a  a file was closed, or its mode or time was set     NUMBER: its mode; path: seconds and nanoseconds of its time
//   s  a file or a folder was synced
//   r  something was renamed            both paths
//   l  a file got a second name         the new path
//   u  a name of a file was removed     path
//   m  a folder was made                path
//   x  a folder was removed             path
//   y  a symlink was made               path; bytes: where it leads
//   S  everything was synced
#include "../Shims/shim.h"

static char root[PATH_MAX];
static size_t root_length;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static pid_t log_process;

static int real_open(const char *path, int flags) {
    static int (*real)(const char *, int, ...);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "open");
    return real(path, flags, 0600);
}
static int real_fstat(int fd, struct stat *status) {
    static int (*real)(int, struct stat *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "fstat");
    return real(fd, status);
}

// The calls of all threads and processes one after the other: the log is what happened. Its descriptor is a process's own,
// since a lock belongs to whoever opened the file.
static void begin(void) {
    if (!root_length) return;
    int before = errno;
    pthread_mutex_lock(&one_at_a_time);
    if (log_process != getpid()) {
        int fd = real_open(variable("VX_POWER_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC);
        log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 400);
        if (log_fd < 0) log_fd = fd; else syscall(SYS_close, fd);
        if (log_fd < 0) abort();
        log_process = getpid();
    }
    while (flock(log_fd, LOCK_EX) != 0) if (errno != EINTR) abort();
    errno = before;
}
static void end(void) {
    if (!root_length) return;
    int before = errno;
    flock(log_fd, LOCK_UN);
    pthread_mutex_unlock(&one_at_a_time);
    errno = before;
}

static void put(const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = syscall(SYS_write, log_fd, next, count);
        if (written < 0) {
            if (errno == EINTR) continue;
            abort();
        }
        next += written;
        count -= written;
    }
}
static void record(char operation, ino_t inode, long long number, const char *path, const char *other, const void *bytes,
                   size_t count) {
    int before = errno;
    char line[128];
    int length = snprintf(line, sizeof line, "%c %llu %lld %zu %zu %zu\n", operation, (unsigned long long)inode, number,
                          strlen(path), strlen(other), count);
    put(line, length);
    put(path, strlen(path));
    put(other, strlen(other));
    put(bytes, count);
    errno = before;
}

// The whole path of one given below a folder; whether it is below the root.
static int resolve(int folder, const char *path, char whole[PATH_MAX * 2]) {
    if (!root_length) return 0;
    int before = errno, is = 0;
    size_t length = 0;
    if (path[0] != '/') {
        if (folder == AT_FDCWD) {
            if (!getcwd(whole, PATH_MAX)) goto done;
            length = strlen(whole);
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            ssize_t count = readlink(link, whole, PATH_MAX);
            if (count <= 0) goto done;
            length = count;
        }
        whole[length++] = '/';
    }
    // Piece by piece, without '.' and '..'.
    if (length == 0) whole[length++] = '/';
    while (*path) {
        while (*path == '/') path++;
        size_t count = strcspn(path, "/");
        if (count == 0) break;
        if (count == 1 && path[0] == '.') {
            path += count;
            continue;
        }
        if (count == 2 && path[0] == '.' && path[1] == '.') {
            if (length > 1) length--;
            while (length > 1 && whole[length - 1] != '/') length--;
            path += count;
            continue;
        }
        if (length + count + 2 > PATH_MAX) goto done;
        memcpy(whole + length, path, count);
        length += count;
        whole[length++] = '/';
        path += count;
    }
    if (length > 1) length--;
    whole[length] = 0;
    is = strncmp(whole, root, root_length) == 0 && whole[root_length] == '/';
done:
    errno = before;
    return is;
}
static ino_t inode_of(const char *path) {
    struct stat status;
    int before = errno;
    ino_t inode = syscall(SYS_newfstatat, AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
    errno = before;
    return inode;
}
static ino_t inode_of_fd(int fd) {
    struct stat status;
    int before = errno;
    ino_t inode = real_fstat(fd, &status) == 0 ? status.st_ino : 0;
    errno = before;
    return inode;
}
static void record_attributes(int fd) {
    struct stat status;
    int before = errno;
    if (real_fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        char time[64];
        snprintf(time, sizeof time, "%lld %ld", (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
        record('a', status.st_ino, status.st_mode & 07777, time, "", "", 0);
    }
    errno = before;
}
// All bytes of a file, read past what wrote them.
static void record_all(int fd) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int before = errno, copy = real_open(link, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (copy >= 0 && real_fstat(copy, &status) == 0 && S_ISREG(status.st_mode)) {
        char *bytes = malloc(status.st_size + 1);
        ssize_t count = bytes ? pread(copy, bytes, status.st_size, 0) : -1;
        if (count >= 0) record('f', status.st_ino, 0, "", "", bytes, count);
        free(bytes);
    }
    if (copy >= 0) syscall(SYS_close, copy);
    errno = before;
}

// MARK: files

#define OPENED(folder, path, flags, call) \
    char whole[PATH_MAX * 2]; \
    if (!((flags) & (O_CREAT | O_TRUNC)) || !resolve(folder, path, whole)) return call; \
    begin(); \
    ino_t old = inode_of(whole); \
    int fd = call; \
    if (fd >= 0 && !old) record('c', inode_of_fd(fd), 0, whole, "", "", 0); \
    if (fd >= 0 && old && ((flags) & O_TRUNC)) record('t', inode_of_fd(fd), 0, "", "", "", 0); \
    end(); \
    return fd;
#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        MODE_AFTER(flags, mode) \
        REAL(name); \
        OPENED(AT_FDCWD, path, flags, real(path, flags, mode)) \
    }
#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        MODE_AFTER(flags, mode) \
        REAL(name); \
        OPENED(folder, path, flags, real(folder, path, flags, mode)) \
    }
OPEN(open) OPEN(open64) OPENAT(openat) OPENAT(openat64)
#define CREAT(name) \
    int name(const char *path, mode_t mode) { \
        REAL(name); \
        OPENED(AT_FDCWD, path, O_CREAT | O_TRUNC, real(path, mode)) \
    }
CREAT(creat) CREAT(creat64)

#define FOPEN(name) \
    FILE *name(const char *path, const char *mode) { \
        REAL(name); \
        char whole[PATH_MAX * 2]; \
        if (mode[0] == 'r' || !resolve(AT_FDCWD, path, whole)) return real(path, mode); \
        begin(); \
        ino_t old = inode_of(whole); \
        FILE *stream = real(path, mode); \
        if (stream && !old) record('c', inode_of_fd(fileno(stream)), 0, whole, "", "", 0); \
        if (stream && old && mode[0] == 'w') record('t', inode_of_fd(fileno(stream)), 0, "", "", "", 0); \
        end(); \
        return stream; \
    }
FOPEN(fopen) FOPEN(fopen64)

static int is_written(int fd) {
    int before = errno, flags = fcntl(fd, F_GETFL), is = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && is_file(fd);
    errno = before;
    return root_length && fd != log_fd && is;
}
int fflush(FILE *stream) {
    REAL(fflush);
    if (!stream || !is_written(fileno(stream))) return real(stream);
    begin();
    int result = real(stream);
    record_all(fileno(stream));
    end();
    return result;
}
int fclose(FILE *stream) {
    REAL(fclose);
    int fd = fileno(stream);
    if (!is_written(fd)) return real(stream);
    fflush(stream);
    begin();
    record_attributes(fd);
    end();
    return real(stream);
}
int close(int fd) {
    REAL(close);
    if (!is_written(fd)) return real(fd);
    begin();
    record_attributes(fd);
    int result = real(fd);
    end();
    return result;
}

// Bytes that were written end where the file's position is now.
#define WRITE(name, parameters, arguments, bytes, where) \
    ssize_t name parameters { \
        REAL(name); \
        if (!is_written(fd)) return real arguments; \
        begin(); \
        ssize_t result = real arguments; \
        if (result > 0) record('w', inode_of_fd(fd), where, "", "", bytes, result); \
        end(); \
        return result; \
    }
WRITE(write, (int fd, const void *from, size_t count), (fd, from, count), from, lseek(fd, 0, SEEK_CUR) - result)
WRITE(pwrite, (int fd, const void *from, size_t count, off_t at), (fd, from, count, at), from, at)
WRITE(pwrite64, (int fd, const void *from, size_t count, off64_t at), (fd, from, count, at), from, at)

// What went from several places, or from another file, is read back.
static void record_range(int fd, long long at, ssize_t count) {
    char link[64], *bytes = malloc(count);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int before = errno, copy = real_open(link, O_RDONLY | O_CLOEXEC);
    if (!bytes || copy < 0 || pread(copy, bytes, count, at) != count) abort();
    record('w', inode_of_fd(fd), at, "", "", bytes, count);
    syscall(SYS_close, copy);
    free(bytes);
    errno = before;
}
#define WRITE_RANGE(name, parameters, arguments, target, where) \
    ssize_t name parameters { \
        REAL(name); \
        if (!is_written(target)) return real arguments; \
        begin(); \
        ssize_t result = real arguments; \
        if (result > 0) record_range(target, where, result); \
        end(); \
        return result; \
    }
WRITE_RANGE(writev, (int fd, const struct iovec *pieces, int count), (fd, pieces, count), fd,
            lseek(fd, 0, SEEK_CUR) - result)
WRITE_RANGE(pwritev, (int fd, const struct iovec *pieces, int count, off_t at), (fd, pieces, count, at), fd, at)
WRITE_RANGE(pwritev64, (int fd, const struct iovec *pieces, int count, off64_t at), (fd, pieces, count, at), fd, at)
WRITE_RANGE(copy_file_range, (int from, off64_t *at, int to, off64_t *where, size_t count, unsigned flags),
            (from, at, to, where, count, flags), to, (where ? *where : lseek(to, 0, SEEK_CUR)) - result)

#define ON_FILE(name, parameters, arguments, recording) \
    int name parameters { \
        REAL(name); \
        if (!root_length) return real arguments; \
        begin(); \
        int result = real arguments; \
        if (result == 0) recording; \
        end(); \
        return result; \
    }
ON_FILE(ftruncate, (int fd, off_t length), (fd, length), record('t', inode_of_fd(fd), length, "", "", "", 0))
ON_FILE(ftruncate64, (int fd, off64_t length), (fd, length), record('t', inode_of_fd(fd), length, "", "", "", 0))
ON_FILE(fsync, (int fd), (fd), record('s', inode_of_fd(fd), 0, "", "", "", 0))
ON_FILE(fdatasync, (int fd), (fd), record('s', inode_of_fd(fd), 0, "", "", "", 0))
ON_FILE(syncfs, (int fd), (fd), record('S', 0, 0, "", "", "", 0))
ON_FILE(fchmod, (int fd, mode_t mode), (fd, mode), record_attributes(fd))
ON_FILE(futimens, (int fd, const struct timespec times[2]), (fd, times), record_attributes(fd))

static void record_attributes_at(const char *path) {
    int before = errno, fd = real_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        record_attributes(fd);
        syscall(SYS_close, fd);
    }
    errno = before;
}

// MARK: names

#define ON_PATH(name, parameters, arguments, folder, path, before, recording) \
    int name parameters { \
        REAL(name); \
        char whole[PATH_MAX * 2]; \
        if (!resolve(folder, path, whole)) return real arguments; \
        begin(); \
        before; \
        int result = real arguments; \
        if (result == 0) recording; \
        end(); \
        return result; \
    }
#define OLD ino_t old = inode_of(whole)
#define NONE (void)0
ON_PATH(unlink, (const char *path), (path), AT_FDCWD, path, OLD, record('u', old, 0, whole, "", "", 0))
ON_PATH(unlinkat, (int folder, const char *path, int flags), (folder, path, flags), folder, path, OLD,
        record(flags &AT_REMOVEDIR ? 'x' : 'u', old, 0, whole, "", "", 0))
ON_PATH(rmdir, (const char *path), (path), AT_FDCWD, path, OLD, record('x', old, 0, whole, "", "", 0))
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path, NONE,
        record('m', inode_of(whole), 0, whole, "", "", 0))
ON_PATH(mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode), folder, path, NONE,
        record('m', inode_of(whole), 0, whole, "", "", 0))
ON_PATH(chmod, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path, NONE, record_attributes_at(whole))
ON_PATH(utimensat, (int folder, const char *path, const struct timespec times[2], int flags),
        (folder, path, times, flags), folder, path, NONE, record_attributes_at(whole))
ON_PATH(symlink, (const char *target, const char *path), (target, path), AT_FDCWD, path, NONE,
        record('y', inode_of(whole), 0, whole, "", target, strlen(target)))
ON_PATH(symlinkat, (const char *target, int folder, const char *path), (target, folder, path), folder, path, NONE,
        record('y', inode_of(whole), 0, whole, "", target, strlen(target)))

#define ON_PATHS(name, parameters, arguments, from, old, to, new, recording) \
    int name parameters { \
        REAL(name); \
        char first[PATH_MAX * 2], second[PATH_MAX * 2]; \
        int is_first = resolve(from, old, first), is_second = resolve(to, new, second); \
        if (!is_first && !is_second) return real arguments; \
        begin(); \
        ino_t inode = inode_of(first); \
        int result = real arguments; \
        if (result == 0) recording; \
        end(); \
        return result; \
    }
ON_PATHS(rename, (const char *old, const char *new), (old, new), AT_FDCWD, old, AT_FDCWD, new,
         record('r', inode, 0, first, second, "", 0))
ON_PATHS(renameat, (int from, const char *old, int to, const char *new), (from, old, to, new), from, old, to, new,
         record('r', inode, 0, first, second, "", 0))
ON_PATHS(renameat2, (int from, const char *old, int to, const char *new, unsigned flags), (from, old, to, new, flags),
         from, old, to, new, record('r', inode, 0, first, second, "", 0))
ON_PATHS(link, (const char *old, const char *new), (old, new), AT_FDCWD, old, AT_FDCWD, new,
         record('l', inode, 0, second, "", "", 0))
ON_PATHS(linkat, (int from, const char *old, int to, const char *new, int flags), (from, old, to, new, flags), from, old,
         to, new, record('l', inode, 0, second, "", "", 0))

__attribute__((constructor)) static void start(void) {
    const char *path = variable("VX_POWER_ROOT");
    if (strlen(path) >= sizeof root) return;
    strcpy(root, path);
    root_length = strlen(root);
}
