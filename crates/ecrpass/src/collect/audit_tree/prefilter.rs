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
        Interest::Subjects => finds(subjects(), bytes) || finds(secrets(), bytes),
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
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

#[cfg(test)]
mod tests {
    use ecrpass_audit::prefilter::interest;

    use super::*;

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
