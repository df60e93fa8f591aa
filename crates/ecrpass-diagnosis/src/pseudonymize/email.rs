//! E-mail addresses in a word.

/// Users everybody has: in the address of a git repository, in the login of a registry.
const KNOWN: [&str; 3] = ["git", "AWS", "oauth2accesstoken"];

/// The user and the domain of the address that a text begins with.
pub(super) fn at_start(text: &str) -> Option<(&str, &str)> {
    let is_user = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    // A user has 64 characters at most; a line of megabytes is not read again for each of its words.
    let (end, _) = text.char_indices().take(65).find(|&(_, c)| !is_user(c))?;
    let (user, rest) = text.split_at(end);
    let domain = rest.strip_prefix('@')?;
    let is_domain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let end = domain.find(|c| !is_domain(c)).unwrap_or(domain.len());
    let domain = domain.get(..end)?.trim_end_matches(['.', '-']);
    let (_, top) = domain.rsplit_once('.')?;
    let is_top = top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
    (!user.is_empty() && is_top && !KNOWN.contains(&user)).then_some((user, domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_domain_is_an_address() {
        assert_eq!(at_start("ada@corp.example."), Some(("ada", "corp.example")));
        assert_eq!(at_start("a.b+c@x.co.uk/y"), Some(("a.b+c", "x.co.uk")));
        for text in ["git@github.com:a/b", "alpine@sha256:00", "a@b", "@a.b", "a@1.2", "plain"] {
            assert_eq!(at_start(text), None, "{text}");
        }
    }
}
