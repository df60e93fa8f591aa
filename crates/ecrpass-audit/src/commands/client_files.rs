//! Client configurations that scripts write, as rules look at them.

use std::ops::Range;

use crate::commands::Scripted;
use crate::deeds::{ClientFile, client_files};
use crate::known::Known;
use crate::shell::Output;

/// The configurations that a script writes as a whole: not those that it puts together of several parts.
pub fn whole<'a>(scripted: &Scripted<'a>) -> Vec<ClientFile<'a>> {
    let files = client_files(scripted.script);
    let script = scripted.script;
    let is_on =
        |file: &ClientFile<'_>| script.commands.get(file.command).is_none_or(|command| !command.is_off);
    let is_whole = |file: &ClientFile<'_>| {
        let writers = script.commands.iter().filter(|command| match &command.output {
            Output::File(path) => {
                path.value == file.written.path.value && !matches!(path.value, Known::Unknown)
            }
            _ => false,
        });
        writers.count() <= 1
    };
    files.into_iter().filter(|file| is_on(file) && is_whole(file)).collect()
}

/// The bytes of the command that writes a configuration; of its text where that is a here-document's line with a word in it.
pub fn place(scripted: &Scripted<'_>, file: &ClientFile<'_>) -> Range<usize> {
    scripted
        .script
        .commands
        .get(file.command)
        .map_or(file.written.path.bytes.clone(), |command| command.bytes.clone())
}

/// The bytes of a part of the text that is written, if it stands there as it is.
pub fn place_of(
    scripted: &Scripted<'_>,
    file: &ClientFile<'_>,
    source: &str,
    part: &str,
) -> Option<Range<usize>> {
    if let Some(passage) = &file.written.passage {
        let at = passage.text().find(part)?;
        return Some(passage.places(at..at + part.len()));
    }
    let bytes = place(scripted, file);
    let at = source.get(bytes.clone())?.find(part)?;
    Some(bytes.start + at..bytes.start + at + part.len())
}
