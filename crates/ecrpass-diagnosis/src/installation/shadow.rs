//! Another program in front of ours, or in its place.

use crate::facts::Program;

/// Who answers to a name in place of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// The program that answers.
    pub first: String,
    /// Ours of that name, behind it.
    pub behind: Option<String>,
    /// Ours under its own name.
    pub otherwise: Option<String>,
}

impl Shadow {
    /// That of a name; `None` where nothing answers, ours does, or what answers could not be asked. `own` is the program of
    /// our own name.
    pub fn of(program: &Program, own: Option<&Program>) -> Option<Self> {
        let first = program.first()?;
        if first.is_ours() != Some(false) {
            return None;
        }
        let ours = |program: &Program| {
            let ours = program.installed.iter().filter(|file| file.executable);
            ours.into_iter().find(|file| file.is_ours() == Some(true)).map(|file| file.path.clone())
        };
        let otherwise = own.and_then(Program::first).filter(|file| file.is_ours() == Some(true));
        Some(Self {
            first: first.path.clone(),
            behind: ours(program),
            otherwise: otherwise.map(|file| file.path.clone()),
        })
    }

    /// In a sentence, without its full stop.
    pub fn note(&self) -> String {
        match (&self.behind, &self.otherwise) {
            (Some(ours), _) => format!(
                "{} comes first on PATH and is another program; ours is {ours}. Put its directory first, or remove the other",
                self.first
            ),
            (None, Some(ours)) => format!("{}. Ours is {ours}", self.another()),
            (None, None) => format!("{}. Ours is not on PATH", self.another()),
        }
    }

    fn another(&self) -> String {
        format!("{} is another program of that name: it gives no reason when it fails", self.first)
    }
}
