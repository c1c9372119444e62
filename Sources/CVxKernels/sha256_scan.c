/*
 * SHA-256 of a content while it is looked through for cuts (docs/formats/chunker.md).
 *
 * Within one message the SHA instructions wait for each other and leave most of the processor idle, and looking for cuts
 * needs just that part of it: done together, sixteen bytes looked through after every sixteen rounds, the two take two
 * thirds of the time they take one after the other.
 */
#include "vx_kernels.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdatomic.h>

#include "sha256_instructions.h"

static int look_for_instructions(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 9)) || !(c & (1u << 19))) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29));
}

/* In a virtual machine each question to the processor is a trap of some 50 microseconds, and this is asked for every few files. */
int vx_sha256_instructions_exist(void) {
    static atomic_int known = -1;
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer < 0) {
        answer = look_for_instructions();
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer;
}

SHA_FUNCTION void vx_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count) {
    struct sha256_state s = sha256_load(state);
    for (size_t i = 0; i < count; i++) sha256_block(&s, blocks + 64 * i);
    sha256_store(s, state);
}

/* Takes sixteen bytes into the hash; says whether it was below the limit after one of them, and then leaves it alone. */
SHA_INLINE int has_cut(const uint8_t *bytes, uint64_t *hash, uint64_t limit, const uint64_t *gear) {
    uint64_t rolling = *hash;
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 4) {
        /* What four bytes add does not depend on what was before, so it is ready when the hash is. */
        uint64_t first = gear[bytes[i]];
        uint64_t two = (first << 1) + gear[bytes[i + 1]];
        uint64_t three = (two << 1) + gear[bytes[i + 2]];
        uint64_t four = (three << 1) + gear[bytes[i + 3]];
        uint64_t after = (rolling << 4) + four;
        if (__builtin_expect(
                (rolling << 1) + first < limit || (rolling << 2) + two < limit || (rolling << 3) + three < limit
                    || after < limit, 0)) {
            return 1;
        }
        rolling = after;
    }
    *hash = rolling;
    return 0;
}

SHA_FUNCTION size_t vx_sha256_scan(
    uint32_t state[8], const uint8_t *blocks, size_t count, const uint8_t *bytes, uint64_t *hash, uint64_t limit,
    const uint64_t *gear) {
    struct sha256_state s = sha256_load(state);
    uint64_t rolling = *hash;
    size_t done = 0;
    for (; done < count; done++) {
        const uint8_t *next = bytes + 64 * done;
        struct sha256_state t = s;
        struct sha256_schedule w = sha256_schedule(blocks + 64 * done);
        uint64_t here = rolling;
        sha256_quarter(&t, &w, 0);
        if (has_cut(next, &here, limit, gear)) break;
        sha256_quarter(&t, &w, 1);
        if (has_cut(next + 16, &here, limit, gear)) break;
        sha256_quarter(&t, &w, 2);
        if (has_cut(next + 32, &here, limit, gear)) break;
        sha256_quarter(&t, &w, 3);
        if (has_cut(next + 48, &here, limit, gear)) break;
        s = sha256_sum(s, t);
        rolling = here;
    }
    sha256_store(s, state);
    *hash = rolling;
    return done;
}

void vx_sha256_begin(uint32_t state[8]) { sha256_begin(state); }

void vx_sha256_end(uint32_t state[8], const uint8_t *rest, uint64_t length, uint8_t digest[32]) {
    uint8_t ending[128];
    vx_sha256_blocks(state, ending, sha256_ending(ending, rest, length));
    sha256_digest(state, digest);
}

#else

int vx_sha256_instructions_exist(void) { return 0; }
void vx_sha256_begin(uint32_t state[8]) { (void)state; }
void vx_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count) { (void)state, (void)blocks, (void)count; }
size_t vx_sha256_scan(
    uint32_t state[8], const uint8_t *blocks, size_t count, const uint8_t *bytes, uint64_t *hash, uint64_t limit,
    const uint64_t *gear) {
    (void)state, (void)blocks, (void)count, (void)bytes, (void)hash, (void)limit, (void)gear;
    return 0;
}
void vx_sha256_end(uint32_t state[8], const uint8_t *rest, uint64_t length, uint8_t digest[32]) {
    (void)state, (void)rest, (void)length, (void)digest;
}

#endif
