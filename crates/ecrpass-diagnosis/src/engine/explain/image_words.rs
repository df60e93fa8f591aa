//! The words of the names of a line's images: in a storm they are others in every line, and make no difference.

use std::sync::OnceLock;

use memchr::memmem::Finder;

use super::ecr_images::PULL_THROUGH;

/// How many words are kept of a line.
const MOST: usize = 12;

/// The words of URLs of the registry API, and of references, that are no names.
const NO_NAMES: [&[u8]; 7] =
    [b"manifests", b"blobs", b"uploads", b"tags", b"list", b"referrers", b"amazonaws"];

/// The words of the names and the tags of a line's ECR images.
#[derive(Default)]
pub struct ImageWords<'a> {
    words: [&'a [u8]; MOST],
    count: usize,
    /// The lengths that they have, as bits.
    lengths: u64,
    /// The letters that they begin with, as bits: most words of a line are told from them by these alone.
    beginnings: u64,
}

impl<'a> ImageWords<'a> {
    /// Those of a line.
    pub fn of(line: &'a [u8]) -> Self {
        static HOST: OnceLock<Finder<'static>> = OnceLock::new();
        let host = HOST.get_or_init(|| Finder::new(b".ecr"));
        let mut found = Self::default();
        // Where the host ends that was looked at last, or the path behind it whose words are known: what stands within
        // has no others.
        let mut looked_at = 0;
        for at in host.find_iter(line) {
            if at < looked_at {
                continue;
            }
            let after = line.get(at + 1..).unwrap_or_default();
            let end = after.iter().position(|byte| !is_host(*byte)).unwrap_or(after.len());
            looked_at = at + 1 + end;
            if let Some((b'/', path)) = after.get(end..).and_then(<[u8]>::split_first) {
                let end = path.iter().position(|byte| is_end(*byte)).unwrap_or(path.len());
                if found.add(path.get(..end).unwrap_or_default()) {
                    looked_at += 1 + end;
                }
            }
        }
        found
    }

    /// Whether a word is one of them.
    pub fn has(&self, word: &[u8]) -> bool {
        self.lengths & length_bit(word) != 0
            && self.beginnings & beginning_bit(word) != 0
            && self.words.get(..self.count).is_some_and(|words| words.contains(&word))
    }

    /// Adds the words of a reference, or of the path of a URL; not of a name that means something: an image of another
    /// registry's that is cached, or one with capitals, which cannot be. Whether it was a name that counts.
    fn add(&mut self, path: &'a [u8]) -> bool {
        let name = path.strip_prefix(b"v2/").unwrap_or(path);
        if PULL_THROUGH.iter().any(|prefix| name.starts_with(prefix.as_bytes())) {
            return false;
        }
        for word in name.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))) {
            let is_name = word.len() > 1
                && !NO_NAMES.contains(&word)
                && word.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'));
            if is_name
                && !self.has(word)
                && let Some(free) = self.words.get_mut(self.count)
            {
                *free = word;
                self.count += 1;
                self.lengths |= length_bit(word);
                self.beginnings |= beginning_bit(word);
            }
        }
        true
    }
}

fn length_bit(word: &[u8]) -> u64 {
    1 << word.len().min(63)
}

fn beginning_bit(word: &[u8]) -> u64 {
    1 << (word.first().copied().unwrap_or_default() & 63)
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

fn is_end(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b'"' | b'\'' | b'`' | b',' | b')' | b'\\' | b'|' | b';' | b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags_are_found_and_nothing_else() {
        let line = b"pulling \"1.dkr.ecr.us-east-1.amazonaws.com/shop/web-api:stable\": https://1.dkr.ecr.us-east-1.amazonaws.com/v2/shop/web-api/manifests/stable: denied";
        let words = ImageWords::of(line);
        for name in ["shop", "web-api", "stable"] {
            assert!(words.has(name.as_bytes()), "{name}");
        }
        for other in ["pulling", "https", "manifests", "denied", "v2", "ecr", ""] {
            assert!(!words.has(other.as_bytes()), "{other}");
        }
        assert_eq!(ImageWords::of(b"from public.ecr.aws/a/nginx:mainline").count, 2);
        assert_eq!(ImageWords::of(b"1.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/nginx").count, 0);
        assert_eq!(ImageWords::of(b"GET https://api.ecr.eu-west-1.amazonaws.com/").count, 0);
    }
}
