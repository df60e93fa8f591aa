//! Where quotes and brackets are in a block of 64 bytes: one bit each. JSON is looked through this way because its strings
//! are short: jumping from one to the next costs more than looking at all bytes, many at a time.
//!
//! The loops over bytes are written so that a compiler turns them into instructions on many bytes at once.

/// How many bytes are looked at.
pub const BLOCK: usize = 64;

/// The bit of each byte, in each eight of them.
const BITS: [[u8; 8]; BLOCK / 8] = [[1, 2, 4, 8, 16, 32, 64, 128]; BLOCK / 8];

/// A byte in each of eight.
const ONES: u64 = 0x0101_0101_0101_0101;

/// A bit for each byte of a block that is a quote; the lowest is the first byte's.
#[inline]
pub fn quotes(block: &[u8; BLOCK]) -> u64 {
    mask(block, |byte| byte == b'"')
}

/// The same for backslashes.
#[inline]
pub fn backslashes(block: &[u8; BLOCK]) -> u64 {
    mask(block, |byte| byte == b'\\')
}

/// A bit for each byte of a block that may be a bracket: outside of strings it is one, for the letters and signs that look
/// alike here (`y`, `Y`, `_`, …) are in strings only.
#[inline]
pub fn brackets(block: &[u8; BLOCK]) -> u64 {
    // `[` and `{` differ in one bit alone, and so do `]` and `}`; these two differ in two more.
    mask(block, |byte| (byte | 0x26) == 0x7f)
}

#[inline]
fn mask(block: &[u8; BLOCK], is_it: impl Fn(u8) -> bool) -> u64 {
    let mut found = [0_u8; BLOCK];
    for ((found, byte), bit) in found.iter_mut().zip(block).zip(BITS.as_flattened()) {
        *found = if is_it(*byte) { *bit } else { 0 };
    }
    let mut mask = [0_u8; 8];
    let (words, _) = found.as_chunks::<8>();
    for (mask, word) in mask.iter_mut().zip(words) {
        // Each byte has a bit of its own: their sum, in the highest byte of the product, is all of them.
        *mask = (u64::from_le_bytes(*word).wrapping_mul(ONES) >> 56) as u8;
    }
    u64::from_le_bytes(mask)
}

/// For each bit whether the number of bits up to it is odd.
#[inline]
pub fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slow(block: &[u8], bytes: &[u8]) -> u64 {
        block.iter().enumerate().filter(|(_, byte)| bytes.contains(byte)).map(|(at, _)| 1_u64 << at).sum()
    }

    #[test]
    fn every_byte_is_told_in_every_place() {
        for byte in 0..=255_u8 {
            let mut block = [byte; BLOCK];
            for (at, byte) in block.iter_mut().enumerate() {
                *byte = byte.wrapping_add(u8::try_from(at).unwrap());
            }
            assert_eq!(quotes(&block), slow(&block, b"\""), "{byte}");
            assert_eq!(backslashes(&block), slow(&block, b"\\"), "{byte}");
            assert_eq!(brackets(&block) & slow(&block, b"{}[]"), slow(&block, b"{}[]"), "{byte}");
            // What else may be taken for one stands in strings only.
            let outside = b"\",:-+.0123456789eEtrufalsn \t\r\n\\";
            assert_eq!(brackets(&block) & slow(&block, outside), 0, "{byte}");
        }
    }

    proptest! {
        #[test]
        fn quotes_are_those_of_looking_at_each_byte(block in proptest::collection::vec(
            prop_oneof![any::<u8>(), proptest::sample::select(b"\"\x02\xa2\\{".to_vec())], BLOCK)) {
            prop_assert_eq!(quotes(block.first_chunk().unwrap()), slow(&block, b"\""));
        }

        #[test]
        fn parity_is_that_of_counting(bits: u64) {
            for at in 0..64 {
                let up_to = bits & (u64::MAX >> (63 - at));
                prop_assert_eq!(parity(bits) >> at & 1, u64::from(up_to.count_ones() % 2));
            }
        }
    }
}
