//! What looks like a mistake in the settings of credentials, a sentence each.

use ecrpass_core::access_key::{self, KeyKind};

use super::precedence::{Choice, Tool, short};
use super::surroundings::Surroundings;

impl Surroundings<'_> {
    /// What looks like a mistake, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
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
        let kinds = self.kinds();
        if kinds.len() > 1 {
            let kinds: Vec<&str> = kinds.iter().map(|(kind, _)| *kind).collect();
            warnings.push(format!(
                "Profile `{}` holds more than one kind of credentials, {}: tools pick different ones.",
                self.profile_name(),
                kinds.join(" and ")
            ));
        }
        let choices: Vec<Choice> = Tool::ALL.into_iter().map(|tool| self.choice(tool)).collect();
        if choices.iter().any(|choice| choice.uses != choices.first().and_then(|first| first.uses)) {
            warnings.push(
                "The tools do not use the same credentials: what works in one may fail in another."
                    .to_owned(),
            );
        }
        warnings
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

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;
    use crate::credential_chain::tests::files;

    fn told(variables: &[(&str, &str)], config: &str) -> String {
        let environment = EnvironmentInMemory::of_variables(variables.iter().copied());
        let surroundings = Surroundings { environment: &environment, files: &files(config, "") };
        surroundings.warnings().join(" ")
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
        let both = "[default]\nsso_session = s\ncredential_process = /x\n";
        assert!(told(&[], both).contains("more than one kind"));
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
