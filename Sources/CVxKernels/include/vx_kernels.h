#ifndef VX_KERNELS_H
#define VX_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Whether the functions with a state, up to vx_sha256_end, may be called: they are there for x86-64 only. */
int vx_sha256_instructions_exist(void);

/* The state of a message of which nothing is hashed. */
void vx_sha256_begin(uint32_t state[8]);

/* Hashes `count` whole blocks of 64 bytes. */
void vx_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count);

/* Hashes up to `count` blocks, and takes as many times 64 bytes at `bytes` into a Gear hash with the table `gear`. Stops before
 * the 64 bytes in which that hash comes below `limit`, and says how many blocks are done. */
size_t vx_sha256_scan(
    uint32_t state[8], const uint8_t *blocks, size_t count, const uint8_t *bytes, uint64_t *hash, uint64_t limit,
    const uint64_t *gear);

/* The digest of a message of `length` bytes of which all whole blocks are hashed; the others are at `rest`. */
void vx_sha256_end(uint32_t state[8], const uint8_t *rest, uint64_t length, uint8_t digest[32]);

/* Whether vx_sha256_many may be called on this processor. */
int vx_sha256_many_is_supported(void);

/* SHA-256 of `count` messages; message i has `lengths[i]` bytes at `base + offsets[i]`. Digest i goes to `digests + 32 * i`. */
void vx_sha256_many(const uint8_t *base, const size_t *offsets, const size_t *lengths, size_t count, uint8_t *digests);

/* The bytes of `count` numbers of two or four bytes: those that stand first in their number, second, and so on. */
void vx_split2(const uint8_t *numbers, size_t count, uint8_t *b0, uint8_t *b1);
void vx_split4(const uint8_t *numbers, size_t count, uint8_t *b0, uint8_t *b1, uint8_t *b2, uint8_t *b3);

/* `count` numbers of two or four bytes from their bytes. */
void vx_merge2(const uint8_t *b0, const uint8_t *b1, size_t count, uint8_t *numbers);
void vx_merge4(const uint8_t *b0, const uint8_t *b1, const uint8_t *b2, const uint8_t *b3, size_t count, uint8_t *numbers);

/* Adds to `counts`, 256 for each place in a number, how often each byte stands there in `count` numbers of four bytes. */
void vx_count4(const uint8_t *numbers, size_t count, uint32_t *counts);

/* CRC-32 of ISO 3309, as zlib computes it. */
uint32_t vx_crc32(const uint8_t *bytes, size_t count);

/* The same of bytes that follow those whose CRC-32 is `before`; that of no bytes is 0. */
uint32_t vx_crc32_more(uint32_t before, const uint8_t *bytes, size_t count);

#endif
