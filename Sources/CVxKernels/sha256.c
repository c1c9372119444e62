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

#include <cpuid.h>
#include <immintrin.h>

#define SHA_INLINE __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline
#define SHA_FUNCTION __attribute__((target("sha,sse4.1,ssse3"))) static

/* The state as the instructions want it: words A B E F and C D G H. */
struct state {
    __m128i abef, cdgh;
};

SHA_INLINE void four_rounds(struct state *s, __m128i words, int round) {
    __m128i sum = _mm_add_epi32(words, _mm_load_si128((const __m128i *)(vx_sha256_constants + round)));
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* The next four words of the message schedule from the sixteen before them. */
SHA_INLINE __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3) {
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
    return _mm_sha256msg2_epu32(sum, w3);
}

SHA_INLINE __m128i load_words(const uint8_t *block, int part) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)block + part), big_endian);
}

SHA_INLINE struct state load_state(const uint32_t words[8]) {
    __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)words), 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(words + 4)), 0x1b);
    return (struct state){_mm_alignr_epi8(dcba, hgfe, 8), _mm_blend_epi16(hgfe, dcba, 0xf0)};
}

SHA_INLINE void store_state(struct state state, uint32_t words[8]) {
    __m128i feba = _mm_shuffle_epi32(state.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)words, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(words + 4), _mm_alignr_epi8(dchg, feba, 8));
}

SHA_FUNCTION void hash_one(struct lane *lane, size_t count) {
    struct state s = load_state(lane->state);
    const uint8_t *block = lane->next;
    for (; count; count--, block += 64) {
        struct state before = s;
        __m128i w0 = load_words(block, 0), w1 = load_words(block, 1);
        __m128i w2 = load_words(block, 2), w3 = load_words(block, 3);
        four_rounds(&s, w0, 0);
        four_rounds(&s, w1, 4);
        four_rounds(&s, w2, 8);
        four_rounds(&s, w3, 12);
        for (int round = 16; round < 64; round += 16) {
            w0 = next_words(w0, w1, w2, w3);
            four_rounds(&s, w0, round);
            w1 = next_words(w1, w2, w3, w0);
            four_rounds(&s, w1, round + 4);
            w2 = next_words(w2, w3, w0, w1);
            four_rounds(&s, w2, round + 8);
            w3 = next_words(w3, w0, w1, w2);
            four_rounds(&s, w3, round + 12);
        }
        s.abef = _mm_add_epi32(s.abef, before.abef);
        s.cdgh = _mm_add_epi32(s.cdgh, before.cdgh);
    }
    store_state(s, lane->state);
}

/* The same for two messages in step. */
SHA_FUNCTION void hash_two(struct lane *first, struct lane *second, size_t count) {
    struct state s = load_state(first->state), t = load_state(second->state);
    const uint8_t *block = first->next, *other = second->next;
    for (; count; count--, block += 64, other += 64) {
        struct state s_before = s, t_before = t;
        __m128i w0 = load_words(block, 0), w1 = load_words(block, 1);
        __m128i w2 = load_words(block, 2), w3 = load_words(block, 3);
        __m128i v0 = load_words(other, 0), v1 = load_words(other, 1);
        __m128i v2 = load_words(other, 2), v3 = load_words(other, 3);
        four_rounds(&s, w0, 0);
        four_rounds(&t, v0, 0);
        four_rounds(&s, w1, 4);
        four_rounds(&t, v1, 4);
        four_rounds(&s, w2, 8);
        four_rounds(&t, v2, 8);
        four_rounds(&s, w3, 12);
        four_rounds(&t, v3, 12);
        for (int round = 16; round < 64; round += 16) {
            w0 = next_words(w0, w1, w2, w3);
            v0 = next_words(v0, v1, v2, v3);
            four_rounds(&s, w0, round);
            four_rounds(&t, v0, round);
            w1 = next_words(w1, w2, w3, w0);
            v1 = next_words(v1, v2, v3, v0);
            four_rounds(&s, w1, round + 4);
            four_rounds(&t, v1, round + 4);
            w2 = next_words(w2, w3, w0, w1);
            v2 = next_words(v2, v3, v0, v1);
            four_rounds(&s, w2, round + 8);
            four_rounds(&t, v2, round + 8);
            w3 = next_words(w3, w0, w1, w2);
            v3 = next_words(v3, v0, v1, v2);
            four_rounds(&s, w3, round + 12);
            four_rounds(&t, v3, round + 12);
        }
        s.abef = _mm_add_epi32(s.abef, s_before.abef);
        s.cdgh = _mm_add_epi32(s.cdgh, s_before.cdgh);
        t.abef = _mm_add_epi32(t.abef, t_before.abef);
        t.cdgh = _mm_add_epi32(t.cdgh, t_before.cdgh);
    }
    store_state(s, first->state);
    store_state(t, second->state);
}

static int has_sha_instructions(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 9)) || !(c & (1u << 19))) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29));
}

#else

static void hash_one(struct lane *lane, size_t count) { (void)lane, (void)count; }
static void hash_two(struct lane *first, struct lane *second, size_t count) { (void)first, (void)second, (void)count; }
static int has_sha_instructions(void) { return 0; }

#endif

int vx_sha256_many_is_supported(void) { return has_sha_instructions() || vx_sha256_wide_is_supported(); }

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
    const int narrow = has_sha_instructions();
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
