#include "environment.h"

#include <stdlib.h>

// The tests that call the engine in this process see what git and libgit2 read of the machine they run on. So a
// `safe.directory = *` of its user let a test fail that another owner's repository is refused. None of that counts here.
// Before `main`, for no other thread reads the environment yet.
__attribute__((constructor)) static void vx_test_environment(void) {
    // A test server's Python may have its packages there.
    const char *home = getenv("HOME");
    if (home) setenv("VX_TEST_HOME", home, 1);
    // Debian's name for a home that is not there (Debian Policy 9.2.3). Whatever needs one gives its programs its own.
    setenv("HOME", "/nonexistent", 1);
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    static const char *const others[] = {
        "XDG_CONFIG_HOME", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_WORK_TREE",
        "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE",
        "GIT_CEILING_DIRECTORIES", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL",
        "EMAIL", "VX_TRUST",
    };
    for (unsigned long place = 0; place < sizeof others / sizeof *others; place++) unsetenv(others[place]);
}
