//! From commands to what they do with registries and credentials.

pub mod arguments;
mod aws;
mod helper;
mod images;
pub mod login;
mod order;
mod own_login;
pub mod password;

pub use aws::get_login;
pub use helper::{ClientFile, client_files, is_client_path};

use crate::deed::{Deed, What};
use crate::shell::Script;

/// What a script does, in the order in which it happens: what stands in a function happens when it is called; what stands in
/// one that nobody calls comes last and is not certain.
pub fn of_script(script: &Script) -> Vec<Deed> {
    let mut all = Vec::new();
    let files = client_files(script);
    for step in order::of(script) {
        let Some(command) = script.commands.get(step.command) else { continue };
        if command.is_off {
            continue;
        }
        let mut whats: Vec<What> = Vec::new();
        whats.extend(aws::deeds(command));
        whats.extend(login::deeds(script, step.command));
        whats.extend(images::deeds(command));
        whats.extend(files.iter().filter(|file| file.command == step.command).filter_map(helper::deed));
        for what in whats {
            let has_own_login = own_login::is_carried(command, &what);
            let mut deed = Deed::new(command.bytes.clone(), what);
            deed.has_own_login = has_own_login;
            deed.certain = !command.is_conditional && step.certain;
            all.push(deed);
        }
    }
    all
}

#[cfg(test)]
#[path = "deeds/tests.rs"]
mod tests;
