import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

/// A library that is loaded before the C library's own functions and kills a program at a named point: before its n-th call
/// that changes a name on the disk or waits for the disk.
///
/// Nothing of it is in vx: the test builds it.
struct KillShim {
    /// Where the library is.
    let library: FilePath

    /// Builds it; `nil` where there is no C compiler, or where the system loads libraries in another way.
    init?(_ runner: CommandRunner) throws {
        #if os(Linux)
            let folder = runner.directory
            try Files.replace(folder.appending("kill.c"), with: Array(Self.source.utf8))
            let compilers = ["cc", "clang", "gcc"]
            guard
                try compilers.contains(where: { compiler in
                    try runner.run(
                        "sh", ["-c", "\(compiler) -shared -fPIC -O1 -o kill.so kill.c -ldl 2>kill.log"]
                    ).status == 0
                })
            else { return nil }
            library = folder.appending("kill.so")
        #else
            return nil
        #endif
    }

    /// The runner, with every vx that it starts counting its calls into `counts`, a line for each that comes to its end, and
    /// killed before the call of that number.
    ///
    /// - Parameter takesGroup: whether git and all else that it started go, too.
    func runner(_ runner: CommandRunner, counts: FilePath, at call: Int?, takesGroup: Bool = false) -> CommandRunner {
        runner.setting("LD_PRELOAD", to: library.description)
            .setting("VX_KILL_COUNTS", to: counts.description)
            .setting("VX_KILL_AT", to: call.map { "\($0)" })
            .setting("VX_KILL_GROUP", to: takesGroup ? "1" : nil)
    }

    private static let source = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdarg.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>

        static int active, group;
        static long target, seen;

        __attribute__((constructor)) static void start(void) {
            char program[4096];
            long length = readlink("/proc/self/exe", program, sizeof program - 1);
            if (length <= 0) return;
            program[length] = 0;
            const char *name = strrchr(program, '/');
            active = name && strcmp(name, "/vx") == 0;
            const char *text = getenv("VX_KILL_AT");
            target = text ? atol(text) : 0;
            group = getenv("VX_KILL_GROUP") != NULL;
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

        #define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
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
                va_list list; va_start(list, flags); mode_t mode = va_arg(list, int); va_end(list); \
                if (flags & O_CREAT) point(); \
                return real(path, flags, mode); \
            }
        #define OPENAT(name) \
            int name(int folder, const char *path, int flags, ...) { \
                REAL(name); \
                va_list list; va_start(list, flags); mode_t mode = va_arg(list, int); va_end(list); \
                if (flags & O_CREAT) point(); \
                return real(folder, path, flags, mode); \
            }
        OPEN(open)
        OPEN(open64)
        OPENAT(openat)
        OPENAT(openat64)
        """#
}
