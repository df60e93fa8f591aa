//! What a `credential_process` can depend on besides its environment: the directory it runs in, and variables that differ
//! from shell to shell.

use std::path::Path;

use ecrpass_core::environment::{Environment, OperatingSystem};

/// Whether a command may do something else in every directory: it names a path such as `./credentials.sh`, or the file of
/// `python3 credentials.py`, or something that is in this one; it asks where it is; or its program is looked for there.
pub(super) fn depends_on_directory(command: &str, directory: &Path, environment: &dyn Environment) -> bool {
    names_relative_path(command)
        || ["pwd", "PWD", "cwd"].iter().any(|word| command.contains(word))
        || is_beside(command, directory, environment)
        || looks_here_for_programs(environment)
}

/// Whether a command has a variable in it.
pub(super) fn names(command: &str, variable: &str) -> bool {
    [format!("${variable}"), format!("${{{variable}")].iter().any(|text| command.contains(text.as_str()))
}

/// Whether a word looks like a relative path. The first word is looked for on `PATH`, unless it has a slash.
fn names_relative_path(command: &str) -> bool {
    let is_relative = |(number, word): (usize, &str)| {
        let is_path = word.contains('/') || number > 0 && word.contains('.');
        is_path && !word.starts_with(['/', '~', '$']) && !word.contains("://")
    };
    words(command, &[]).enumerate().any(is_relative)
}

/// Whether a word names something that is in the directory: `cat credentials`, also within `sh -c "…"`.
fn is_beside(command: &str, directory: &Path, environment: &dyn Environment) -> bool {
    let all = words(command, &[';', '|', '&', '<', '>', '(', ')', '`']).skip(1);
    all.filter(|word| !word.starts_with(['/', '-'])).any(|word| environment.is_there(&directory.join(word)))
}

/// Whether `PATH` has the directory itself in it, or one below it. On Windows it is always looked in first, which would tell
/// nothing of the command.
fn looks_here_for_programs(environment: &dyn Environment) -> bool {
    environment.system() != OperatingSystem::Windows
        && environment.var("PATH").is_some_and(|path| path.split(':').any(|part| !part.starts_with('/')))
}

/// The words of a command that are not empty, whatever quotes they stand in.
fn words<'a>(command: &'a str, separators: &'a [char]) -> impl Iterator<Item = &'a str> {
    let ends = move |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=') || separators.contains(&c);
    command.split(ends).filter(|word| !word.is_empty())
}
