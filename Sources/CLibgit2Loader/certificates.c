/*
 * Keeps libgit2 from reading the machine's certificates.
 *
 * A libgit2 that was built with mbedTLS parses the whole bundle of certificate authorities when it starts: 140 of them on
 * Debian 12, a quarter of the time of `vx status`. vx talks to networks through git and libcurl alone, so libgit2 has no
 * use for them. A program's own symbols come before those of the libraries it loads: libgit2's call ends here, and its
 * start goes on without authorities, so that a connection made by it would be refused and not trusted. See
 * docs/decisions/0012.
 */
#if defined(__linux__) && !defined(VX_LIBGIT2_INSIDE)

/* mbedTLS's name and parameters; the structure is never looked at. */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);

int mbedtls_x509_crt_parse_file(void *chain, const char *path) {
    (void)chain;
    (void)path;
    return -1;
}

#endif
