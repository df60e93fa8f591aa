//! Which files can matter to an audit, told by a few texts, before anything is made of them.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use ecrpass_audit::kind::FileKind;

/// What a stored secret looks like in any text. Case counts: these are base64, or prefixes of ids.
const SECRETS: [&str; 13] = [
    "AKIA",
    "ASIA",
    // base64 of `{"payload":`, an ECR password
    "eyJwYXlsb2FkIjo",
    // base64 of `AWS:` and such a password
    "QVdTOmV5",
    // base64 of `{"auths"`, with the blanks that tools write
    "eyJhdXRocyI",
    "eyAiYXV0aHMi",
    "ewoJImF1dGhz",
    "ewogICJhdXRocyI",
    "ewogICAgImF1dGhz",
    "ewogICAgICAgICJhdXRocyI",
    "\"auths\"",
    "dockerconfigjson",
    "ecrpass: ignore[",
];

/// What a file speaks of that has to do with registries, AWS credentials or containers. Case does not count.
const SUBJECTS: [&str; 44] = [
    "amazonaws",
    "dkr.ecr",
    "dkr-ecr",
    "ecr.aws",
    "ecr-",
    "ecr_",
    "ecr:",
    "-ecr",
    "_ecr",
    "/ecr",
    ".ecr",
    " ecr",
    "awsecr",
    "docker",
    "podman",
    "buildah",
    "skopeo",
    "crane ",
    "oras ",
    "regctl",
    "nerdctl",
    "kaniko",
    "registry",
    "auths",
    "credhelpers",
    "credsstore",
    "aws_access_key",
    "aws_secret",
    "aws_session",
    "accesskey",
    "access-key",
    "configure-aws",
    "sts:assume",
    "openidconnect",
    "oidc",
    "http_tokens",
    "httptokens",
    "metadata_options",
    "metadata-options",
    "containerdefinitions",
    "container_definitions",
    "imagepullsecrets",
    "\"statement\"",
    ".aws/",
];

/// What a file can matter for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interest {
    /// For nothing: a picture, an archive.
    None,
    /// For what may lie in any text.
    Secrets,
    /// For what it sets up.
    Subjects,
    /// For what others say of it, too: pipelines call each other, a timer names a script.
    Always,
}

/// Endings of files that are no text.
const BINARY: [&str; 44] = [
    "7z", "a", "avi", "bin", "bmp", "bz2", "class", "dll", "dylib", "eot", "exe", "gif", "gz", "ico", "img", "iso", "jar",
    "jpeg", "jpg", "lz4", "mov", "mp3", "mp4", "o", "ogg", "otf", "pack", "pdf", "png", "pyc", "rlib", "rpm", "so",
    "sqlite", "tar", "tgz", "tif", "tiff", "ttf", "wasm", "wav", "webp", "woff", "zip",
];

/// Endings of programs and data in which nothing is set up.
const CODE: [&str; 46] = [
    "c", "cc", "cpp", "cs", "css", "csv", "cts", "cxx", "dart", "erl", "ex", "exs", "go", "gradle", "h", "hpp", "hs",
    "java", "js", "jsx", "kt", "less", "lock", "lua", "m", "mjs", "ml", "mts", "php", "pl", "proto", "py", "r", "rb",
    "rs", "scala", "scss", "sql", "sum", "svelte", "svg", "swift", "ts", "tsx", "vue", "xml",
];

/// What a file can matter for, by its path.
pub(super) fn interest(path: &str) -> Interest {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let extension = extension.to_ascii_lowercase();
    let is_in = |list: &[&str]| list.binary_search(&extension.as_str()).is_ok();
    if is_in(&BINARY) {
        return Interest::None;
    }
    match FileKind::by_name(path) {
        Some(FileKind::Pipeline(_) | FileKind::Unit | FileKind::Crontab | FileKind::Terraform) => Interest::Always,
        Some(FileKind::Document | FileKind::Log) => Interest::Secrets,
        Some(_) => Interest::Subjects,
        None if is_in(&CODE) => Interest::Secrets,
        None => Interest::Subjects,
    }
}

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
    use super::*;

    #[test]
    fn lists_are_sorted_to_be_searched() {
        assert!(BINARY.is_sorted() && CODE.is_sorted());
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
            ("conf.d/x", "eyJhdXRocyI6e30=", true),
        ] {
            assert_eq!(matters(text.as_bytes(), interest(path)), kept, "{path}: {text}");
        }
    }
}
