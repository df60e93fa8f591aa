//! The AWS shared config and credentials files, read leniently and with the place of everything in them.
//!
//! Not INI: section names carry a kind, values may nest or continue, and the two files are laid over each other.
//! Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files"; aws-config's
//! `profile/parser`.

mod model;
mod parse;

use ecrpass_core::distance::distance;
use ecrpass_core::{Arn, access_key};

use crate::refusal::reason::Refusal;
pub(crate) use model::{BEFORE_SECTIONS, UNCLOSED_SECTION};
pub use model::{ConfigFile, FileKind, Problem, Property, Section, SectionKind};

/// The two files together, as the SDKs see them.
#[derive(Clone, Debug, Default)]
pub struct AwsConfig {
    config: ConfigFile,
    credentials: ConfigFile,
}

/// All sections of one name, laid over each other.
pub struct Profile<'a> {
    /// Later ones win.
    layers: Vec<(FileKind, &'a Section)>,
}

/// One property, and where it was written.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The file it is in.
    pub file: FileKind,
    /// The property.
    pub property: &'a Property,
}

impl<'a> Setting<'a> {
    /// Its name, in lower case.
    pub fn name(&self) -> &'a str {
        &self.property.name
    }

    /// Its value, which may be a secret.
    pub fn value(&self) -> &'a str {
        &self.property.value
    }

    /// The properties indented below it.
    pub fn nested(&self) -> &'a [(String, String)] {
        &self.property.nested
    }
}

impl ConfigFile {
    /// Reads a file. What cannot be understood is passed over and listed in `problems`.
    pub fn parse(text: &str, kind: FileKind) -> Self {
        parse::parse(text, kind)
    }

    /// A file that is there and cannot be read.
    pub fn unread(why: Refusal) -> Self {
        Self { unread: Some(why), ..Self::default() }
    }
}

impl AwsConfig {
    /// Lays the credentials file over the config file.
    pub fn new(config: ConfigFile, credentials: ConfigFile) -> Self {
        Self { config, credentials }
    }

    /// The text of a file, as it was read.
    pub(crate) fn text(&self, kind: FileKind) -> &str {
        self.file(kind).text.expose()
    }

    /// One of the two files.
    pub fn file(&self, kind: FileKind) -> &ConfigFile {
        match kind {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        }
    }

    /// A profile, merged from both files; `None` when neither has it.
    pub fn profile(&self, name: &str) -> Option<Profile<'_>> {
        self.section(&SectionKind::Profile, name)
    }

    /// An `[sso-session name]` section.
    pub fn sso_session(&self, name: &str) -> Option<Profile<'_>> {
        self.section(&SectionKind::SsoSession, name)
    }

    /// A `[services name]` section.
    pub fn services(&self, name: &str) -> Option<Profile<'_>> {
        self.section(&SectionKind::Services, name)
    }

    fn section(&self, kind: &SectionKind, name: &str) -> Option<Profile<'_>> {
        let in_config =
            self.config.sections.iter().filter(|section| &section.kind == kind && section.name == name);
        let prefixed = in_config.clone().any(|section| section.prefixed);
        let layers: Vec<_> = in_config
            // `[profile default]` makes the SDKs ignore `[default]`.
            .filter(|section| section.prefixed == prefixed)
            .map(|section| (FileKind::Config, section))
            .chain(
                self.credentials
                    .sections
                    .iter()
                    .filter(|section| &section.kind == kind && section.name == name)
                    .map(|section| (FileKind::Credentials, section)),
            )
            .collect();
        (!layers.is_empty()).then_some(Profile { layers })
    }

    /// The names of all profiles, sorted.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self
            .config
            .sections
            .iter()
            .chain(&self.credentials.sections)
            .filter(|section| section.kind == SectionKind::Profile)
            .map(|section| section.name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter()
    }
}

impl<'a> Profile<'a> {
    /// The value of a property.
    pub fn get(&self, property: &str) -> Option<&'a str> {
        self.setting(property).map(|setting| setting.value())
    }

    /// The account that a profile says itself that it is of: by its role, its account, or its key.
    pub fn account(&self) -> Option<String> {
        if let Some(role) = self.get("role_arn") {
            return Arn::parse(role)?.account().map(str::to_owned);
        }
        match self.get("sso_account_id") {
            Some(id) => Some(id.to_owned()),
            None => self.get("aws_access_key_id").and_then(access_key::account),
        }
    }

    /// A property and where it was written.
    pub fn setting(&self, property: &str) -> Option<Setting<'a>> {
        self.layers.iter().rev().find_map(|&(file, section)| {
            let property = section.properties.iter().rfind(|candidate| candidate.name == property)?;
            Some(Setting { file, property })
        })
    }

    /// All properties, sorted by name.
    pub fn settings(&self) -> impl Iterator<Item = Setting<'a>> {
        let mut names: Vec<&str> = self
            .layers
            .iter()
            .flat_map(|(_, section)| section.properties.iter().map(|property| property.name.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().filter_map(|name| self.setting(name)).collect::<Vec<_>>().into_iter()
    }
}

/// The name most like the wanted one, if any is close enough for a slip of the finger.
pub fn closest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    names
        .map(|name| (distance(wanted, name), name))
        .filter(|&(distance, _)| distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(config: &str, credentials: &str) -> AwsConfig {
        AwsConfig::new(
            ConfigFile::parse(config, FileKind::Config),
            ConfigFile::parse(credentials, FileKind::Credentials),
        )
    }

    #[test]
    fn files_are_laid_over_each_other() {
        let files = both(
            "[profile p]\nregion = a\naws_access_key_id = config\n[profile p]\nregion = b\n",
            "[p]\naws_access_key_id = credentials\n",
        );
        let profile = files.profile("p").unwrap();
        assert_eq!(profile.get("region"), Some("b"));
        let key = profile.setting("aws_access_key_id").unwrap();
        assert_eq!((key.value(), key.file, key.property.line), ("credentials", FileKind::Credentials, 2));
        let names: Vec<_> = profile.settings().map(|setting| setting.name()).collect();
        assert_eq!(names, ["aws_access_key_id", "region"]);
        assert!(files.profile("q").is_none());
    }

    #[test]
    fn the_prefixed_default_wins() {
        let files = both("[default]\nregion = a\noutput = x\n[profile default]\nregion = b\n", "");
        let profile = files.profile("default").unwrap();
        assert_eq!((profile.get("region"), profile.get("output")), (Some("b"), None));
    }

    #[test]
    fn secrets_are_not_printed() {
        let files = both("", "[default]\naws_secret_access_key = hunter2\naws_session_token = hunter3\n");
        let text = format!("{files:?}");
        assert!(!text.contains("hunter") && text.contains("[redacted]"), "{text}");
    }

    #[test]
    fn slips_are_recognised() {
        let names = ["production", "staging", "dev"];
        assert_eq!(closest("prodution", names.into_iter()), Some("production"));
        assert_eq!(closest("stagin", names.into_iter()), Some("staging"));
        assert_eq!(closest("deb", names.into_iter()), Some("dev"));
        assert_eq!(closest("test", names.into_iter()), None);
    }
}
