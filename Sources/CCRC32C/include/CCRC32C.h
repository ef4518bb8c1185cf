#ifndef ACCUEIL_CRC32C_H
#define ACCUEIL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// CRC32C (Castagnoli, RFC 3720 appendix B.4) of `count` bytes, going on from `crc`, the finished checksum of the
/// bytes before them (0 to begin). Uses the processor's instruction where there is one.
uint32_t accueil_crc32c(uint32_t crc, const uint8_t *bytes, size_t count);

/// The same checksum by table, for processors without the instruction and for the tests that compare the two.
uint32_t accueil_crc32c_by_table(uint32_t crc, const uint8_t *bytes, size_t count);

#endif
