//! Looks for the texts by which a file can matter to an audit, in all of it at once.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use ecrpass_audit::prefilter::{Interest, SECRETS, SUBJECTS};

/// Whether a text has what it takes.
pub(super) fn matters(bytes: &[u8], interest: Interest) -> bool {
    match interest {
        Interest::None => false,
        Interest::Always => true,
        Interest::Secrets => finds(secrets(), bytes),
        // Most files have nothing of it: that is known after one look.
        Interest::Subjects => {
            finds(anything(), bytes) && (finds(subjects(), bytes) || finds(secrets(), bytes))
        }
    }
}

fn finds(searcher: Option<&AhoCorasick>, bytes: &[u8]) -> bool {
    // Without one, everything is read.
    searcher.is_none_or(|searcher| searcher.is_match(bytes))
}

fn secrets() -> Option<&'static AhoCorasick> {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    SEARCHER.get_or_init(|| build(&SECRETS, false)).as_ref()
}

fn subjects() -> Option<&'static AhoCorasick> {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    SEARCHER.get_or_init(|| build(&SUBJECTS, true)).as_ref()
}

fn anything() -> Option<&'static AhoCorasick> {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    SEARCHER.get_or_init(|| build(&[SECRETS.as_slice(), SUBJECTS.as_slice()].concat(), true)).as_ref()
}

fn build(texts: &[&str], any_case: bool) -> Option<AhoCorasick> {
    AhoCorasick::builder().ascii_case_insensitive(any_case).kind(Some(AhoCorasickKind::DFA)).build(texts).ok()
}

/// Whether a file is text, by its beginning.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(8192)).unwrap_or_default();
    is_utf16(head) || !head.contains(&0)
}

/// Whether it is UTF-16, as PowerShell writes it.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    let is_utf32 = bytes.starts_with(b"\xff\xfe\0\0");
    !is_utf32 && (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff"))
}

/// Whether what is no text to us would be one without its zero bytes, and can matter then: UTF-16 or UTF-32 without a
/// mark, or a script in which something went wrong. Of a picture or a program nobody expects that it is looked at.
pub(super) fn is_lost_text(bytes: &[u8], interest: Interest) -> bool {
    if interest == Interest::None || is_text(bytes) {
        return false;
    }
    // By its name it is a pipeline, a unit, infrastructure code.
    if interest == Interest::Always {
        return true;
    }
    let rest: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let head = rest.get(..rest.len().min(8192)).unwrap_or_default();
    let is_control = |byte: &&u8| byte.is_ascii_control() && !b"\t\n\r\x0c\x1b".contains(byte);
    head.iter().filter(is_control).count() * 100 <= head.len() && matters(&rest, interest)
}

#[cfg(test)]
mod tests {
    use ecrpass_audit::prefilter::interest;

    use super::*;

    #[test]
    fn zero_bytes_hide_no_text() {
        let text = "aws ecr get-login --region us-east-1\n";
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let widest: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let marked = [b"\xff\xfe\0\0".to_vec(), widest.clone()].concat();
        let with_one = format!("#!/bin/sh\n{text}\0");
        let lost = [wide(u16::to_le_bytes), wide(u16::to_be_bytes), widest, marked, with_one.into_bytes()];
        for bytes in &lost {
            for path in ["a.sh", ".gitlab-ci.yml"] {
                assert!(!is_text(bytes) && is_lost_text(bytes, interest(path)), "{path}: {bytes:?}");
            }
            assert!(!is_lost_text(bytes, interest("a.png")), "{bytes:?}");
        }
        // Programs hold such words, too.
        let program = [b"\x7fELF\x02\x01\x01\0\0\x03\0\x3e\0\x01\0\0\0".repeat(9), text.as_bytes().to_vec()];
        for bytes in [program.concat(), b"#!/bin/sh\nmake all\n\0".to_vec(), text.as_bytes().to_vec()] {
            assert!(!is_lost_text(&bytes, interest("a.sh")), "{bytes:?}");
        }
    }

    #[test]
    fn what_can_matter_is_kept() {
        for (path, text, kept) in [
            ("src/main.rs", "docker push 1.dkr.ecr.x.amazonaws.com", false),
            ("src/main.rs", "let key = \"AKIARZPUZDIKGB2VALC4\";", true),
            ("README.md", "aws ecr get-login", false),
            ("a.sh", "aws ECR get-login", true),
            ("a.sh", "make all", false),
            ("k8s/regcred.yml", "type: kubernetes.io/dockerconfigjson", true),
            ("image.png", "AKIA", false),
            ("variables.tf", "variable \"x\" {}", true),
            ("x.timer", "OnCalendar=daily", true),
            // base64 of a configuration with an ECR login in it.
            ("conf.d/x", "eyJhdXRocyI6eyJoIjp7ImF1dGgiOiJRVmRUT21WNUo=", true),
            ("conf.d/x", "eyJhdXRocyI6e30=", false),
        ] {
            assert_eq!(matters(text.as_bytes(), interest(path)), kept, "{path}: {text}");
        }
    }
}
