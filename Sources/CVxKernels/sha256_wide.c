/*
 * SHA-256 of sixteen messages in step: each 512-bit register holds one word of all of them (FIPS 180-4 for the function;
 * S. Gueron and V. Krasnov, "Simultaneous hashing of multiple messages", 2012, for the idea).
 */
#include "sha256_lane.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WIDE_INLINE __attribute__((target("avx512f,avx512bw"), always_inline)) static inline
#define WIDE_FUNCTION __attribute__((target("avx512f,avx512bw")))

/* Any function of three bits is one instruction; these numbers are their truth tables. */
#define XOR3(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define CHOOSE(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define MAJORITY(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xe8)
#define ROTATE _mm512_ror_epi32
#define ADD _mm512_add_epi32

WIDE_INLINE __m512i next_words(__m512i w0, __m512i w1, __m512i w9, __m512i w14) {
    __m512i s0 = XOR3(ROTATE(w1, 7), ROTATE(w1, 18), _mm512_srli_epi32(w1, 3));
    __m512i s1 = XOR3(ROTATE(w14, 17), ROTATE(w14, 19), _mm512_srli_epi32(w14, 10));
    return ADD(ADD(w0, s0), ADD(w9, s1));
}

/* One round with the state's words at s[0] to s[7], turned by `turn`, so that no word has to move. */
WIDE_INLINE void round_of(__m512i s[8], int turn, __m512i word, uint32_t constant) {
#define S(i) s[((i) - turn) & 7]
    __m512i sum = ADD(ADD(S(7), word), _mm512_set1_epi32((int)constant));
    sum = ADD(sum, CHOOSE(S(4), S(5), S(6)));
    sum = ADD(sum, XOR3(ROTATE(S(4), 6), ROTATE(S(4), 11), ROTATE(S(4), 25)));
    S(3) = ADD(S(3), sum);
    S(7) = ADD(ADD(sum, MAJORITY(S(0), S(1), S(2))), XOR3(ROTATE(S(0), 2), ROTATE(S(0), 13), ROTATE(S(0), 22)));
#undef S
}

/* Row i, which holds sixteen words of lane i, becomes word i of sixteen lanes. */
WIDE_INLINE void transpose(__m512i rows[16]) {
    __m512i pairs[16];
    for (int i = 0; i < 16; i += 2) {
        pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        rows[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
        rows[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
        rows[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        rows[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    /* rows[4 * l + k] now has, in its quarter q, word 4 * q + k of the lanes 4 * l to 4 * l + 3. */
    for (int k = 0; k < 4; k++) {
        __m512i low = _mm512_shuffle_i32x4(rows[k], rows[4 + k], 0x88);
        __m512i high = _mm512_shuffle_i32x4(rows[k], rows[4 + k], 0xdd);
        __m512i low2 = _mm512_shuffle_i32x4(rows[8 + k], rows[12 + k], 0x88);
        __m512i high2 = _mm512_shuffle_i32x4(rows[8 + k], rows[12 + k], 0xdd);
        pairs[k] = _mm512_shuffle_i32x4(low, low2, 0x88);
        pairs[8 + k] = _mm512_shuffle_i32x4(low, low2, 0xdd);
        pairs[4 + k] = _mm512_shuffle_i32x4(high, high2, 0x88);
        pairs[12 + k] = _mm512_shuffle_i32x4(high, high2, 0xdd);
    }
    for (int i = 0; i < 16; i++) rows[i] = pairs[i];
}

WIDE_FUNCTION void vx_sha256_wide(struct lane lanes[VX_SHA256_LANES], size_t blocks) {
    const __m512i big_endian = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL));
    const uint8_t *next[16];
    const uint8_t *some = 0;
    for (int i = 0; i < 16; i++) {
        if (lanes[i].blocks) some = lanes[i].next;
    }
    /* A lane with nothing to do goes along with another one; what comes of it is not kept. */
    for (int i = 0; i < 16; i++) next[i] = lanes[i].blocks ? lanes[i].next : some;

    uint32_t words[8][16] __attribute__((aligned(64)));
    for (int word = 0; word < 8; word++) {
        for (int i = 0; i < 16; i++) words[word][i] = lanes[i].state[word];
    }
    __m512i state[8];
    for (int word = 0; word < 8; word++) state[word] = _mm512_load_si512(words[word]);

    for (size_t block = 0; block < blocks; block++) {
        __m512i w[16], s[8];
        for (int i = 0; i < 16; i++) {
            const uint8_t *bytes = next[i] + 64 * block;
            w[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(bytes), big_endian);
            /* Sixteen places at once are more than the processor foresees by itself. A prefetch never faults. */
            _mm_prefetch((const char *)bytes + 512, _MM_HINT_T0);
        }
        transpose(w);
        for (int i = 0; i < 8; i++) s[i] = state[i];
#pragma clang loop unroll(full)
        for (int r = 0; r < 16; r++) round_of(s, r & 7, w[r], vx_sha256_constants[r]);
        for (int round = 16; round < 64; round += 16) {
#pragma clang loop unroll(full)
            for (int r = 0; r < 16; r++) {
                w[r] = next_words(w[r], w[(r + 1) & 15], w[(r + 9) & 15], w[(r + 14) & 15]);
                round_of(s, r & 7, w[r], vx_sha256_constants[round + r]);
            }
        }
        for (int i = 0; i < 8; i++) state[i] = ADD(state[i], s[i]);
    }

    for (int word = 0; word < 8; word++) _mm512_store_si512(words[word], state[word]);
    for (int i = 0; i < 16; i++) {
        if (!lanes[i].blocks) continue;
        for (int word = 0; word < 8; word++) lanes[i].state[word] = words[word][i];
    }
}

int vx_sha256_wide_is_supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

#else

int vx_sha256_wide_is_supported(void) { return 0; }

void vx_sha256_wide(struct lane lanes[VX_SHA256_LANES], size_t blocks) { (void)lanes, (void)blocks; }

#endif
