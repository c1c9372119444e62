/*
 * SHA-256 of many messages at a time.
 *
 * The processor's SHA instructions wait for each other within one message: half of their time is free. Two messages side by
 * side use it, which makes hashing about 1.5 times as fast (FIPS 180-4 for the function; Intel's "Intel SHA Extensions"
 * white paper, 2013, for the instructions). Where registers hold sixteen words, sixteen messages in step are faster still.
 * Messages are taken up one after the other as a lane becomes free, so their lengths need not be alike.
 */
#include "sha256_lane.h"
#include "vx_kernels.h"

const uint32_t vx_sha256_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#if defined(__x86_64__)

#include "sha256_instructions.h"

static void hash_one(struct lane *lane, size_t count) { vx_sha256_blocks(lane->state, lane->next, count); }

/* The same for two messages in step. */
SHA_FUNCTION static void hash_two(struct lane *first, struct lane *second, size_t count) {
    struct sha256_state s = sha256_load(first->state), t = sha256_load(second->state);
    for (size_t i = 0; i < count; i++) {
        struct sha256_state s_before = s, t_before = t;
        struct sha256_schedule w = sha256_schedule(first->next + 64 * i), v = sha256_schedule(second->next + 64 * i);
#pragma clang loop unroll(full)
        for (int part = 0; part < 16; part++) {
            if (part >= 4) {
                sha256_next_words(&w, part & 3);
                sha256_next_words(&v, part & 3);
            }
            sha256_four_rounds(&s, w.words[part & 3], 4 * part);
            sha256_four_rounds(&t, v.words[part & 3], 4 * part);
        }
        s = sha256_sum(s, s_before);
        t = sha256_sum(t, t_before);
    }
    sha256_store(s, first->state);
    sha256_store(t, second->state);
}

#else

static void hash_one(struct lane *lane, size_t count) { (void)lane, (void)count; }
static void hash_two(struct lane *first, struct lane *second, size_t count) { (void)first, (void)second, (void)count; }

#endif

int vx_sha256_many_is_supported(void) { return vx_sha256_instructions_exist() || vx_sha256_wide_is_supported(); }

/* From this many messages on, sixteen in step are faster than two and two with the SHA instructions. */
enum { WIDE_FROM = 6 };

static size_t fewest_blocks(const struct lane *lanes, size_t count) {
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (lanes[i].blocks && lanes[i].blocks < fewest) fewest = lanes[i].blocks;
    }
    return fewest;
}

void vx_sha256_many(
    const uint8_t *base, const size_t *offsets, const size_t *lengths, size_t count, uint8_t *digests) {
    const int narrow = vx_sha256_instructions_exist();
    const int wide = vx_sha256_wide_is_supported() && (!narrow || count >= WIDE_FROM);
    const size_t width = wide ? VX_SHA256_LANES : 2;
    struct lane lanes[VX_SHA256_LANES];
    for (size_t i = 0; i < VX_SHA256_LANES; i++) lanes[i].blocks = 0;
    size_t next = 0;
    for (;;) {
        size_t active = 0;
        struct lane *busy[VX_SHA256_LANES];
        for (size_t i = 0; i < width; i++) {
            if (!lanes[i].blocks && next < count) {
                lane_begin(&lanes[i], next, base + offsets[next], lengths[next]);
                next++;
            }
            if (lanes[i].blocks) busy[active++] = &lanes[i];
        }
        if (!active) return;
        if (wide && (!narrow || active >= WIDE_FROM)) {
            size_t blocks = fewest_blocks(lanes, width);
            vx_sha256_wide(lanes, blocks);
            for (size_t i = 0; i < active; i++) lane_advance(busy[i], blocks, digests);
        } else if (active > 1) {
            size_t blocks = busy[0]->blocks < busy[1]->blocks ? busy[0]->blocks : busy[1]->blocks;
            hash_two(busy[0], busy[1], blocks);
            lane_advance(busy[0], blocks, digests);
            lane_advance(busy[1], blocks, digests);
        } else {
            size_t blocks = busy[0]->blocks;
            hash_one(busy[0], blocks);
            lane_advance(busy[0], blocks, digests);
        }
    }
}
