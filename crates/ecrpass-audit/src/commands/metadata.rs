//! Options of the metadata service on command lines.

use std::ops::Range;

use crate::commands::{Scripted, scripts};
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
                let is_said = !is_default(&scripted, &options.raw);
                if is_said && (options.value.alternatives().all(is_optional) || is_optional(&options.raw)) {
                    all.push(placed(command, options.bytes));
                }
            } else if let Some(data) = option(&command.words, &["--launch-template-data"])
                && !is_default(&scripted, &data.raw)
                && data.value.alternatives().all(is_optional)
            {
                all.push(placed(command, data.bytes));
            } else if let Some(tokens) = option(&command.words, &["--http-tokens"])
                && (tokens.raw == "optional"
                    || tokens.value.exactly() == Some("optional") && !is_default(&scripted, &tokens.raw))
            {
                all.push(placed(command, tokens.bytes));
            }
        }
    }
    all
}

/// Whether options allow it; what somebody else may say instead of a default does not count.
fn is_optional(text: &str) -> bool {
    let written = text.split("${").next().unwrap_or_default().replace(' ', "");
    let forms = ["HttpTokens=optional", "\"HttpTokens\":\"optional\""];
    forms.iter().any(|form| written.contains(form)) && !text.contains("disabled")
}

/// Whether a value is but the default of a variable, there or where it is assigned: somebody else decides.
fn is_default(scripted: &Scripted<'_>, raw: &str) -> bool {
    let has_default = |text: &str| text.contains(":-") || text.contains(":=");
    let name = raw.trim_start_matches(['$', '{']).trim_end_matches('}');
    let mut assigned = scripted.script.commands.iter().flat_map(|command| &command.assignments);
    has_default(raw) || assigned.any(|(set, word)| set == name && has_default(&word.raw))
}

fn placed(command: &Command, bytes: Range<usize>) -> (Range<usize>, bool) {
    let is_own = command.bytes.start <= bytes.start && bytes.end <= command.bytes.end;
    (bytes, is_own)
}
