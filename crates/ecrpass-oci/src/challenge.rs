//! `WWW-Authenticate`: what a registry demands of whoever asks. Source: RFC 9110, section 11.6.1; distribution, "Token
//! authentication specification".

/// What is demanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// The user name and password themselves, as ECR's private registries want them.
    Basic,
    /// A token, to be had elsewhere for them.
    Bearer {
        /// The address that gives tokens.
        realm: String,
        /// The name the registry has there.
        service: Option<String>,
        /// What the token is to allow.
        scope: Option<String>,
    },
}

impl Challenge {
    /// Reads the header's value; `None` when it is of neither kind.
    pub fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service, mut scope) = (None, None, None);
        for (name, value) in parameters(rest) {
            match name.as_str() {
                "realm" => realm = Some(value),
                "service" => service = Some(value),
                "scope" => scope = Some(value),
                _ => {}
            }
        }
        Some(Self::Bearer { realm: realm?, service, scope })
    }
}

/// `name=value` and `name="quoted \" value"`, separated by commas; the names in lower case.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', ',']);
    while let Some((name, after)) = rest.split_once('=') {
        let (value, remainder) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => after.split_once(',').map_or((after.to_owned(), ""), |(v, rest)| (v.to_owned(), rest)),
        };
        found.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        rest = remainder.trim_start_matches([' ', ',']);
    }
    found
}

/// The text up to the closing quote, and what comes after it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => value.extend(characters.next()),
            other => value.push(other),
        }
    }
    (value, characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_of_registries_are_read() {
        assert_eq!(
            Challenge::parse("Basic realm=\"https://h/\",service=\"ecr.amazonaws.com\""),
            Some(Challenge::Basic)
        );
        let public =
            "Bearer realm=\"https://public.ecr.aws/token/\",service=\"public.ecr.aws\",scope=\"aws\"";
        let Some(Challenge::Bearer { realm, service, scope }) = Challenge::parse(public) else { panic!() };
        assert_eq!(realm, "https://public.ecr.aws/token/");
        assert_eq!((service.as_deref(), scope.as_deref()), (Some("public.ecr.aws"), Some("aws")));
        assert_eq!(Challenge::parse("Negotiate"), None);
    }

    #[test]
    fn quotes_commas_and_bare_words_are_understood() {
        let odd = r#"bearer  service=a , Realm="https://h/t?a=\"b\",c", scope="repository:x:pull,push""#;
        assert_eq!(
            Challenge::parse(odd),
            Some(Challenge::Bearer {
                realm: "https://h/t?a=\"b\",c".to_owned(),
                service: Some("a".to_owned()),
                scope: Some("repository:x:pull,push".to_owned()),
            })
        );
        for none in ["Bearer", "Bearer service=\"x\"", "Bearer realm", ""] {
            assert_eq!(Challenge::parse(none), None, "{none}");
        }
        // One that never closes its quote.
        assert!(Challenge::parse("Bearer realm=\"https://h").is_some());
    }
}
