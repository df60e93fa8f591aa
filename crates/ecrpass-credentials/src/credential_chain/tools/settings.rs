//! The settings of the two AWS files as one tool reads them: sections by name, with the place of every value.

use crate::aws_config::FileKind;

/// One setting.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// Its name, as that tool compares it.
    pub(super) name: String,
    /// Its value, which may be a secret.
    pub(super) value: String,
    /// The file and the line it is in.
    pub(super) at: (FileKind, usize),
}

/// A section.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// Its name, as that tool compares it.
    pub(super) name: String,
    /// Its settings, each name once.
    pub(super) settings: Vec<Setting>,
}

/// All sections, each name once.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Sections(pub(super) Vec<Section>);

impl Section {
    /// The value of a setting, which may be empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.setting(name).map(|setting| setting.value.as_str())
    }

    /// The value of a setting that is not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A setting and its place.
    pub(super) fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// Whether a setting is there, if only empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.setting(name).is_some()
    }

    /// Sets a setting, in the place of one of that name.
    pub(super) fn set(&mut self, setting: Setting) {
        self.settings.retain(|other| other.name != setting.name);
        self.settings.push(setting);
    }

    /// Takes a setting out.
    pub(super) fn remove(&mut self, name: &str) {
        self.settings.retain(|other| other.name != name);
    }
}

impl Sections {
    pub(super) fn get(&self, name: &str) -> Option<&Section> {
        self.0.iter().find(|section| section.name == name)
    }

    /// Adds an empty section, unless there is one of that name.
    pub(super) fn add(&mut self, name: &str) {
        if self.get(name).is_none() {
            self.0.push(Section { name: name.to_owned(), settings: Vec::new() });
        }
    }

    /// Sets a setting in the section of that name, made if need be.
    pub(super) fn set(&mut self, name: &str, setting: Setting) {
        self.add(name);
        self.0
            .iter_mut()
            .filter(|section| section.name == name)
            .for_each(|section| section.set(setting.clone()));
    }

    /// A setting that is to be changed.
    pub(super) fn setting_mut(&mut self, section: &str, name: &str) -> Option<&mut Setting> {
        let section = self.0.iter_mut().find(|other| other.name == section)?;
        section.settings.iter_mut().find(|setting| setting.name == name)
    }

    /// Puts a section in the place of one of that name.
    pub(super) fn put(&mut self, section: Section) {
        self.0.retain(|other| other.name != section.name);
        self.0.push(section);
    }
}
