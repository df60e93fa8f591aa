//! Options of the metadata service on command lines.

use std::ops::Range;

use crate::commands::scripts;
use crate::deeds::arguments::option;
use crate::rule::Examined;
use crate::shell::Command;

/// Where commands allow the first version of the metadata service, and whether that stands in the command itself: an
/// array may be another one's, too.
pub fn optional(examined: &Examined<'_>) -> Vec<(Range<usize>, bool)> {
    let mut all = Vec::new();
    for scripted in scripts(examined) {
        for (_, command) in scripted.commands().filter(|(_, command)| command.program() == "aws") {
            let given = option(&command.words, &["--metadata-options"]);
            if let Some(options) = given {
                let text = options.raw.replace(' ', "");
                let is_optional = ["HttpTokens=optional", "\"HttpTokens\":\"optional\""]
                    .iter()
                    .any(|form| text.contains(form));
                if is_optional && !text.contains("disabled") {
                    all.push(placed(command, options.bytes));
                }
            } else if let Some(tokens) = option(&command.words, &["--http-tokens"])
                && tokens.raw == "optional"
            {
                all.push(placed(command, tokens.bytes));
            }
        }
    }
    all
}

fn placed(command: &Command, bytes: Range<usize>) -> (Range<usize>, bool) {
    let is_own = command.bytes.start <= bytes.start && bytes.end <= command.bytes.end;
    (bytes, is_own)
}
