//! One line that says how far something is, on a terminal that somebody watches.

use crate::render::out;
use crate::render::ui::Ui;

/// A line that is written over again and again, and goes away at the end.
pub struct Progress {
    is_on: bool,
    is_shown: bool,
}

impl Progress {
    /// Nothing is shown where nobody watches, or only results are wanted.
    pub fn new(ui: &Ui) -> Self {
        Self { is_on: !ui.is_quiet() && out::is_watched(), is_shown: false }
    }

    /// Says how far it is.
    pub fn say(&mut self, text: &str) {
        if self.is_on {
            out::overwrite(&format!("  {text}"));
            self.is_shown = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            out::overwrite("");
        }
    }
}
