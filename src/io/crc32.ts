/** Cyclic redundancy checks of 32 bits, each with its reflected polynomial. */

function checksum(polynomial: number): (bytes: Uint8Array) => number {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? polynomial ^ (value >>> 1) : value >>> 1;
    return value;
  });
  return (bytes) => {
    let crc = 0xffffffff;
    for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
    return (crc ^ 0xffffffff) >>> 0;
  };
}

/** CRC-32 of gzip and zip, 0..2^32-1. Source: RFC 1952, section 8. */
export const crc32 = checksum(0xedb88320);

/** CRC-32C (Castagnoli) of TensorBoard's records, 0..2^32-1. Source: RFC 3720, section 12.1. */
export const crc32c = checksum(0x82f63b78);
