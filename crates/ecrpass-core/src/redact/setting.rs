//! Names that end like a secret's, and say how a secret is to be handled.

/// Whether a name is such a setting, with a value that it may have.
pub(super) fn is_one(name: &str, value: &str) -> bool {
    match name {
        // An input of the action amazon-ecr-login.
        "mask-password" => matches!(value, "true" | "false"),
        // A permission of GitHub's.
        "id-token" => matches!(value.trim_end_matches(['.', ',']), "write" | "read" | "none"),
        // BuildKit's mounts have names.
        "--secret" => value.starts_with("id="),
        _ => false,
    }
}
