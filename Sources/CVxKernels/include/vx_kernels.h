#ifndef VX_KERNELS_H
#define VX_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Whether vx_sha256_many may be called on this processor. */
int vx_sha256_many_is_supported(void);

/* SHA-256 of `count` messages; message i has `lengths[i]` bytes at `base + offsets[i]`. Digest i goes to `digests + 32 * i`. */
void vx_sha256_many(const uint8_t *base, const size_t *offsets, const size_t *lengths, size_t count, uint8_t *digests);

/* Byte `plane` of each of `count` numbers of two or four bytes. */
void vx_gather2(const uint8_t *numbers, size_t count, unsigned plane, uint8_t *bytes);
void vx_gather4(const uint8_t *numbers, size_t count, unsigned plane, uint8_t *bytes);

/* `count` numbers of two or four bytes from their bytes. */
void vx_merge2(const uint8_t *low, const uint8_t *high, size_t count, uint8_t *numbers);
void vx_merge4(const uint8_t *b0, const uint8_t *b1, const uint8_t *b2, const uint8_t *b3, size_t count, uint8_t *numbers);

/* Adds to `counts`, 256 for each place in a number, how often each byte stands there in `count` numbers of four bytes. */
void vx_count4(const uint8_t *numbers, size_t count, uint32_t *counts);

/* CRC-32 of ISO 3309, as zlib computes it. */
uint32_t vx_crc32(const uint8_t *bytes, size_t count);

#endif
