/* Nothing to import: the functions are declared by libgit2's own headers. */
