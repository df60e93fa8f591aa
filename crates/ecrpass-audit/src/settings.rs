//! What a repository wants to be told: how bad each rule is to it, and where.

use std::collections::BTreeMap;
use std::fmt;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

/// How bad a rule is taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is not reported.
    Off,
    /// It is reported as this.
    At(Severity),
}

impl Level {
    /// The level of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "off" => Self::Off,
            "note" => Self::At(Severity::Note),
            "warning" => Self::At(Severity::Warning),
            "error" => Self::At(Severity::Error),
            _ => return None,
        })
    }
}

/// Which files something is for.
pub type Matcher = Box<dyn Fn(&str) -> bool>;

/// Some files that are judged in their own way.
pub struct Place {
    /// Which.
    pub is_for: Matcher,
    /// For all rules.
    pub all: Option<Level>,
    /// For single rules, before `all`.
    pub rules: BTreeMap<DiagnosisId, Level>,
}

/// The settings of an audit.
#[derive(Default)]
pub struct Settings {
    /// For all files.
    pub rules: BTreeMap<DiagnosisId, Level>,
    /// For some files, before those for all; the last one that says something counts.
    pub places: Vec<Place>,
}

impl Settings {
    /// How bad a finding is; `None` where it is not to be reported.
    pub fn severity(&self, id: DiagnosisId, path: &str, own: Severity) -> Option<Severity> {
        let of_place = |place: &Place| {
            let said = place.rules.get(&id).or(place.all.as_ref());
            said.copied().filter(|_| (place.is_for)(path))
        };
        let said = self.places.iter().rev().find_map(of_place).or_else(|| self.rules.get(&id).copied());
        match said {
            Some(Level::Off) => None,
            Some(Level::At(severity)) => Some(severity),
            None => Some(own),
        }
    }

    /// The same of what no rule of the catalogue finds: only what is said of the file counts.
    pub fn severity_elsewhere(&self, path: &str, own: Severity) -> Option<Severity> {
        let said = self.places.iter().rev().find_map(|place| place.all.filter(|_| (place.is_for)(path)));
        match said {
            Some(Level::Off) => None,
            Some(Level::At(severity)) => Some(severity),
            None => Some(own),
        }
    }

    /// Whether nothing at all is wanted to be known of a file.
    pub fn leaves_out(&self, path: &str) -> bool {
        let said = self.places.iter().rev().filter(|place| (place.is_for)(path));
        let mut of_rules = said.clone().flat_map(|place| place.rules.values());
        let all = said.clone().find_map(|place| place.all);
        all == Some(Level::Off) && of_rules.all(|level| *level == Level::Off)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("rules", &self.rules).field("places", &self.places.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_counts() {
        let id = DiagnosisId::StaticKeysInPipeline;
        let place = |part: &'static str, all, rules: &[(DiagnosisId, Level)]| Place {
            is_for: Box::new(move |path| path.starts_with(part)),
            all,
            rules: rules.iter().copied().collect(),
        };
        let settings = Settings {
            rules: [(id, Level::At(Severity::Error))].into(),
            places: vec![
                place("examples/", Some(Level::Off), &[]),
                place("examples/live/", None, &[(id, Level::At(Severity::Note))]),
            ],
        };
        let of = |id, path| settings.severity(id, path, Severity::Warning);
        assert_eq!(of(id, "ci.yml"), Some(Severity::Error));
        assert_eq!(of(id, "examples/ci.yml"), None);
        assert_eq!(of(id, "examples/live/ci.yml"), Some(Severity::Note));
        assert_eq!(of(DiagnosisId::TokenInLog, "examples/live/ci.yml"), None);
        assert_eq!(of(DiagnosisId::TokenInLog, "ci.yml"), Some(Severity::Warning));
        assert_eq!(settings.severity_elsewhere("ci.yml", Severity::Note), Some(Severity::Note));
        assert_eq!(settings.severity_elsewhere("examples/live/ci.yml", Severity::Note), None);
        let left_out =
            ["examples/ci.yml", "examples/live/ci.yml", "ci.yml"].map(|path| settings.leaves_out(path));
        assert_eq!(left_out, [true, false, false]);
    }
}
