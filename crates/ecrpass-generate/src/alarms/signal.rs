//! A signal: what is watched, what it means, and which causes it points to.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::catalogue;

use super::family::Family;
use super::watch::Watch;

/// What is watched, and what it means.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Its name, in words that begin with capital letters.
    pub name: String,
    /// Its group.
    pub family: Family,
    /// The cause it points to first.
    pub cause: DiagnosisId,
    /// What else it may be.
    pub others: &'static [DiagnosisId],
    /// How soon somebody has to look.
    pub urgency: Urgency,
    /// What happens, in a line.
    pub summary: String,
    /// What that means.
    pub meaning: &'static str,
    /// How it is watched.
    pub watch: Watch,
}

/// How soon somebody has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Now: something does not start.
    Critical,
    /// Today: something will not start.
    Warning,
}

impl Urgency {
    /// Its name.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }
}

impl Signal {
    /// The name in words with hyphens: `ecs-cannot-pull`.
    pub fn id(&self) -> String {
        let mut id = String::new();
        for character in self.name.chars() {
            if character.is_ascii_uppercase() && !id.is_empty() {
                id.push('-');
            }
            id.push(character.to_ascii_lowercase());
        }
        id
    }

    /// The command that says more.
    pub fn command(&self) -> String {
        format!("ecrpass explain --id {}", self.cause)
    }

    /// What an alarm says: what happens, what it means, the causes, and the command that says more. It fits where AWS
    /// allows 512 characters.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}. {} First cause to look at: {} [{}]",
            self.summary,
            self.meaning,
            catalogue::find(self.cause).page.title(),
            self.cause
        );
        if !self.others.is_empty() {
            let others: Vec<String> = self.others.iter().map(|other| format!("[{other}]")).collect();
            text.push_str(&format!("; also {}", others.join(", ")));
        }
        text.push_str(&format!(". Next: {}", self.command()));
        text
    }
}

#[cfg(test)]
mod tests {
    use crate::alarms::{Settings, signals};

    #[test]
    fn texts_fit_and_name_their_cause() {
        let all = signals::all(&Settings::default());
        assert!(all.len() > 30, "{}", all.len());
        for signal in all {
            let text = signal.text();
            // Source: EventBridge API reference, PutRule, `Description`.
            assert!(text.len() <= 512, "{} {text}", text.len());
            assert!(text.contains(&format!("[{}]", signal.cause)), "{text}");
            assert!(text.ends_with(&format!("ecrpass explain --id {}", signal.cause)), "{text}");
            assert!(signal.meaning.ends_with('.') && !signal.summary.ends_with('.'), "{text}");
            assert!(!signal.others.contains(&signal.cause), "{text}");
        }
    }

    #[test]
    fn names_are_unique() {
        let all = signals::all(&Settings::default());
        let mut ids: Vec<String> = all.iter().map(super::Signal::id).collect();
        ids.sort();
        let total = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), total);
    }
}
