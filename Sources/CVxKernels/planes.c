/*
 * Sorting the bytes of numbers. Plain loops over fixed strides, which the compiler turns into vector instructions; the same
 * loops in Swift are not, and take five times as long.
 */
#include "vx_kernels.h"

void vx_gather2(const uint8_t *restrict numbers, size_t count, unsigned plane, uint8_t *restrict bytes) {
    if (plane == 0) {
        for (size_t i = 0; i < count; i++) bytes[i] = numbers[2 * i];
    } else {
        for (size_t i = 0; i < count; i++) bytes[i] = numbers[2 * i + 1];
    }
}

void vx_gather4(const uint8_t *restrict numbers, size_t count, unsigned plane, uint8_t *restrict bytes) {
    switch (plane) {
    case 0:
        for (size_t i = 0; i < count; i++) bytes[i] = numbers[4 * i];
        break;
    case 1:
        for (size_t i = 0; i < count; i++) bytes[i] = numbers[4 * i + 1];
        break;
    case 2:
        for (size_t i = 0; i < count; i++) bytes[i] = numbers[4 * i + 2];
        break;
    default:
        for (size_t i = 0; i < count; i++) bytes[i] = numbers[4 * i + 3];
    }
}

void vx_merge2(const uint8_t *restrict low, const uint8_t *restrict high, size_t count, uint8_t *restrict numbers) {
    for (size_t i = 0; i < count; i++) {
        numbers[2 * i] = low[i];
        numbers[2 * i + 1] = high[i];
    }
}

void vx_merge4(
    const uint8_t *restrict b0, const uint8_t *restrict b1, const uint8_t *restrict b2, const uint8_t *restrict b3,
    size_t count, uint8_t *restrict numbers) {
    for (size_t i = 0; i < count; i++) {
        numbers[4 * i] = b0[i];
        numbers[4 * i + 1] = b1[i];
        numbers[4 * i + 2] = b2[i];
        numbers[4 * i + 3] = b3[i];
    }
}
