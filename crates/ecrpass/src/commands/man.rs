//! `ecrpass man`: manual pages of all commands, for packages.

use std::path::PathBuf;

use clap_mangen::Man;

use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::named_output::{Access, NamedOutput};

/// Arguments of `ecrpass man`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where they are written; it is made where it is missing
    pub directory: PathBuf,
}

/// Runs the command, with the definition of all commands. The pages depend on nothing else: no date, no width.
///
/// # Errors
/// When a page cannot be written.
pub fn run(arguments: &Arguments, commands: clap::Command, ui: &mut Ui) -> Result<(), CommandError> {
    let directory = &arguments.directory;
    std::fs::create_dir_all(directory).map_err(|error| {
        CommandError::io(
            &format!("{} cannot be made", directory.display()),
            error,
            "choose another directory",
        )
    })?;
    let mut commands = commands.disable_help_subcommand(true);
    commands.build();
    let mut left = vec![commands];
    let mut written = 0;
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().filter(|below| !below.is_hide_set()).cloned());
        let man = Man::new(command).manual("ecrpass").source(concat!("ecrpass ", env!("CARGO_PKG_VERSION")));
        let mut page = Vec::new();
        man.render(&mut page)?;
        let path = directory.join(man.get_filename());
        NamedOutput::prepare(&path, Access::Umask)?.write(&String::from_utf8_lossy(&page), ui)?;
        written += 1;
    }
    ui.note(&format!("{written} pages in {}", directory.display()));
    Ok(())
}
