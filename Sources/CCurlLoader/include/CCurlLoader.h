/* Nothing to import: the functions are declared by libcurl's own headers. */
