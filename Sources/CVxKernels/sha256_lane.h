/*
 * One message on its way through a hash of several messages: first its whole blocks, then one or two with what is left,
 * the padding and the length (FIPS 180-4, section 5.1.1).
 */
#ifndef VX_SHA256_LANE_H
#define VX_SHA256_LANE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct lane {
    uint32_t state[8];
    const uint8_t *next;
    /* Of 64 bytes, from `next` on; 0 where the lane has nothing to do. */
    size_t blocks;
    uint8_t ending[128];
    size_t ending_blocks;
    size_t message;
};

/* Most lanes that are hashed in step. */
enum { VX_SHA256_LANES = 16 };

extern const uint32_t vx_sha256_constants[64];

static inline void lane_go_to_ending(struct lane *lane) {
    lane->next = lane->ending;
    lane->blocks = lane->ending_blocks;
    lane->ending_blocks = 0;
}

static inline void lane_begin(struct lane *lane, size_t message, const uint8_t *bytes, size_t length) {
    static const uint32_t initial_state[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    memcpy(lane->state, initial_state, sizeof initial_state);
    lane->message = message;
    lane->next = bytes;
    lane->blocks = length / 64;
    size_t rest = length % 64;
    lane->ending_blocks = rest < 56 ? 1 : 2;
    memset(lane->ending, 0, sizeof lane->ending);
    if (rest) memcpy(lane->ending, bytes + length - rest, rest);
    lane->ending[rest] = 0x80;
    uint64_t bits = (uint64_t)length * 8;
    for (int i = 0; i < 8; i++) lane->ending[lane->ending_blocks * 64 - 1 - i] = (uint8_t)(bits >> (8 * i));
    if (!lane->blocks) lane_go_to_ending(lane);
}

/* Notes that blocks were hashed. At the end of the message its digest is written and the lane is free. */
static inline void lane_advance(struct lane *lane, size_t blocks, uint8_t *digests) {
    lane->next += blocks * 64;
    lane->blocks -= blocks;
    if (lane->blocks) return;
    if (lane->ending_blocks) return lane_go_to_ending(lane);
    uint8_t *digest = digests + 32 * lane->message;
    for (int word = 0; word < 8; word++) {
        for (int i = 0; i < 4; i++) digest[4 * word + i] = (uint8_t)(lane->state[word] >> (24 - 8 * i));
    }
}

/* Whether sixteen lanes can be hashed in step here. */
int vx_sha256_wide_is_supported(void);

/* Hashes `blocks` blocks of every lane that has something to do, which is at least as many blocks. */
void vx_sha256_wide(struct lane lanes[VX_SHA256_LANES], size_t blocks);

#endif
