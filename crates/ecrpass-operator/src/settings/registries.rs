//! The registries of a configuration, and the tokens they need: one for each credentials and endpoint.

use std::sync::Arc;

use ecrpass_core::account::is_account_id;
use ecrpass_core::registry::{is_host, normalize_host};
use ecrpass_core::{Arn, Partition, Registry};
use ecrpass_credentials::credential_chain::Override;

use super::problem::{Problem, Source, Step};
use super::written::WrittenRegistry;
use crate::digest;
use crate::names::Name;

/// A token: with which credentials it is asked for, and where.
#[derive(Clone, Debug)]
pub struct TokenSource {
    /// One of the registries it is good for.
    pub registry: Registry,
    /// What the configuration demands of the credentials.
    pub over: Override,
    /// The credentials in a word, for metrics and messages.
    pub source: String,
    /// The same in few letters, to tell what an entry was made with. It does not change while the configuration stays.
    pub mark: Name,
}

/// A host, and the token it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The host as clients write it.
    pub host: Name,
    /// The number of the token.
    pub token: usize,
}

/// The registries, checked.
pub struct Registries {
    /// The tokens.
    pub tokens: Vec<TokenSource>,
    groups: Vec<Group>,
}

/// What one `[[registry]]` says.
struct Group {
    name: Option<String>,
    registries: Vec<(Registry, usize)>,
    aliases: Vec<String>,
}

impl Registries {
    /// Checks what is written.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(super) fn check(written: &[WrittenRegistry], source: &Source<'_>) -> Result<Self, Problem> {
        if written.is_empty() {
            return Err(Problem { position: None, what: "there is no [[registry]]".to_owned() });
        }
        let mut all = Self { tokens: Vec::new(), groups: Vec::new() };
        for (number, registry) in written.iter().enumerate() {
            let at = |key: &'static str, item: Option<usize>, what: String| {
                let mut path = vec![Step::Key("registry"), Step::Item(number), Step::Key(key)];
                path.extend(item.map(Step::Item));
                source.problem(&path, what)
            };
            let named = |group: &Group| registry.name.is_some() && group.name == registry.name;
            if all.groups.iter().any(named) {
                return Err(at("name", None, "the name is there twice".to_owned()));
            }
            let over = over(registry).map_err(|(key, what)| at(key, None, what))?;
            let hosts = hosts(registry).map_err(|(key, item, what)| at(key, item, what))?;
            let registries: Vec<_> =
                hosts.into_iter().map(|host| (host.clone(), all.token(host, &over))).collect();
            if !registry.aliases.is_empty() && registries.len() != 1 {
                let what =
                    "an alias stands for one registry: give it a [[registry]] with one host".to_owned();
                return Err(at("aliases", None, what));
            }
            for (item, alias) in registry.aliases.iter().enumerate() {
                if !is_host(alias) || alias.chars().any(|c| c.is_ascii_uppercase()) {
                    return Err(at(
                        "aliases",
                        Some(item),
                        format!("`{alias}` is no host, like registry.example.com"),
                    ));
                }
            }
            let (name, aliases) = (registry.name.clone(), registry.aliases.clone());
            all.groups.push(Group { name, registries, aliases });
        }
        Ok(all)
    }

    /// The number of the token for a registry.
    fn token(&mut self, registry: Registry, over: &Override) -> usize {
        let key = |registry: &Registry| {
            (
                registry.is_public(),
                registry.partition(),
                registry.region().to_owned(),
                registry.fips(),
                registry.dual_stack(),
            )
        };
        let same = |token: &TokenSource| token.over == *over && key(&token.registry) == key(&registry);
        self.tokens.iter().position(same).unwrap_or_else(|| {
            let source = label(over);
            let text = format!(
                "{}\0{:?}\0{:?}\0{:?}\0{:?}",
                registry.api_host(),
                over.profile,
                over.role_arn,
                over.external_id,
                over.session_name
            );
            let mark = Arc::from(digest::short(text.as_bytes()));
            self.tokens.push(TokenSource { registry, over: over.clone(), source, mark });
            self.tokens.len() - 1
        })
    }

    /// The hosts of the registries with these names, or of all; the name of one that is not there.
    pub(super) fn wanted(&self, names: Option<&[String]>, globs: bool) -> Result<Vec<Wanted>, usize> {
        let mut wanted: Vec<Wanted> = Vec::new();
        let mut add = |host: &str, token: usize| {
            if !wanted.iter().any(|known| &*known.host == host) {
                wanted.push(Wanted { host: Arc::from(host), token });
            }
        };
        for (item, name) in names.unwrap_or_default().iter().enumerate() {
            if !self.groups.iter().any(|group| group.name.as_ref() == Some(name)) {
                return Err(item);
            }
        }
        for group in &self.groups {
            if names.is_some_and(|names| !group.name.as_ref().is_some_and(|name| names.contains(name))) {
                continue;
            }
            for (registry, token) in &group.registries {
                let glob = registry.account().filter(|_| globs);
                let rest = glob.and_then(|account| registry.host().strip_prefix(account));
                match rest {
                    Some(rest) => add(&format!("*{rest}"), *token),
                    None => add(registry.host(), *token),
                }
                group.aliases.iter().for_each(|alias| add(alias, *token));
            }
        }
        Ok(wanted)
    }
}

/// Credentials in a word.
fn label(over: &Override) -> String {
    let profile = over.profile.as_deref().map(|profile| format!("profile {profile}"));
    match (profile, &over.role_arn) {
        (None, None) => "default".to_owned(),
        (Some(profile), None) => profile,
        (None, Some(role)) => role.clone(),
        (Some(profile), Some(role)) => format!("{role} by {profile}"),
    }
}

type Wrong = (&'static str, String);

fn over(registry: &WrittenRegistry) -> Result<Override, Wrong> {
    let is_role = |text: &str| {
        Arn::parse(text).is_some_and(|arn| {
            arn.service == "iam"
                && arn.role_name().is_some_and(|name| !name.is_empty())
                && is_account_id(arn.account)
        })
    };
    if let Some(role) = &registry.role_arn
        && !is_role(role)
    {
        let what = format!("`{role}` is not the ARN of a role, like arn:aws:iam::123456789012:role/pull");
        return Err(("role_arn", what));
    }
    for (key, value) in [("external_id", &registry.external_id), ("session_name", &registry.session_name)] {
        if value.is_some() && registry.role_arn.is_none() {
            return Err((key, format!("`{key}` means nothing without `role_arn`")));
        }
    }
    // Source: STS API Reference, `AssumeRole`.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if let Some(name) = &registry.session_name
        && !((2..=64).contains(&name.len()) && name.chars().all(is_allowed))
    {
        let what = "a session's name has 2 to 64 letters, digits and `_+=,.@-`".to_owned();
        return Err(("session_name", what));
    }
    Ok(Override {
        profile: registry.profile.clone(),
        role_arn: registry.role_arn.clone(),
        external_id: registry.external_id.clone(),
        session_name: registry.session_name.clone(),
        session_policy: None,
        profile_option: None,
    })
}

fn hosts(registry: &WrittenRegistry) -> Result<Vec<Registry>, (&'static str, Option<usize>, String)> {
    let mut hosts = Vec::new();
    for (item, host) in registry.hosts.iter().enumerate() {
        let parsed = Registry::parse(host).map_err(|error| ("hosts", Some(item), error.to_string()))?;
        if normalize_host(host) != *host {
            let what = format!("`{host}` is more than a host: write `{}`", parsed.host());
            return Err(("hosts", Some(item), what));
        }
        hosts.push(parsed);
    }
    match (registry.accounts.is_empty(), registry.regions.is_empty()) {
        (true, true) if hosts.is_empty() => {
            return Err((
                "hosts",
                None,
                "it names no registry: `hosts`, or `accounts` and `regions`".to_owned(),
            ));
        }
        (false, true) => return Err(("accounts", None, "`accounts` needs `regions`".to_owned())),
        (true, false) => return Err(("regions", None, "`regions` needs `accounts`".to_owned())),
        _ => {}
    }
    for (item, account) in registry.accounts.iter().enumerate() {
        if !is_account_id(account) {
            let what = format!("`{account}` is no account id: 12 digits, in quotes");
            return Err(("accounts", Some(item), what));
        }
    }
    for account in &registry.accounts {
        for (item, region) in registry.regions.iter().enumerate() {
            let partition = Partition::of_region(region).unwrap_or(Partition::Aws);
            let host = format!("{account}.dkr.ecr.{region}.{}", partition.dns_suffix());
            let parsed = Registry::parse(&host)
                .ok()
                .filter(|parsed| parsed.region() == region)
                .ok_or_else(|| ("regions", Some(item), format!("`{region}` is no region, like eu-west-1")))?;
            hosts.push(parsed);
        }
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;

    #[test]
    fn hosts_come_in_every_form() {
        let of = |lines: &str, more: &str| {
            let text =
                format!("[[registry]]\n{lines}\n[[pull_secret]]\nname = \"a\"\nnamespaces = [\"*\"]\n{more}");
            let wanted = settings(&text).pull_secrets[0].wanted.clone();
            wanted.iter().map(|wanted| wanted.host.to_string()).collect::<Vec<_>>()
        };
        let cn = "accounts = [\"123456789012\"]\nregions = [\"cn-north-1\"]";
        assert_eq!(of(cn, ""), ["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"]);
        let two = "accounts = [\"123456789012\", \"210987654321\"]\nregions = [\"eu-west-1\"]\nhosts = [\"public.ecr.aws\"]";
        assert_eq!(of(two, "globs = true"), ["public.ecr.aws", "*.dkr.ecr.eu-west-1.amazonaws.com"]);
        let alias = "hosts = [\"123456789012.dkr.ecr.eu-west-1.amazonaws.com\"]\naliases = [\"registry.example.com\"]";
        assert_eq!(of(alias, ""), ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "registry.example.com"]);
    }

    #[test]
    fn what_decides_about_the_credentials_is_in_the_mark() {
        let mark = |lines: &str| {
            let text = format!(
                "[[registry]]\naccounts = [\"123456789012\"]\nregions = [\"eu-west-1\"]\n{lines}\n[[pull_secret]]\nname = \"a\"\nnamespaces = [\"*\"]"
            );
            settings(&text).tokens[0].mark.to_string()
        };
        let role = "role_arn = \"arn:aws:iam::123456789012:role/a\"";
        let marks = [
            mark(""),
            mark("profile = \"a\""),
            mark(role),
            mark(&format!("{role}\nexternal_id = \"a\"")),
            mark(&format!("{role}\nsession_name = \"ab\"")),
        ];
        for (number, one) in marks.iter().enumerate() {
            assert!(marks.iter().skip(number + 1).all(|other| other != one), "{number}");
        }
        assert_eq!(mark(""), marks[0]);
    }
}
