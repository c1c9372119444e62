/*
 * One block of SHA-256 with the processor's SHA instructions (Intel's "Intel SHA Extensions" white paper, 2013), a quarter of
 * its rounds at a time: the instructions wait for each other, and whatever stands between two quarters is done meanwhile.
 */
#ifndef VX_SHA256_INSTRUCTIONS_H
#define VX_SHA256_INSTRUCTIONS_H

#include <immintrin.h>

#include "sha256_message.h"

#define SHA_INLINE __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline
#define SHA_FUNCTION __attribute__((target("sha,sse4.1,ssse3")))

/* The state as the instructions want it: words A B E F and C D G H. */
struct sha256_state {
    __m128i abef, cdgh;
};

/* Sixteen consecutive words of a block's message schedule. */
struct sha256_schedule {
    __m128i words[4];
};

SHA_INLINE struct sha256_state sha256_load(const uint32_t words[8]) {
    __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)words), 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(words + 4)), 0x1b);
    return (struct sha256_state){_mm_alignr_epi8(dcba, hgfe, 8), _mm_blend_epi16(hgfe, dcba, 0xf0)};
}

SHA_INLINE void sha256_store(struct sha256_state state, uint32_t words[8]) {
    __m128i feba = _mm_shuffle_epi32(state.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)words, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(words + 4), _mm_alignr_epi8(dchg, feba, 8));
}

SHA_INLINE struct sha256_state sha256_sum(struct sha256_state a, struct sha256_state b) {
    return (struct sha256_state){_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

SHA_INLINE struct sha256_schedule sha256_schedule(const uint8_t *block) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    struct sha256_schedule w;
    for (int i = 0; i < 4; i++) w.words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)block + i), big_endian);
    return w;
}

SHA_INLINE void sha256_four_rounds(struct sha256_state *s, __m128i words, int round) {
    __m128i sum = _mm_add_epi32(words, _mm_load_si128((const __m128i *)(vx_sha256_constants + round)));
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* Words 4 * part to 4 * part + 3 of the sixteen that come next, from the sixteen before each. */
SHA_INLINE void sha256_next_words(struct sha256_schedule *w, int part) {
    __m128i last = w->words[(part + 3) & 3];
    __m128i ninth = _mm_alignr_epi8(last, w->words[(part + 2) & 3], 4);
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w->words[part], w->words[(part + 1) & 3]), ninth);
    w->words[part] = _mm_sha256msg2_epu32(sum, last);
}

/* Sixteen rounds; quarter 0 to 3 of a block. */
SHA_INLINE void sha256_quarter(struct sha256_state *s, struct sha256_schedule *w, int quarter) {
#pragma clang loop unroll(full)
    for (int part = 0; part < 4; part++) {
        if (quarter) sha256_next_words(w, part);
        sha256_four_rounds(s, w->words[part], 16 * quarter + 4 * part);
    }
}

SHA_INLINE void sha256_block(struct sha256_state *s, const uint8_t *block) {
    struct sha256_state before = *s;
    struct sha256_schedule w = sha256_schedule(block);
    for (int quarter = 0; quarter < 4; quarter++) sha256_quarter(s, &w, quarter);
    *s = sha256_sum(*s, before);
}

#endif
