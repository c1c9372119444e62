#pragma once
#include <stddef.h>

/*
 * Functions that load their library when they are first called, and not when the program starts (docs/decisions/0012).
 *
 * A loader defines `static void *load(const char *name)` by vx_library_function, and then a line of LAZY or LAZY_VOID for each
 * function, under the function's own name and declared by the library's own header.
 */

/* A library that is loaded at its first use. Zero but for `names`. */
struct vx_library {
    /* File names to try one after the other; the last is NULL. */
    const char *const *names;
    void *handle;
};

/* A function of the library; NULL where it is not installed or has none of this name. Any number of threads may call it. */
void *vx_library_find(struct vx_library *library, const char *name);

/* The same; where there is none, says on standard error what to install, and ends the program. */
void *vx_library_function(struct vx_library *library, const char *title, const char *name);

/* `known`: the function of this name in the library, looked up once. */
#define FUNCTION(name) \
    static __typeof__(name) *function; \
    __typeof__(name) *known = __atomic_load_n(&function, __ATOMIC_ACQUIRE); \
    if (!known) { \
        known = (__typeof__(name) *)load(#name); \
        __atomic_store_n(&function, known, __ATOMIC_RELEASE); \
    }

#define LAZY(result, name, parameters, arguments) \
    result name parameters { FUNCTION(name) return known arguments; }

#define LAZY_VOID(name, parameters, arguments) \
    void name parameters { FUNCTION(name) known arguments; }
