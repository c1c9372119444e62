/*
 * Sorting the bytes of numbers. The loops over fixed strides become good vector code on ARM; for x86-64 without extensions
 * the compiler's is eight times slower than the instructions for it (SSE2, which every such processor has), so these do all
 * but the end of each run.
 */
#include "vx_kernels.h"

#if defined(__SSE2__)
#include <emmintrin.h>

#define LOAD(place) _mm_loadu_si128((const __m128i *)(place))
#define STORE(place, value) _mm_storeu_si128((__m128i *)(place), value)

/* As many of the first numbers as whole registers hold; says how many. */
static size_t gather2_vectors(const uint8_t *restrict numbers, size_t count, unsigned plane, uint8_t *restrict bytes) {
    const __m128i shift = _mm_cvtsi32_si128((int)(8 * plane)), low = _mm_set1_epi16(0xff);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i a = _mm_and_si128(_mm_srl_epi16(LOAD(numbers + 2 * i), shift), low);
        __m128i b = _mm_and_si128(_mm_srl_epi16(LOAD(numbers + 2 * i + 16), shift), low);
        STORE(bytes + i, _mm_packus_epi16(a, b));
    }
    return i;
}

static size_t gather4_vectors(const uint8_t *restrict numbers, size_t count, unsigned plane, uint8_t *restrict bytes) {
    const __m128i shift = _mm_cvtsi32_si128((int)(8 * plane)), low = _mm_set1_epi32(0xff);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i quarters[4];
        for (int k = 0; k < 4; k++) {
            quarters[k] = _mm_and_si128(_mm_srl_epi32(LOAD(numbers + 4 * i + 16 * k), shift), low);
        }
        __m128i a = _mm_packs_epi32(quarters[0], quarters[1]), b = _mm_packs_epi32(quarters[2], quarters[3]);
        STORE(bytes + i, _mm_packus_epi16(a, b));
    }
    return i;
}

static size_t merge2_vectors(
    const uint8_t *restrict low, const uint8_t *restrict high, size_t count, uint8_t *restrict numbers) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i a = LOAD(low + i), b = LOAD(high + i);
        STORE(numbers + 2 * i, _mm_unpacklo_epi8(a, b));
        STORE(numbers + 2 * i + 16, _mm_unpackhi_epi8(a, b));
    }
    return i;
}

static size_t merge4_vectors(
    const uint8_t *restrict b0, const uint8_t *restrict b1, const uint8_t *restrict b2, const uint8_t *restrict b3,
    size_t count, uint8_t *restrict numbers) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i p0 = LOAD(b0 + i), p1 = LOAD(b1 + i), p2 = LOAD(b2 + i), p3 = LOAD(b3 + i);
        __m128i low01 = _mm_unpacklo_epi8(p0, p1), high01 = _mm_unpackhi_epi8(p0, p1);
        __m128i low23 = _mm_unpacklo_epi8(p2, p3), high23 = _mm_unpackhi_epi8(p2, p3);
        STORE(numbers + 4 * i, _mm_unpacklo_epi16(low01, low23));
        STORE(numbers + 4 * i + 16, _mm_unpackhi_epi16(low01, low23));
        STORE(numbers + 4 * i + 32, _mm_unpacklo_epi16(high01, high23));
        STORE(numbers + 4 * i + 48, _mm_unpackhi_epi16(high01, high23));
    }
    return i;
}

#else

#define gather2_vectors(numbers, count, plane, bytes) 0
#define gather4_vectors(numbers, count, plane, bytes) 0
#define merge2_vectors(low, high, count, numbers) 0
#define merge4_vectors(b0, b1, b2, b3, count, numbers) 0

#endif

void vx_gather2(const uint8_t *restrict numbers, size_t count, unsigned plane, uint8_t *restrict bytes) {
    for (size_t i = gather2_vectors(numbers, count, plane, bytes); i < count; i++) bytes[i] = numbers[2 * i + plane];
}

void vx_gather4(const uint8_t *restrict numbers, size_t count, unsigned plane, uint8_t *restrict bytes) {
    for (size_t i = gather4_vectors(numbers, count, plane, bytes); i < count; i++) bytes[i] = numbers[4 * i + plane];
}

void vx_merge2(const uint8_t *restrict low, const uint8_t *restrict high, size_t count, uint8_t *restrict numbers) {
    for (size_t i = merge2_vectors(low, high, count, numbers); i < count; i++) {
        numbers[2 * i] = low[i];
        numbers[2 * i + 1] = high[i];
    }
}

void vx_merge4(
    const uint8_t *restrict b0, const uint8_t *restrict b1, const uint8_t *restrict b2, const uint8_t *restrict b3,
    size_t count, uint8_t *restrict numbers) {
    for (size_t i = merge4_vectors(b0, b1, b2, b3, count, numbers); i < count; i++) {
        numbers[4 * i] = b0[i];
        numbers[4 * i + 1] = b1[i];
        numbers[4 * i + 2] = b2[i];
        numbers[4 * i + 3] = b3[i];
    }
}

void vx_count4(const uint8_t *restrict numbers, size_t count, uint32_t *restrict counts) {
    for (size_t i = 0; i < count; i++) {
        for (size_t place = 0; place < 4; place++) counts[256 * place + numbers[4 * i + place]]++;
    }
}
