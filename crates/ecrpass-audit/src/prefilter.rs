//! Which files can matter to an audit, told by their names and by a few texts in them, so that a large tree is read once
//! and most of it is forgotten.

use crate::kind::FileKind;

/// What a stored secret looks like in any text. Case counts: these are base64, or prefixes of ids.
pub const SECRETS: [&str; 13] = [
    "AKIA",
    "ASIA",
    // base64 of `{"payload"`, an ECR password
    "eyJwYXlsb2FkI",
    // base64 of `AWS:` and such a password
    "QVdTOmV5",
    // base64 of each of the two once more, where they stand in a configuration or a script that is encoded as a whole
    "ZXlKd1lYbHNiMkZrS",
    "V5SndZWGxzYjJGa0",
    "leUp3WVhsc2IyRmtJ",
    "UVZkVE9tVj",
    "FWZFRPbVY1",
    "RVmRUT21WN",
    "\"auths\"",
    "dockerconfigjson",
    "ecrpass: ignore[",
];

/// What a file speaks of that has to do with registries, AWS credentials or containers. Case does not count.
pub const SUBJECTS: [&str; 44] = [
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
    ".aws",
];

/// What a file can matter for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
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
const BINARY: &[&str] = &[
    "7z", "a", "avi", "bin", "bmp", "bz2", "class", "dll", "dylib", "eot", "exe", "gif", "gz", "ico", "img",
    "iso", "jar", "jpeg", "jpg", "lz4", "mov", "mp3", "mp4", "o", "ogg", "otf", "pack", "pdf", "png", "pyc",
    "rlib", "rpm", "so", "sqlite", "tar", "tgz", "tif", "tiff", "ttf", "wasm", "wav", "webp", "woff",
    "woff2", "xz", "zip", "zst",
];

/// Endings of programs and data in which nothing is set up.
const CODE: &[&str] = &[
    "c", "cc", "cpp", "cs", "css", "csv", "cts", "cxx", "dart", "erl", "ex", "exs", "go", "gradle", "h",
    "hpp", "hs", "java", "js", "jsx", "kt", "less", "lock", "lua", "m", "mjs", "ml", "mts", "php", "pl",
    "proto", "py", "r", "rb", "rs", "scala", "scss", "sql", "sum", "svelte", "svg", "swift", "ts", "tsx",
    "vue", "xml",
];

/// What a file can matter for, by its path.
pub fn interest(path: &str) -> Interest {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let extension = extension.to_ascii_lowercase();
    let is_in = |list: &[&str]| list.binary_search(&extension.as_str()).is_ok();
    if is_in(BINARY) {
        return Interest::None;
    }
    // What an image gets as docker's configuration: that there is no login in it is worth knowing.
    let lower = name.to_ascii_lowercase();
    let is_configuration = lower == "config.json" || lower.ends_with(".json") && lower.contains("docker");
    if is_configuration || lower == "auth.json" {
        return Interest::Always;
    }
    match FileKind::by_name(path) {
        Some(FileKind::Pipeline(_) | FileKind::Unit | FileKind::Crontab | FileKind::Terraform) => {
            Interest::Always
        }
        Some(FileKind::Document | FileKind::Log) => Interest::Secrets,
        Some(_) => Interest::Subjects,
        None if is_in(CODE) => Interest::Secrets,
        None => Interest::Subjects,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_to_be_searched() {
        assert!(BINARY.is_sorted() && CODE.is_sorted());
        assert!(SUBJECTS.iter().all(|text| *text == text.to_ascii_lowercase()));
    }

    #[test]
    fn names_say_what_a_file_can_matter_for() {
        for (path, expected) in [
            ("a/image.PNG", Interest::None),
            ("src/main.rs", Interest::Secrets),
            ("README.md", Interest::Secrets),
            ("a.sh", Interest::Subjects),
            ("conf.d/x", Interest::Subjects),
            (".github/workflows/ci.yml", Interest::Always),
            ("x.timer", Interest::Always),
            ("variables.tf", Interest::Always),
            ("images/ci/config.json", Interest::Always),
            ("tsconfig.json", Interest::Subjects),
        ] {
            assert_eq!(interest(path), expected, "{path}");
        }
    }
}
