#pragma once

#include <spawn.h>

/// A pipe of which neither end is seen by a program that is started. In one step where the system has one: another thread may start a program in between.
/// Gives -1 and sets errno where that fails.
int vx_pipe(int ends[2]);

/// Has a program that is started begin in the folder `path`.
int vx_spawn_in_folder(posix_spawn_file_actions_t *actions, const char *path);
