#include "vx_kernels.h"
#include <pthread.h>

/*
 * CRC-32 as in zlib, gzip and git's pack indexes (ISO 3309: polynomial 0xedb88320, reflected), eight bytes a step with one
 * table for each ("slicing by eight", Kounavis and Berry, 2005). The first call fills the tables.
 */

static uint32_t tables[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? 0xedb88320u : 0);
        tables[0][byte] = value;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int table = 1; table < 8; table++)
            tables[table][byte] = (tables[table - 1][byte] >> 8) ^ tables[0][tables[table - 1][byte] & 0xff];
}

uint32_t vx_crc32(const uint8_t *bytes, size_t count) { return vx_crc32_more(0, bytes, count); }

uint32_t vx_crc32_more(uint32_t before, const uint8_t *bytes, size_t count) {
    pthread_once(&once, fill);
    uint32_t value = ~before;
    for (; count >= 8; count -= 8, bytes += 8) {
        uint32_t low = value ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24);
        value = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24]
            ^ tables[3][bytes[4]] ^ tables[2][bytes[5]] ^ tables[1][bytes[6]] ^ tables[0][bytes[7]];
    }
    for (; count > 0; count--, bytes++) value = (value >> 8) ^ tables[0][(value ^ *bytes) & 0xff];
    return ~value;
}
