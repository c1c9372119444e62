#pragma once

#include <spawn.h>
#include <stdint.h>

/// A pipe of which neither end is seen by a program that is started. In one step where the system has one: another thread may start a program in between.
/// Gives -1 and sets errno where that fails.
int vx_pipe(int ends[2]);

/// Has a program that is started begin in the folder `path`.
int vx_spawn_in_folder(posix_spawn_file_actions_t *actions, const char *path);

/// When the file at `path`, or what a symlink there leads to, was made, in seconds since 1970 and nanoseconds. Gives 0; -1 where the file system does not know
/// it, or there is none.
int vx_birth(const char *path, int64_t *seconds, uint32_t *nanoseconds);

/// Gives the system back memory that was freed and that the C library keeps. Nothing where it keeps none, or cannot be told.
void vx_give_back_memory(void);
