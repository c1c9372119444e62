/*
 * One message on its way through a hash of several messages: first its whole blocks, then its ending.
 */
#ifndef VX_SHA256_LANE_H
#define VX_SHA256_LANE_H

#include "sha256_message.h"

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

static inline void lane_go_to_ending(struct lane *lane) {
    lane->next = lane->ending;
    lane->blocks = lane->ending_blocks;
    lane->ending_blocks = 0;
}

static inline void lane_begin(struct lane *lane, size_t message, const uint8_t *bytes, size_t length) {
    sha256_begin(lane->state);
    lane->message = message;
    lane->next = bytes;
    lane->blocks = length / 64;
    lane->ending_blocks = sha256_ending(lane->ending, bytes + length - length % 64, length);
    if (!lane->blocks) lane_go_to_ending(lane);
}

/* Notes that blocks were hashed. At the end of the message its digest is written and the lane is free. */
static inline void lane_advance(struct lane *lane, size_t blocks, uint8_t *digests) {
    lane->next += blocks * 64;
    lane->blocks -= blocks;
    if (lane->blocks) return;
    if (lane->ending_blocks) return lane_go_to_ending(lane);
    sha256_digest(lane->state, digests + 32 * lane->message);
}

/* Whether sixteen lanes can be hashed in step here. */
int vx_sha256_wide_is_supported(void);

/* Hashes `blocks` blocks of every lane that has something to do, which is at least as many blocks. */
void vx_sha256_wide(struct lane lanes[VX_SHA256_LANES], size_t blocks);

#endif
