//! What `ecrpass fix` would have to do on this machine, as findings: nobody is told that nothing is wrong while it finds
//! something.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::finding::{Finding, Severity};

use super::around_files;
use super::helper_logins::HelperLogins;
use super::repair::{Options, repair_file};
use crate::system::files;
use crate::system::machine::LocalMachine;

/// Whatever is left to do in this user's files, if they can be looked through in time.
pub fn findings_within(
    left: Duration,
    environment: &Arc<dyn Environment>,
    offline: bool,
) -> Option<Vec<Finding>> {
    let (tell, told) = mpsc::channel();
    let environment = Arc::clone(environment);
    thread::spawn(move || tell.send(findings(environment.as_ref(), offline)));
    told.recv_timeout(left).ok()
}

/// The same, whichever client reads them, however long it takes.
fn findings(environment: &dyn Environment, offline: bool) -> Vec<Finding> {
    let paths = files::present(environment);
    let helper = HelperLogins::new(environment, offline);
    let options = Options { dry_run: true, with_unsafe: false };
    let mut all = Vec::new();
    for path in &paths {
        // What cannot be read is told where it is looked for.
        if let Ok(file) = repair_file(environment, path, &options, &helper, &mut |_| {})
            && file.is_left()
        {
            all.extend(file.findings(path));
        }
    }
    all.extend(around_files::findings(&LocalMachine::looking(environment), &paths));
    all.retain(|finding| finding.severity != Severity::Note);
    all
}
