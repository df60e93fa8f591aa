//! The shape of a line: what is left of it when numbers, times, generated names and the names of its images are taken
//! out. Lines of one shape say the same.

use std::sync::LazyLock;

use super::image_words::ImageWords;

/// From this length on the length of a number counts: an account has twelve digits, not eleven.
const IDENTIFIER: usize = 10;

/// What stands for a word with a number in it.
const NUMBER: u64 = 1;

/// What stands for a word of an image's name.
const NAME: u64 = 2;

/// A number that stands for the shape of a line.
pub fn shape(line: &[u8]) -> u64 {
    let names = ImageWords::of(line);
    let kinds: &[u8; 256] = &KINDS;
    let kind = |byte: u8| kinds.get(usize::from(byte)).copied().unwrap_or(OTHER);
    let mut hash = Hash(0);
    // What comes from here on is not in the hash yet.
    let mut from = 0;
    let mut at = 0;
    while let Some(rest) = line.get(at..)
        && let Some(before) = rest.iter().position(|byte| kind(*byte) != OTHER)
    {
        let start = at + before;
        let mut has = OTHER;
        let length = rest.iter().skip(before).take_while(|byte| {
            let kind = kind(**byte);
            has |= kind;
            kind != OTHER
        });
        at = start + length.count();
        let word = line.get(start..at).unwrap_or_default();
        let stands_for = if has & DIGIT != 0 {
            if says_something(line, start, word) {
                continue;
            }
            let is_identifier = word.len() >= IDENTIFIER && has == DIGIT;
            if is_identifier { word.len() as u64 } else { NUMBER }
        } else if names.has(word) {
            NAME
        } else {
            continue;
        };
        hash.add(line.get(from..start).unwrap_or_default());
        hash.number(stands_for);
        from = at;
    }
    hash.add(line.get(from..).unwrap_or_default());
    hash.0
}

/// Kinds of bytes, as bits: between words, a digit, what else words are made of.
const OTHER: u8 = 0;
const DIGIT: u8 = 1;
const LETTER: u8 = 2;

/// The kinds of all bytes: most of what a storm costs is asking for them.
static KINDS: LazyLock<[u8; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| match u8::try_from(byte) {
        Ok(b'0'..=b'9') => DIGIT,
        Ok(b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_') => LETTER,
        _ => OTHER,
    })
});

/// Whether a word with digits makes a difference: a status, a region, the beginning of an address of a network that is
/// not the internet, `x509`.
fn says_something(line: &[u8], start: usize, word: &[u8]) -> bool {
    let before = start.checked_sub(1).and_then(|before| line.get(before)).copied().unwrap_or(b' ');
    let after = line.get(start + word.len()).copied().unwrap_or(b' ');
    if word.iter().all(u8::is_ascii_digit) {
        // What registries, proxies and AWS answer with.
        let is_status = matches!(
            word,
            b"400"
                | b"401"
                | b"403"
                | b"404"
                | b"405"
                | b"407"
                | b"409"
                | b"412"
                | b"413"
                | b"416"
                | b"429"
                | b"500"
                | b"502"
                | b"503"
                | b"504"
        );
        let is_network = matches!(word, b"10" | b"127" | b"169" | b"172" | b"192" | b"254" | b"168");
        return is_status && !matches!(before, b'.' | b',' | b':')
            || is_network && after == b'.' && before != b':';
    }
    match word {
        b"x509" | b"v1" | b"v2" | b"s3" | b"S3" | b"sha256" | b"401" => true,
        [a, b, b'-', place @ .., b'-', last] => {
            let is_place = place.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-');
            a.is_ascii_lowercase() && b.is_ascii_lowercase() && is_place && last.is_ascii_digit()
        }
        _ => false,
    }
}

/// A number that stands for a text, the same in every run.
pub fn number(text: &[u8]) -> u64 {
    let mut hash = Hash(0);
    hash.add(text);
    hash.0
}

/// Multiplies and mixes eight bytes at a time.
struct Hash(u64);

impl Hash {
    fn number(&mut self, number: u64) {
        // Both halves of the product: its lower half alone has little of the number's last bytes in it.
        let product = u128::from(self.0.rotate_left(23) ^ number) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    fn add(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.number(u64::from_le_bytes(*word));
        }
        let last = rest.iter().fold(rest.len() as u64, |last, byte| last << 8 | u64::from(*byte));
        self.number(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_say_the_same_have_one_shape() {
        let line = "I0211 09:14:03.118000    1234 kubelet.go:211] pod=\"default/web-5d8f7c9b6-x2kqj\" Failed to pull image \"123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:1.4.2\": 403 Forbidden";
        for (from, to) in [
            ("09:14:03.118000", "19:31:40.403001"),
            ("5d8f7c9b6-x2kqj", "66b9c7d4f-9zzlm"),
            ("1.4.2", "1.5.0"),
            ("123456789012", "999999999999"),
            ("I0211", "I0212"),
            ("shop/web:", "shop/api:"),
            ("shop/web:", "platform/payments-gateway:"),
        ] {
            assert_eq!(shape(line.as_bytes()), shape(line.replace(from, to).as_bytes()), "{from}");
        }
        for (from, to) in [
            ("403", "401"),
            ("Failed", "failed"),
            ("us-east-1", "eu-west-1"),
            ("us-east-1", "us-east-1a"),
            ("123456789012", "12345678901"),
            ("shop/web:", "shop/Web:"),
            ("shop/web:", "docker-hub/web:"),
            ("shop/web:", "shop/web+"),
            ("shop/web:", "shop/team/web:"),
        ] {
            assert_ne!(shape(line.as_bytes()), shape(line.replace(from, to).as_bytes()), "{from}");
        }
    }

    #[test]
    fn what_a_network_is_makes_a_difference() {
        let dial = |address: &str| shape(format!("dial tcp {address}:443: i/o timeout").as_bytes());
        assert_eq!(dial("10.0.3.4"), dial("10.1.2.200"));
        assert_eq!(dial("52.94.1.2"), dial("3.5.7.9"));
        assert_ne!(dial("10.0.3.4"), dial("52.94.1.2"));
        assert_ne!(dial("169.254.169.254"), dial("52.94.1.2"));
    }
}
