//! Whether a name suggests that what it names logs in or brings AWS credentials: whoever might, did.

/// Words that suggest a login to a registry.
const LOGIN: [&str; 6] = ["login", "registry", "docker", "signin", "sign-in", "dkr"];

/// Words that suggest AWS credentials.
const CREDENTIALS: [&str; 12] = [
    "aws",
    "cred",
    "assume",
    "vault",
    "oidc",
    "login",
    "auth",
    "secret",
    "doppler",
    "chamber",
    "infisical",
    "okta",
];

/// Whether a name or its arguments suggest a login.
pub fn login(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    LOGIN.iter().any(|word| text.contains(word)) || has_ecr(&text) || text.contains("auth")
}

/// Whether a name or its arguments suggest AWS credentials.
pub fn credentials(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    CREDENTIALS.iter().any(|word| text.contains(word)) || has_ecr(&text)
}

/// Whether `ecr` is a word or begins or ends one; it stands within `secret` and `recreate` too.
pub fn has_ecr(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.match_indices("ecr").any(|(at, word)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        let is_letter =
            |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphabetic());
        !is_letter(before) || !is_letter(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecr_is_a_word() {
        for name in ["cloudmates/ecr-build-push", "ecr_login", "myecr", "awsECR"] {
            assert!(has_ecr(name), "{name}");
        }
        for name in ["secrets", "recreate", "decrypt"] {
            assert!(!has_ecr(name), "{name}");
        }
    }
}
