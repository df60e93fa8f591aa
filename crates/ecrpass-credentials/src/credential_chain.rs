//! Which AWS credentials a process would use, told from its environment and profile files alone.
//!
//! One source is picked, and if it fails that is the answer: sliding on to the next one is how a laptop's typo in
//! `AWS_PROFILE` ends up as the node's role. The order is that of the Go SDK (`config/resolve_credentials.go`),
//! which existing set-ups were built on: environment, web identity, profile, container, instance metadata.

mod endpoint;
mod fingerprint;
mod login;
mod precedence;
mod profile;
mod selection;
pub mod sign_in_file;
mod surroundings;
mod text;
mod tools;
mod validate;
mod warnings;

use ecrpass_core::DiagnosisId;
use ecrpass_core::command_line::word;
use ecrpass_core::secret::Secret;
pub use fingerprint::Fingerprint;
pub use login::login_sign_in;
pub use precedence::{Found, SourceKind};
pub use profile::{ProfileKind, ProfileSource};
pub use selection::{AccessKey, Override, Selection, ServiceAccount, Source};
pub use surroundings::Surroundings;
pub use tools::{Choice, Instance, Prospects, SignIn, Tool};
pub use validate::check_key;

use crate::aws_config::{BEFORE_SECTIONS, FileKind, Section, SectionKind, UNCLOSED_SECTION, closest};
use crate::refusal::next_step::NextStep;
use crate::refusal::reason::Refusal;

impl Surroundings<'_> {
    /// Picks the source.
    ///
    /// # Errors
    /// A [`Refusal`] when the settings contradict themselves or name what does not exist.
    pub fn select(&self, over: &Override) -> Result<Selection, Refusal> {
        let mut notes = Vec::new();
        let source = self.pick(over, &mut notes)?;
        Ok(Selection { source, over: over.clone(), notes })
    }

    fn pick(&self, over: &Override, notes: &mut Vec<String>) -> Result<Source, Refusal> {
        if let Some(name) = &over.profile {
            let named_by = over.profile_option.unwrap_or("the ecrpass configuration");
            return match self.profile(name, named_by).map_err(|refusal| by_option(refusal, over))? {
                Some(profile) => Ok(Source::Profile(profile)),
                None => Err(Refusal::new(
                    DiagnosisId::AwsProfileInvalid,
                    format!("Profile `{name}`, named by {named_by}, has no credential settings."),
                    NextStep::Configure { profile: name.to_owned() },
                )),
            };
        }
        if let Some(key) = self.environment_key(notes) {
            return Ok(Source::Environment(key));
        }
        if let Some(token_file) = self.var("AWS_WEB_IDENTITY_TOKEN_FILE") {
            let role_arn = self.var("AWS_ROLE_ARN").ok_or_else(|| {
                Refusal::new(
                    DiagnosisId::IrsaWebIdentityInvalid,
                    "AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is not.",
                    NextStep::NameWebIdentityRole,
                )
            })?;
            return Ok(Source::WebIdentity { token_file, role_arn });
        }
        // From here on the files decide: one that cannot be read may name other credentials than those found below.
        self.readable()?;
        let explicit =
            ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter().find(|name| self.var(name).is_some());
        let name = self.profile_name();
        if (explicit.is_some() || self.files.profile(&name).is_some())
            && let Some(profile) = self.profile(&name, explicit.unwrap_or("the default"))?
        {
            return Ok(Source::Profile(profile));
        }
        notes.extend(self.before_sections());
        notes.extend(self.unclosed_section());
        for variable in ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            if self.var(variable).is_some() {
                return Ok(Source::Container { variable });
            }
        }
        if self.metadata_disabled() {
            return Err(no_credentials(notes));
        }
        Ok(Source::InstanceMetadata)
    }

    fn metadata_disabled(&self) -> bool {
        self.var("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// The environment's key: the names every SDK reads, and the older ones the Go SDK also takes.
    fn environment_key(&self, notes: &mut Vec<String>) -> Option<AccessKey> {
        let id = self.first_var(&["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"]);
        let secret = self.first_var(&["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"]);
        match (id, secret) {
            (Some(id), Some(secret)) => {
                notes.extend(self.older_token_name());
                Some(AccessKey {
                    id: id.trim().to_owned(),
                    secret: Secret::new(secret.trim().to_owned()),
                    session_token: self
                        .var("AWS_SESSION_TOKEN")
                        .map(|token| Secret::new(token.trim().to_owned())),
                })
            }
            (Some(_), None) => {
                notes.push(
                    "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY, so it was ignored.".to_owned(),
                );
                None
            }
            (None, Some(_)) => {
                notes.push(
                    "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID, so it was ignored.".to_owned(),
                );
                None
            }
            (None, None) => None,
        }
    }

    fn profile(&self, name: &str, named_by: &str) -> Result<Option<ProfileSource>, Refusal> {
        self.readable()?;
        if self.files.profile(name).is_none() {
            return Err(self.missing_profile(name, named_by));
        }
        profile::resolve(self, name)
    }

    /// A file that nobody could look into, or with both sides of a merge in it, may name anybody's credentials.
    fn readable(&self) -> Result<(), Refusal> {
        for (kind, name) in [(FileKind::Config, "config"), (FileKind::Credentials, "credentials")] {
            if let Some(why) = &self.files.file(kind).unread {
                return Err(why.clone());
            }
            if let Some(problem) = self.files.file(kind).problems.iter().find(|problem| problem.conflict) {
                return Err(Refusal::new(
                    DiagnosisId::AwsProfileInvalid,
                    format!("The AWS {name} file holds what a merge left behind, in line {}.", problem.line),
                    format!("keep one side of the merge in the AWS {name} file, line {}", problem.line),
                ));
            }
        }
        Ok(())
    }

    /// Settings that belong to no profile, as they stand before the first section.
    fn before_sections(&self) -> Option<String> {
        let (line, name) = self.first_problem(BEFORE_SECTIONS)?;
        Some(format!(
            "Line {line} of the AWS {name} file is before any `[section]`, so it belongs to no profile: write `[default]` above it."
        ))
    }

    /// A section that is none for want of its bracket, so that what is below it belongs to no profile.
    fn unclosed_section(&self) -> Option<String> {
        let (line, name) = self.first_problem(UNCLOSED_SECTION)?;
        Some(format!(
            "The section in line {line} of the AWS {name} file has no closing `]`, so nothing below it is read: add the `]`."
        ))
    }

    /// Where the first problem of a kind is: its line, from 1, and the name of the file.
    fn first_problem(&self, message: &str) -> Option<(usize, &'static str)> {
        let files = [(FileKind::Credentials, "credentials"), (FileKind::Config, "config")];
        files.into_iter().find_map(|(kind, name)| {
            let problem = self.files.file(kind).problems.iter().find(|problem| problem.message == message)?;
            Some((problem.line, name))
        })
    }

    /// The line of a section that would be the profile, were it named as the config file's profiles are.
    fn unprefixed(&self, name: &str) -> Option<usize> {
        let sections = &self.files.file(FileKind::Config).sections;
        let is_it = |section: &&Section| matches!(&section.kind, SectionKind::Unknown(word) if word == name);
        sections.iter().find(is_it).map(|section| section.line)
    }

    fn missing_profile(&self, name: &str, named_by: &str) -> Refusal {
        let what = format!(
            "AWS profile `{name}`, named by {named_by}, is in neither the config nor the credentials file."
        );
        let mut names: Vec<&str> = self.files.profile_names().collect();
        names.sort_unstable();
        names.dedup();
        if let Some(line) = self.unprefixed(name) {
            let next =
                format!("write `[profile {name}]` in place of `[{name}]`, line {line} of the config file");
            return Refusal::new(DiagnosisId::AwsProfileInvalid, what, next);
        }
        if let Some(unclosed) = self.unclosed_section() {
            let next = format!("add the missing `]`, if profile `{name}` is meant there");
            return Refusal::new(DiagnosisId::AwsProfileInvalid, format!("{what} {unclosed}"), next);
        }
        let next = if let Some(close) = closest(name, names.iter().copied()) {
            NextStep::UseProfile { profile: close.to_owned() }
        } else if names.is_empty() {
            NextStep::ConfigureSso { profile: name.to_owned() }
        } else {
            names.truncate(8);
            NextStep::ChooseProfile { profiles: names.into_iter().map(str::to_owned).collect() }
        };
        Refusal::new(DiagnosisId::AwsProfileInvalid, what, next)
    }
}

/// Whoever named a profile by an option names another one by it: a variable would change nothing.
fn by_option(mut refusal: Refusal, over: &Override) -> Refusal {
    let Some(option) = over.profile_option else { return refusal };
    refusal.next = match refusal.next {
        NextStep::UseProfile { profile } => {
            format!("name the profile that exists: {option} {}", word(&profile)).into()
        }
        NextStep::ChooseProfile { profiles } => {
            format!("give {option} one of: {}", profiles.join(", ")).into()
        }
        next => next,
    };
    refusal
}

/// Nothing to work with anywhere.
pub fn no_credentials(notes: &[String]) -> Refusal {
    let mut what =
        "No AWS credentials were found in the environment, the profile files, a web identity, a container \
                    endpoint or instance metadata."
            .to_owned();
    for note in notes {
        what.push(' ');
        what.push_str(note);
    }
    Refusal::new(DiagnosisId::NoAwsCredentials, what, NextStep::GetCredentials)
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;
    use crate::aws_config::{AwsConfig, ConfigFile};

    pub(super) fn files(config: &str, credentials: &str) -> AwsConfig {
        AwsConfig::new(
            ConfigFile::parse(config, FileKind::Config),
            ConfigFile::parse(credentials, FileKind::Credentials),
        )
    }

    fn select(variables: &[(&str, &str)], config: &str, over: &Override) -> Result<Selection, Refusal> {
        let environment = EnvironmentInMemory::of_variables(variables.iter().copied());
        Surroundings { environment: &environment, files: &files(config, "") }.select(over)
    }

    fn described(variables: &[(&str, &str)], config: &str) -> String {
        match select(variables, config, &Override::default()) {
            Ok(selection) => selection.source.describe(),
            Err(refusal) => refusal.id.slug().to_owned(),
        }
    }

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "s")];
    const STATIC: &str = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = s\n";

    #[test]
    fn the_order_is_the_go_sdks() {
        let irsa =
            [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r")];
        let container = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x")];
        let all: Vec<_> = KEYS.iter().chain(&irsa).chain(&container).copied().collect();
        assert_eq!(described(&all, STATIC), "the access key in the environment");
        assert_eq!(described(&all[2..], STATIC), "web identity for arn:aws:iam::123456789012:role/r");
        assert_eq!(described(&all[4..], STATIC), "profile `default`");
        assert_eq!(
            described(&all[4..], "[default]\nregion = us-east-1\n"),
            "the container credentials endpoint"
        );
        assert_eq!(described(&[], ""), "the instance's role");
        assert_eq!(described(&[("AWS_EC2_METADATA_DISABLED", "TRUE")], ""), "no-aws-credentials");
        assert_eq!(described(&irsa[..1], ""), "irsa-web-identity-invalid");
    }

    #[test]
    fn blank_and_half_keys_are_passed_over_and_said() {
        assert_eq!(
            described(&[("AWS_ACCESS_KEY_ID", " "), ("AWS_SECRET_ACCESS_KEY", "")], STATIC),
            "profile `default`"
        );
        let half = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_EC2_METADATA_DISABLED", "true")];
        let refusal = select(&half, "", &Override::default()).unwrap_err();
        assert!(refusal.what.contains("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"), "{refusal}");
        let off = [("AWS_EC2_METADATA_DISABLED", "true")];
        let refusal = select(&off, "aws_access_key_id = AKIDEXAMPLE\n", &Override::default()).unwrap_err();
        assert!(
            refusal.what.contains("Line 1 of the AWS config file is before any `[section]`"),
            "{refusal}"
        );
        let refusal =
            select(&off, "[default\naws_access_key_id = AKIDEXAMPLE\n", &Override::default()).unwrap_err();
        assert!(refusal.what.contains("line 1 of the AWS config file has no closing `]`"), "{refusal}");
    }

    #[test]
    fn a_profile_that_is_not_there_is_never_skipped() {
        let config = "[profile production]\ncredential_process = /bin/creds\n";
        let refusal = select(&[("AWS_PROFILE", "prodution")], config, &Override::default()).unwrap_err();
        assert_eq!(refusal.id, DiagnosisId::AwsProfileInvalid);
        assert_eq!(refusal.next.to_string(), "export AWS_PROFILE=production");
        let unprefixed = "[work]\nregion = eu-west-1\n[profile other]\ncredential_process = /bin/creds\n";
        let refusal = select(&[("AWS_PROFILE", "work")], unprefixed, &Override::default()).unwrap_err();
        assert!(refusal.next.to_string().starts_with("write `[profile work]` in place of `[work]`, line 1"));
        let refusal = select(&[("AWS_PROFILE", "x")], "", &Override::default()).unwrap_err();
        assert_eq!(refusal.next.to_string(), "aws configure sso --profile x");
        let unclosed = "[profile x\nregion = eu-west-1\n";
        let refusal = select(&[("AWS_PROFILE", "x")], unclosed, &Override::default()).unwrap_err();
        assert!(refusal.next.to_string().starts_with("add the missing `]`"), "{refusal}");
        // The environment's key beats even that, as in every SDK.
        let mut variables = KEYS.to_vec();
        variables.push(("AWS_PROFILE", "missing"));
        assert_eq!(described(&variables, ""), "the access key in the environment");
    }

    #[test]
    fn who_named_a_profile_by_an_option_is_told_of_the_option() {
        let config =
            "[profile production]\ncredential_process = /bin/creds\n[profile other]\nregion = us-east-1\n";
        let of = |name: &str, option: Option<&'static str>| {
            let over =
                Override { profile: Some(name.to_owned()), profile_option: option, ..Override::default() };
            select(&[], config, &over).unwrap_err()
        };
        for name in ["nope", "prodution", "other"] {
            let refusal = of(name, Some("--profile"));
            assert!(refusal.what.contains("named by --profile"), "{refusal}");
            assert!(!refusal.to_string().contains("AWS_PROFILE"), "{refusal}");
            assert!(of(name, None).what.contains("the ecrpass configuration"));
        }
        assert_eq!(
            of("prodution", Some("--profile")).next.to_string(),
            "name the profile that exists: --profile production"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_never_passed_over() {
        let why = Refusal::new(DiagnosisId::AwsProfileInvalid, "It cannot be read.", "look at it");
        let readable = ConfigFile::parse(STATIC, FileKind::Credentials);
        let unread = ConfigFile::unread(why.clone());
        for files in [
            AwsConfig::new(unread.clone(), readable.clone()),
            AwsConfig::new(readable, unread.clone()),
            AwsConfig::new(ConfigFile::default(), unread),
        ] {
            let select = |variables: &[(&str, &str)], profile: Option<&str>| {
                let environment = EnvironmentInMemory::of_variables(variables.iter().copied());
                let over = Override { profile: profile.map(str::to_owned), ..Override::default() };
                let surroundings = Surroundings { environment: &environment, files: &files };
                let ours = surroundings.choice(Tool::Ecrpass, &Prospects::unknown(0), profile);
                let selected = surroundings.select(&over);
                assert_eq!(ours.stops.is_some(), selected.is_err(), "{ours:?}");
                selected
            };
            let container = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x");
            for variables in [&[][..], &[("AWS_PROFILE", "default")], &[container]] {
                assert_eq!(select(variables, None).unwrap_err(), why, "{variables:?}");
            }
            assert_eq!(select(&KEYS, Some("default")).unwrap_err(), why);
            // The key in the environment comes before the files.
            assert_eq!(select(&KEYS, None).unwrap().source.describe(), "the access key in the environment");
        }
    }

    #[test]
    fn a_registrys_own_profile_beats_the_environment() {
        let over = Override { profile: Some("ecr".to_owned()), ..Override::default() };
        let config = "[profile ecr]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\nsso_start_url = https://x\nsso_region = us-east-1\n";
        let selection = select(&KEYS, config, &over).unwrap();
        assert_eq!(selection.source.describe(), "profile `ecr`");
        assert_eq!(select(&KEYS, "", &over).unwrap_err().id, DiagnosisId::AwsProfileInvalid);
        assert_eq!(
            select(&KEYS, "[profile ecr]\nregion = x\n", &over).unwrap_err().id,
            DiagnosisId::AwsProfileInvalid
        );
    }
}
