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

/* Of each pair of bytes the first and the second, of two registers. */
#define FIRSTS(a, b) _mm_packus_epi16(_mm_and_si128(a, low), _mm_and_si128(b, low))
#define SECONDS(a, b) _mm_packus_epi16(_mm_srli_epi16(a, 8), _mm_srli_epi16(b, 8))

/* As many of the first numbers as whole registers hold; says how many. */
static size_t split2_vectors(
    const uint8_t *restrict numbers, size_t count, uint8_t *restrict b0, uint8_t *restrict b1) {
    const __m128i low = _mm_set1_epi16(0xff);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i a = LOAD(numbers + 2 * i), b = LOAD(numbers + 2 * i + 16);
        STORE(b0 + i, FIRSTS(a, b));
        STORE(b1 + i, SECONDS(a, b));
    }
    return i;
}

static size_t split4_vectors(
    const uint8_t *restrict numbers, size_t count, uint8_t *restrict b0, uint8_t *restrict b1, uint8_t *restrict b2,
    uint8_t *restrict b3) {
    const __m128i low = _mm_set1_epi16(0xff);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i a = LOAD(numbers + 4 * i), b = LOAD(numbers + 4 * i + 16);
        __m128i c = LOAD(numbers + 4 * i + 32), d = LOAD(numbers + 4 * i + 48);
        __m128i even_ab = FIRSTS(a, b), even_cd = FIRSTS(c, d), odd_ab = SECONDS(a, b), odd_cd = SECONDS(c, d);
        STORE(b0 + i, FIRSTS(even_ab, even_cd));
        STORE(b1 + i, FIRSTS(odd_ab, odd_cd));
        STORE(b2 + i, SECONDS(even_ab, even_cd));
        STORE(b3 + i, SECONDS(odd_ab, odd_cd));
    }
    return i;
}

static size_t merge2_vectors(
    const uint8_t *restrict b0, const uint8_t *restrict b1, size_t count, uint8_t *restrict numbers) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i a = LOAD(b0 + i), b = LOAD(b1 + i);
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

#define split2_vectors(numbers, count, b0, b1) 0
#define split4_vectors(numbers, count, b0, b1, b2, b3) 0
#define merge2_vectors(b0, b1, count, numbers) 0
#define merge4_vectors(b0, b1, b2, b3, count, numbers) 0

#endif

void vx_split2(const uint8_t *restrict numbers, size_t count, uint8_t *restrict b0, uint8_t *restrict b1) {
    for (size_t i = split2_vectors(numbers, count, b0, b1); i < count; i++) {
        b0[i] = numbers[2 * i];
        b1[i] = numbers[2 * i + 1];
    }
}

void vx_split4(
    const uint8_t *restrict numbers, size_t count, uint8_t *restrict b0, uint8_t *restrict b1, uint8_t *restrict b2,
    uint8_t *restrict b3) {
    for (size_t i = split4_vectors(numbers, count, b0, b1, b2, b3); i < count; i++) {
        b0[i] = numbers[4 * i];
        b1[i] = numbers[4 * i + 1];
        b2[i] = numbers[4 * i + 2];
        b3[i] = numbers[4 * i + 3];
    }
}

void vx_merge2(const uint8_t *restrict b0, const uint8_t *restrict b1, size_t count, uint8_t *restrict numbers) {
    for (size_t i = merge2_vectors(b0, b1, count, numbers); i < count; i++) {
        numbers[2 * i] = b0[i];
        numbers[2 * i + 1] = b1[i];
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
