#include "lazy_library.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

void *vx_library_find(struct vx_library *library, const char *name) {
    void *handle = __atomic_load_n(&library->handle, __ATOMIC_ACQUIRE);
    /* Racing threads get the same handle: dlopen counts. */
    for (const char *const *file = library->names; !handle && *file; file++) handle = dlopen(*file, RTLD_LAZY | RTLD_LOCAL);
    if (!handle) return NULL;
    __atomic_store_n(&library->handle, handle, __ATOMIC_RELEASE);
    return dlsym(handle, name);
}

void *vx_library_function(struct vx_library *library, const char *title, const char *name) {
    void *function = vx_library_find(library, name);
    if (!function) {
        fprintf(stderr, "error: cannot use %s\ncause: %s\nhint: install %s, then repeat the command\n", title, dlerror(), library->names[0]);
        exit(1);
    }
    return function;
}
