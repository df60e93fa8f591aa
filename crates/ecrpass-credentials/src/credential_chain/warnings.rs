//! What looks like a mistake in the settings of credentials, a sentence each.

use ecrpass_core::CommandLine;
use ecrpass_core::access_key::{self, KeyKind};

use super::precedence::{SourceKind, short};
use super::selection::{Override, Source};
use super::surroundings::Surroundings;
use super::tools::Choice;

impl Surroundings<'_> {
    /// What looks like a mistake, a sentence each; `choices` of the tools that are looked at.
    pub fn warnings(&self, choices: &[Choice]) -> Vec<String> {
        let mut warnings = Vec::new();
        let id = self.var("AWS_ACCESS_KEY_ID").unwrap_or_default();
        let token = self.var("AWS_SESSION_TOKEN").is_some();
        match access_key::kind(id.trim()) {
            KeyKind::Temporary if !token => warnings.push(format!(
                "The environment's key {} is temporary, but AWS_SESSION_TOKEN is not set: AWS will refuse it.",
                short(&id)
            )),
            KeyKind::LongTerm if token => warnings.push(format!(
                "The environment's key {} is a long-term one, but a session token is also set: AWS will refuse the two together.",
                short(&id)
            )),
            _ => {}
        }
        warnings.extend(self.older_token_name());
        let half = self.environment();
        if self.var("AWS_ACCESS_KEY_ID").is_some() && self.var("AWS_SECRET_ACCESS_KEY").is_none() {
            warnings.push(format!(
                "The environment has {}: the AWS CLI stops there, others ignore it.",
                half.detail
            ));
        }
        if half.found && self.var("AWS_PROFILE").is_some() {
            warnings.push("AWS_PROFILE is set, and so are keys in the environment: the keys win, except with the AWS SDK for JavaScript.".to_owned());
        }
        let refused =
            choices.iter().filter(|choice| choice.uses == Some(SourceKind::Profile)).find_map(|choice| {
                let name = choice.profile.as_deref().unwrap_or_default();
                choice.refused.as_ref().map(|why| format!("Profile `{name}`: {why}."))
            });
        warnings.extend(refused);
        warnings.extend(self.mfa());
        warnings.extend(self.difference(choices));
        warnings
    }

    /// Two tools that differ: which takes what, and why.
    fn difference(&self, choices: &[Choice]) -> Option<String> {
        let first = choices.first()?;
        if choices.iter().all(|choice| same(first, choice)) {
            return None;
        }
        let mut told: Vec<(Vec<&str>, String)> = Vec::new();
        for choice in choices {
            let what = match (&choice.stops, &choice.takes) {
                (Some(why), _) => format!("stops ({})", why.trim_end_matches('.')),
                (None, Some(takes)) => format!("takes {takes}"),
                (None, None) => "finds nothing".to_owned(),
            };
            match told.iter_mut().find(|(_, other)| *other == what) {
                Some((tools, _)) => tools.push(choice.tool.title()),
                None => told.push((vec![choice.tool.title()], what)),
            }
        }
        let told: Vec<_> = told.iter().map(|(tools, what)| format!("{}: {what}", tools.join(", "))).collect();
        let kinds: Vec<&str> = self.kinds().iter().map(|(kind, _)| *kind).collect();
        let why = if kinds.len() > 1 && choices.iter().any(|choice| choice.uses == Some(SourceKind::Profile))
        {
            format!(
                " Profile `{}` holds more than one kind of credentials, {}, and each tool has an order of its own.",
                self.profile_name(),
                kinds.join(" and ")
            )
        } else {
            String::new()
        };
        Some(format!(
            "The tools do not use the same credentials: what works in one may fail in another. {}.{why}",
            told.join("; ")
        ))
    }

    /// A role that wants a second factor: only somebody at a terminal can give it.
    fn mfa(&self) -> Option<String> {
        let Ok(Source::Profile(profile)) = self.select(&Override::default()).map(|found| found.source) else {
            return None;
        };
        let name = profile.mfa?;
        let line = CommandLine::shell("eval \"$(aws configure export-credentials --profile");
        let line = line.word(&profile.name).glued(" --format env)\"");
        Some(format!(
            "Profile `{name}` has `mfa_serial`: only the AWS CLI asks for the code, at a terminal; Amazon's helper and the JavaScript SDK stop there, and ecrpass asks AWS without one, which refuses where the role demands it. Next: {line}"
        ))
    }

    /// The older name of the session token. Sources: botocore `credentials.py`, `EnvProvider.TOKENS`, which reads it
    /// first; the Go and Rust SDKs do not know it.
    pub(super) fn older_token_name(&self) -> Option<String> {
        let older = self.var("AWS_SECURITY_TOKEN")?;
        match self.var("AWS_SESSION_TOKEN") {
            None => Some(
                "AWS_SECURITY_TOKEN is set, which only the AWS CLI and other Python tools read: export it as AWS_SESSION_TOKEN."
                    .to_owned(),
            ),
            Some(newer) if newer.trim() != older.trim() => Some(
                "AWS_SECURITY_TOKEN and AWS_SESSION_TOKEN differ: the AWS CLI uses the first, everything else the second."
                    .to_owned(),
            ),
            Some(_) => None,
        }
    }
}

/// Whether two tools call as the same one.
fn same(one: &Choice, other: &Choice) -> bool {
    // Written beside the settings of the sign-in that it uses itself.
    let wraps = |choice: &Choice| {
        [&choice.takes, &choice.stops].into_iter().flatten().any(|text| text.contains("aws-sso-util"))
    };
    let alike = one.uses == other.uses && one.key == other.key && one.role == other.role;
    alike || wraps(one) || wraps(other)
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;
    use crate::credential_chain::tests::files;
    use crate::credential_chain::tools::{Prospects, Tool};

    fn told(variables: &[(&str, &str)], config: &str) -> String {
        let environment = EnvironmentInMemory::of_variables(variables.iter().copied());
        let surroundings = Surroundings { environment: &environment, files: &files(config, "") };
        let choices = Tool::ALL.map(|tool| surroundings.choice(tool, &Prospects::unknown(0), None));
        surroundings.warnings(&choices).join(" ")
    }

    const KEYS: [(&str, &str); 2] =
        [("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];

    #[test]
    fn mistakes_are_seen_and_secrets_are_not_shown() {
        let temporary = [("AWS_ACCESS_KEY_ID", "ASIAY34FZKBOKMUTVV7A"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];
        assert!(told(&temporary, "").contains("AWS_SESSION_TOKEN is not set"));
        let mixed = [KEYS[0], KEYS[1], ("AWS_SESSION_TOKEN", "s3cr3t")];
        let text = told(&mixed, "");
        assert!(
            text.contains("long-term") && !text.contains("s3cr3t") && !text.contains("AKIARZPUZDIKGB2VALC4")
        );
        let both = "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\ncredential_process = echo\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x\n";
        let text = told(&[], both);
        assert!(text.contains("more than one kind") && text.contains("the JavaScript SDK: takes"), "{text}");
        let written = both.replace("= echo", "= aws-sso-util credential-process");
        let alone = [("AWS_EC2_METADATA_DISABLED", "true")];
        assert!(!told(&alone, &written).contains("more than one kind"));
        assert_eq!(told(&KEYS, ""), "");
        let web = "[default]\nrole_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = /t\n";
        assert_eq!(told(&[], web), "");
    }

    #[test]
    fn the_older_name_of_the_session_token_is_read_by_some_only() {
        let temporary = [("AWS_ACCESS_KEY_ID", "ASIAY34FZKBOKMUTVV7A"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];
        let with = |more: &[(&'static str, &'static str)]| told(&[&temporary[..], more].concat(), "");
        let only = with(&[("AWS_SECURITY_TOKEN", "hidden")]);
        assert!(only.contains("export it as AWS_SESSION_TOKEN") && !only.contains("hidden"), "{only}");
        assert!(only.contains("AWS_SESSION_TOKEN is not set"), "{only}");
        let both = with(&[("AWS_SECURITY_TOKEN", "hidden"), ("AWS_SESSION_TOKEN", "other")]);
        assert!(both.contains("differ") && !both.contains("not set"), "{both}");
        assert_eq!(with(&[("AWS_SECURITY_TOKEN", "same"), ("AWS_SESSION_TOKEN", "same")]), "");
    }
}
