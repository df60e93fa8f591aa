//! Where quotes, backslashes and brackets are in a block of 64 bytes: one bit each. JSON is looked through this way because
//! its strings are short: jumping from one to the next costs more than looking at all bytes, eight at a time.

/// A byte in each of eight.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each of eight bytes.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes are looked at.
pub const BLOCK: usize = 64;

/// A bit for each byte of a block; the lowest is the first byte's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// `"`
    pub quotes: u64,
    /// `\`
    pub backslashes: u64,
    /// `{` and `[`
    pub opening: u64,
    /// `}` and `]`
    pub closing: u64,
}

impl Masks {
    /// Those of a block.
    pub fn of(block: &[u8; BLOCK]) -> Self {
        let mut masks = Self::default();
        let (words, _) = block.as_chunks::<8>();
        for (word, shift) in words.iter().zip((0_u32..).step_by(8)) {
            let word = u64::from_le_bytes(*word);
            masks.quotes |= bits(word, b'"') << shift;
            masks.backslashes |= bits(word, b'\\') << shift;
            // `[` and `{` differ in one bit alone, and so do `]` and `}`.
            let folded = word | ONES * 0x20;
            masks.opening |= bits(folded, b'{') << shift;
            masks.closing |= bits(folded, b'}') << shift;
        }
        masks
    }
}

/// A bit for each of eight bytes that is this one.
#[inline]
fn bits(word: u64, byte: u8) -> u64 {
    let differing = word ^ ONES * u64::from(byte);
    // The highest bit of a byte is set here if any other of its bits is: no byte carries into the next.
    let others = (differing & !HIGH) + !HIGH;
    let equal = !(others | differing) & HIGH;
    // Each bit is moved to the highest byte, to its own place in it.
    (equal >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
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
    fn every_byte_is_told_from_every_other_in_every_place() {
        for byte in 0..=255 {
            let mut block = [byte; BLOCK];
            assert_eq!(Masks::of(&block).quotes, slow(&block, b"\""), "{byte}");
            for (at, byte) in block.iter_mut().enumerate() {
                *byte = byte.wrapping_add(u8::try_from(at).unwrap());
            }
            let masks = Masks::of(&block);
            assert_eq!(masks.opening, slow(&block, b"{["), "{byte}");
            assert_eq!(masks.closing, slow(&block, b"}]"), "{byte}");
        }
    }

    proptest! {
        #[test]
        fn masks_are_those_of_looking_at_each_byte(
            block in proptest::collection::vec(
                prop_oneof![any::<u8>(), proptest::sample::select(b"\"\\{}[]\x02\x7b\xdb\xfb\xa2\xdc".to_vec())], BLOCK)
        ) {
            let masks = Masks::of(block.first_chunk().unwrap());
            let expected = Masks {
                quotes: slow(&block, b"\""),
                backslashes: slow(&block, b"\\"),
                opening: slow(&block, b"{["),
                closing: slow(&block, b"}]"),
            };
            prop_assert_eq!(masks, expected);
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
