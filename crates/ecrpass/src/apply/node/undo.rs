//! Has the kubelet read what changed, and takes that back when the kubelet does not run with it.

use super::{Added, Job, Plan, places, restart, unwritten};
use crate::error::CommandError;
use crate::system::kept_file::{KeptFile, Step};

impl Job {
    /// Restarts the kubelet, or says that it has to be; its old files come back if it does not run.
    pub(super) fn restart(
        &self,
        plan: &Plan<'_>,
        at: Step<'_>,
        say: &mut dyn FnMut(String),
    ) -> Result<(), CommandError> {
        let words = self.site.restart.join(" ");
        let Some(watched) = self.restart else {
            say(format!("the kubelet reads it when it is restarted: {words}"));
            return Ok(());
        };
        let root = self.chroot.then_some(self.root.as_path());
        let unnoted = |error| places::failed("The mark that a restart is due cannot be removed", error);
        let why = match restart::kubelet(&self.site.restart, root, watched) {
            Ok(()) => {
                say(format!("restarted: {words}"));
                return self.due().forget().map_err(unnoted);
            }
            Err(why) => why,
        };
        self.undo(plan, at, say)?;
        let state = match restart::kubelet(&self.site.restart, root, watched) {
            Ok(()) => "its old configuration is in place again, and it runs",
            Err(_) => "its old configuration is in place again, and it does not run with that either",
        };
        self.due().forget().map_err(unnoted)?;
        Err(CommandError::problems(
            format!("The kubelet did not come back with the new configuration ({why}); {state}."),
            "look at its log: journalctl -u kubelet -n 50",
        ))
    }

    /// Flags first, so that none leads to a file that is not there.
    fn undo(&self, plan: &Plan<'_>, at: Step<'_>, say: &mut dyn FnMut(String)) -> Result<(), CommandError> {
        if !plan.work.config && !plan.work.flags {
            // Another run made the change, and was killed: what was there between is not known.
            return self.configuration_back(at, say).map(drop);
        }
        if plan.work.flags
            && let Some(Added { file, before, .. }) = &plan.flags
        {
            former(file, before.as_deref(), at)?;
        }
        if plan.work.config {
            former(&plan.config, plan.config_before.as_deref(), at)?;
        }
        Ok(())
    }
}

/// What a file was before this run: of ours, or what is kept as somebody else's.
fn former(file: &KeptFile, before: Option<&str>, at: Step<'_>) -> Result<(), CommandError> {
    let failed = |error| unwritten(file, error);
    let done = match before {
        Some(text) if file.is_own(text.as_bytes()).map_err(failed)? => file.go_back_to(text.as_bytes(), at),
        _ => file.give_back(at).map(drop),
    };
    done.map_err(failed)
}
