//! What the operator is to do, read from a configuration and checked: which tokens there are, which secrets are made of
//! them, and where those go. A function of the text.

mod length;
mod problem;
mod registries;
mod secrets;
mod selector;
mod written;

use std::sync::Arc;

pub use self::problem::{Language, Problem};
use self::problem::{Source, Step};
use self::registries::Registries;
pub use self::registries::{TokenSource, Wanted};
use self::secrets::MAX_PULL_SECRETS;
pub use self::secrets::PullSecret;
use self::written::Written;
pub use self::written::{Position, Scope};
use crate::names::{MAX_OWNER, Name, is_label_value};

/// The owner written on secrets when nothing else is said.
pub const DEFAULT_OWNER: &str = "ecrpass-operator";

/// All of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose the secrets are.
    pub owner: Name,
    /// Where it may look.
    pub scope: Scope,
    /// How long before the first expiry it is not ready any more, in seconds.
    pub not_ready_before: i64,
    /// Over what time secrets are rewritten, in seconds.
    pub spread: i64,
    /// Writes that are not urgent, in a second.
    pub writes_per_second: u32,
    /// The tokens that are needed: one for each credentials and endpoint.
    pub tokens: Vec<TokenSource>,
    /// The secrets.
    pub pull_secrets: Vec<PullSecret>,
}

impl Settings {
    /// Reads a configuration.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str, language: Language) -> Result<Self, Problem> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let written = read(text, language)?;
        let source = Source { text, language };
        let owner = written.owner.as_deref().unwrap_or(DEFAULT_OWNER);
        if !is_label_value(owner) || owner.len() > MAX_OWNER {
            let what = format!("`{owner}` cannot be an owner: at most {MAX_OWNER} letters, digits and `-_.`");
            return Err(source.problem(&[Step::Key("owner")], what));
        }
        let length = |name: &'static str, value: Option<&str>, otherwise: i64, most: i64| match value {
            None => Ok(otherwise),
            Some(text) => length::seconds(text).filter(|&seconds| seconds <= most).ok_or_else(|| {
                let what =
                    format!("`{text}` is no time up to {}, like \"90s\" or \"10m\"", length::shown(most));
                source.problem(&[Step::Key(name)], what)
            }),
        };
        let not_ready_before =
            length("not_ready_before", written.not_ready_before.as_deref(), 30 * 60, 5 * 3600)?;
        let spread = length("spread", written.spread.as_deref(), 10 * 60, 3600)?;
        let writes_per_second = written.writes_per_second.unwrap_or(20);
        if !(1..=200).contains(&writes_per_second) {
            let what = format!("{writes_per_second} is not between 1 and 200");
            return Err(source.problem(&[Step::Key("writes_per_second")], what));
        }
        let registries = Registries::check(&written.registry, &source)?;
        let pull_secrets = secrets::check(&written.pull_secret, &registries, written.scope, &source)?;
        Ok(Self {
            owner: Arc::from(owner),
            scope: written.scope,
            not_ready_before,
            spread,
            writes_per_second,
            tokens: registries.tokens,
            pull_secrets,
        })
    }

    /// The same, and what `old` had and this has no more, to be removed everywhere.
    pub fn replacing(mut self, old: &Self) -> Self {
        for secret in &old.pull_secrets {
            let is_new = !self.pull_secrets.iter().any(|known| known.name == secret.name);
            if is_new && self.owner == old.owner && self.pull_secrets.len() < MAX_PULL_SECRETS {
                self.pull_secrets.push(secret.retired());
            }
        }
        self
    }

    /// The same secrets and accounts to look at, and none of it wanted.
    pub fn retired(&self) -> Self {
        let pull_secrets = self.pull_secrets.iter().map(PullSecret::retired).collect();
        Self { pull_secrets, tokens: Vec::new(), ..self.clone() }
    }
}

fn read(text: &str, language: Language) -> Result<Written, Problem> {
    match language {
        Language::Toml => toml::from_str(text).map_err(|error| {
            Problem::at(text, error.span().map(|span| span.start), error.message().trim_end_matches('.'))
        }),
        Language::Json => serde_json::from_str(text).map_err(|error| {
            let position = (error.line() > 0)
                .then(|| ecrpass_json::Position { line: error.line(), column: error.column().max(1) });
            // Its own place, at the end of the sentence, is said already.
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default().to_owned();
            Problem { position, what }
        }),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Settings from TOML that is right.
    pub fn settings(text: &str) -> Settings {
        Settings::parse(text, Language::Toml).unwrap()
    }

    /// Two registries' worth of a small configuration.
    pub const SMALL: &str = r#"
[[registry]]
accounts = ["123456789012"]
regions = ["eu-west-1"]
[[pull_secret]]
name = "ecr"
selector = "pull=yes"
"#;

    fn refused(text: &str) -> String {
        Settings::parse(text, Language::Toml).unwrap_err().to_string()
    }

    #[test]
    fn defaults_are_what_the_page_says() {
        let settings = settings(SMALL);
        assert_eq!(&*settings.owner, "ecrpass-operator");
        assert_eq!((settings.not_ready_before, settings.spread, settings.writes_per_second), (1800, 600, 20));
        assert_eq!(settings.scope, Scope::Cluster);
        let secret = &settings.pull_secrets[0];
        assert_eq!((&*secret.name, secret.position, secret.adopt), ("ecr", Position::Last, false));
        assert_eq!(secret.literal_accounts().unwrap(), ["default"]);
        assert_eq!(secret.wanted[0].host.as_ref(), "123456789012.dkr.ecr.eu-west-1.amazonaws.com");
    }

    #[test]
    fn one_token_serves_all_accounts_of_a_region() {
        let settings = settings(
            r#"
[[registry]]
accounts = ["123456789012", "210987654321"]
regions = ["eu-west-1", "us-east-1"]
[[registry]]
hosts = ["123456789012.dkr.ecr-fips.us-east-1.amazonaws.com"]
[[registry]]
name = "other"
hosts = ["210987654321.dkr.ecr.eu-west-1.amazonaws.com", "public.ecr.aws"]
role_arn = "arn:aws:iam::210987654321:role/pull"
external_id = "x"
[[pull_secret]]
name = "all"
registries = ["other"]
namespaces = ["*"]
"#,
        );
        let sources: Vec<_> = settings
            .tokens
            .iter()
            .map(|token| format!("{} {}", token.source, token.registry.api_host()))
            .collect();
        assert_eq!(
            sources,
            [
                "default api.ecr.eu-west-1.amazonaws.com",
                "default api.ecr.us-east-1.amazonaws.com",
                "default api.ecr-fips.us-east-1.amazonaws.com",
                "arn:aws:iam::210987654321:role/pull api.ecr.eu-west-1.amazonaws.com",
                "arn:aws:iam::210987654321:role/pull api.ecr-public.us-east-1.amazonaws.com",
            ]
        );
        let hosts: Vec<_> = settings.pull_secrets[0].wanted.iter().map(|wanted| wanted.token).collect();
        assert_eq!(hosts, [3, 4]);
    }

    #[test]
    fn json_says_the_same() {
        let json = r#"{"registry": [{"accounts": ["123456789012"], "regions": ["eu-west-1"]}],
            "pull_secret": [{"name": "ecr", "selector": "pull=yes"}]}"#;
        let from_json = Settings::parse(json, Language::Json).unwrap();
        assert_eq!(format!("{from_json:?}"), format!("{:?}", settings(SMALL)));
        let wrong = Settings::parse("{\n \"ownr\": 1}", Language::Json).unwrap_err().to_string();
        assert!(wrong.starts_with("2:") && wrong.contains("unknown field `ownr`"), "{wrong}");
        assert!(!wrong.contains("at line"), "{wrong}");
    }

    #[test]
    fn mistakes_have_a_place_and_say_what_would_be_right() {
        let with = |lines: &str| format!("{SMALL}{lines}\n");
        let registry = |lines: &str| format!("{SMALL}[[registry]]\n{lines}\n");
        for (text, place, words) in [
            ("ownr = 1".to_owned(), "1:1", "unknown field `ownr`"),
            ("owner = \"a b\"".to_owned(), "1:9", "cannot be an owner"),
            ("spread = \"2h\"".to_owned(), "1:10", "no time up to 1h"),
            ("not_ready_before = \"soon\"".to_owned(), "1:20", "no time up to 5h"),
            ("writes_per_second = 0".to_owned(), "1:21", "not between 1 and 200"),
            (String::new(), "", "no [[registry]]"),
            (with("registries = [\"x\"]"), "8:15", "no registry of that name"),
            (with("exclude = [\"Shop\"]"), "8:12", "no name of a namespace"),
            (with("service_accounts = [\"a b\"]"), "8:21", "no name of a service account"),
            (with("[[pull_secret]]\nname = \"ecr\"\nnamespaces = [\"*\"]"), "9:8", "there twice"),
            (with("[[pull_secret]]\nname = \"E\"\nnamespaces = [\"*\"]"), "9:8", "no name of a secret"),
            (with("[[pull_secret]]\nname = \"e\""), "", "goes nowhere"),
            (registry(""), "", "names no registry"),
            (registry("hosts = [\"example.com\"]"), "9:10", "example.com"),
            (registry("hosts = [\"123.dkr.ecr.eu-west-1.amazonaws.com\"]"), "9:10", "12"),
            (registry("accounts = [\"1\"]\nregions = [\"eu-west-1\"]"), "9:13", "no account id"),
            (registry("accounts = [\"123456789012\"]"), "", "`regions`"),
            (registry("accounts = [\"123456789012\"]\nregions = [\"eu—west-1\"]"), "10:12", "eu—west-1"),
            (
                registry("accounts = [\"123456789012\"]\nregions = [\"eu-west-1\"]\nrole_arn = \"pull\""),
                "11:12",
                "ARN of a role",
            ),
            (
                registry(
                    "accounts = [\"123456789012\"]\nregions = [\"eu-west-1\"]\nrole_arn = \"arn:aws:iam::123456789012:role/pull\"\nsession_name = \"a b\"",
                ),
                "12:16",
                "2 to 64",
            ),
            (
                registry("accounts = [\"123456789012\"]\nregions = [\"eu-west-1\"]\nexternal_id = \"x\""),
                "11:15",
                "`role_arn`",
            ),
            (
                registry(
                    "accounts = [\"123456789012\"]\nregions = [\"eu-west-1\", \"us-east-1\"]\naliases = [\"a.example\"]",
                ),
                "11:11",
                "one registry",
            ),
            (format!("{SMALL}selector = \"x\""), "8:1", "duplicate key"),
            (SMALL.replace("pull=yes", "pull=="), "", ""),
            (SMALL.replace("pull=yes", "pull=yes,"), "7:12", "selector"),
            (format!("scope = \"namespaces\"\n{SMALL}"), "8:12", "written out"),
        ] {
            if words.is_empty() {
                assert!(Settings::parse(&text, Language::Toml).is_ok(), "{text}");
                continue;
            }
            let refused = refused(&text);
            assert!(refused.contains(words) && refused.starts_with(place), "{text}\n{refused}");
        }
    }

    #[test]
    fn what_was_configured_before_is_removed_and_nothing_else() {
        let old = settings(SMALL);
        let new = settings(&SMALL.replace("\"ecr\"", "\"other\"")).replacing(&old);
        let names: Vec<_> =
            new.pull_secrets.iter().map(|secret| (&*secret.name, secret.wanted.len())).collect();
        assert_eq!(names, [("other", 1), ("ecr", 0)]);
        assert!(!new.pull_secrets[1].selects("shop", &[("pull".to_owned(), "yes".to_owned())].into()));
        // The name is another owner's from now on.
        let renamed =
            settings(&format!("owner = \"b\"\n{SMALL}").replace("\"ecr\"", "\"x\"")).replacing(&old);
        assert_eq!(renamed.pull_secrets.len(), 1);
        assert!(old.retired().pull_secrets.iter().all(|secret| secret.wanted.is_empty()));
    }
}
