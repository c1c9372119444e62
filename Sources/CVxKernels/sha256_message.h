/*
 * How every message begins and ends, whatever hashes what lies between (FIPS 180-4, sections 5 and 6.2).
 */
#ifndef VX_SHA256_MESSAGE_H
#define VX_SHA256_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern const uint32_t vx_sha256_constants[64];

static inline void sha256_begin(uint32_t state[8]) {
    static const uint32_t initial_state[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    memcpy(state, initial_state, sizeof initial_state);
}

/* The last one or two blocks of a message of `length` bytes: those after its whole blocks, the padding and the length. */
static inline size_t sha256_ending(uint8_t ending[128], const uint8_t *rest, uint64_t length) {
    const size_t count = length % 64, blocks = count < 56 ? 1 : 2;
    memset(ending, 0, 128);
    if (count) memcpy(ending, rest, count);
    ending[count] = 0x80;
    for (int i = 0; i < 8; i++) ending[blocks * 64 - 1 - i] = (uint8_t)(length * 8 >> (8 * i));
    return blocks;
}

static inline void sha256_digest(const uint32_t state[8], uint8_t *digest) {
    for (int word = 0; word < 8; word++) {
        for (int i = 0; i < 4; i++) digest[4 * word + i] = (uint8_t)(state[word] >> (24 - 8 * i));
    }
}

#endif
