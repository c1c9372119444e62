// Calls of the system that its headers show only to those who ask for more than POSIX, which Swift does not.
#define _GNU_SOURCE
#include "vx_system.h"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/stat.h>
#include <unistd.h>

int vx_pipe(int ends[2]) {
#ifdef __linux__
    return pipe2(ends, O_CLOEXEC);
#else
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

int vx_spawn_in_folder(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

int vx_birth(const char *path, int64_t *seconds, uint32_t *nanoseconds) {
#ifdef __linux__
    struct statx info;
    if (statx(AT_FDCWD, path, 0, STATX_BTIME, &info) != 0 || !(info.stx_mask & STATX_BTIME)) return -1;
    *seconds = info.stx_btime.tv_sec;
    *nanoseconds = info.stx_btime.tv_nsec;
#else
    struct stat info;
    if (stat(path, &info) != 0) return -1;
    *seconds = info.st_birthtimespec.tv_sec;
    *nanoseconds = (uint32_t)info.st_birthtimespec.tv_nsec;
#endif
    return 0;
}

void vx_give_back_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
