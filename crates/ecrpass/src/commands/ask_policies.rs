//! `ecrpass ask-policies`: the process in which policies are asked. Nobody calls it by hand.

use std::io::{self, Read};

use ecrpass_rego::{check, job};

use crate::apply::policies::MAX_QUESTION;
use crate::error::CommandError;
use crate::render::ui::Ui;

/// Runs the command: a question comes in, answers go out.
///
/// # Errors
/// When the question is none.
pub fn run(ui: &mut Ui) -> Result<(), CommandError> {
    limit();
    let mut text = String::new();
    io::stdin().lock().take(MAX_QUESTION).read_to_string(&mut text)?;
    let question = job::question(&text).ok_or_else(|| {
        CommandError::could_not_run(
            "This command is ecrpass' own, for `ecrpass audit --policy`.",
            "call that",
        )
    })?;
    ui.exact(&job::answers_text(&check::ask(&question)))?;
    Ok(())
}

/// Takes away what a policy could do harm with. What cannot be limited here is limited by the time it gets.
fn limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};

        use crate::apply::policies::MAX_MEMORY;

        let limits =
            [(Resource::As, MAX_MEMORY), (Resource::Core, 0), (Resource::Nproc, 0), (Resource::Fsize, 0)];
        for (resource, most) in limits {
            let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
        }
    }
}
