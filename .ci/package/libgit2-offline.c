/*
 * What libgit2 calls of its parts for networks, which the portable vx leaves out (docs/decisions/0040): TLS, SSH, HTTP and the
 * hashes it takes from the TLS library. Nothing of them is ever used, for vx talks to networks through git and libcurl alone.
 * Their start does nothing; a connection is refused. The names are libgit2's own and private: where a version needs another one,
 * the linker says so, and it is added here.
 */

#include <stdbool.h>

bool git_http__expect_continue = false;

int git_transport_ssh_global_init(void) { return 0; }
int git_mbedtls_stream_global_init(void) { return 0; }
int git_hash_sha256_global_init(void) { return 0; }

int git_mbedtls__set_cert_location(const char *file, const char *path) {
    (void)file, (void)path;
    return -1;
}

static int refuse(void **out) {
    *out = 0;
    return -1;
}

int git_smart_subtransport_http(void **out, void *owner, void *parameter) {
    (void)owner, (void)parameter;
    return refuse(out);
}

int git_smart_subtransport_git(void **out, void *owner, void *parameter) {
    (void)owner, (void)parameter;
    return refuse(out);
}

int git_smart_subtransport_ssh(void **out, void *owner, void *parameter) {
    (void)owner, (void)parameter;
    return refuse(out);
}

int git_hash_sha256_ctx_init(void *context) {
    (void)context;
    return -1;
}

void git_hash_sha256_ctx_cleanup(void *context) { (void)context; }

int git_hash_sha256_init(void *context) {
    (void)context;
    return -1;
}

int git_hash_sha256_update(void *context, const void *data, unsigned long size) {
    (void)context, (void)data, (void)size;
    return -1;
}

int git_hash_sha256_final(unsigned char *out, void *context) {
    (void)out, (void)context;
    return -1;
}
