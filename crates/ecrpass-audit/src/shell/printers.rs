//! Functions that only print a text made of their arguments: `registry() { echo "$ACCOUNT.dkr.ecr.$1.amazonaws.com"; }`.

use std::collections::HashMap;

use super::cursor::{byte, name_end, rest};
use super::model::{Command, Word};
use super::state::State;
use super::variables::joined;
use crate::known::Known;

/// The most commands of such a function: what it prints, and what it names before.
const MOST: usize = 6;

/// Parts of a text, each as it stands where its value is not known, and its value.
type Parts = Vec<(String, Known)>;

impl State<'_> {
    /// What a call prints of a function that does nothing else. Variables have the values of the time of the call.
    pub(super) fn printed_by_function(&self, call: &Command) -> Option<Known> {
        let body = self.functions.get(call.program())?.commands.clone();
        if body.is_empty() || body.len() > MOST {
            return None;
        }
        let mut set: HashMap<String, Known> = HashMap::new();
        for (at, argument) in call.words.iter().enumerate() {
            set.insert(at.to_string(), argument.value.clone());
        }
        let (last, before) = self.commands.get(body)?.split_last()?;
        let is_plain = |command: &Command| {
            !command.is_conditional && !command.is_off && !command.in_loop && command.reads.is_none()
        };
        if !is_plain(last) || !before.iter().all(is_plain) {
            return None;
        }
        for command in before {
            let names = command.words.is_empty()
                || command.words.iter().all(|word| word.is("local") || word.is("-r"));
            if !names || command.assignments.is_empty() {
                return None;
            }
            for (name, word) in &command.assignments {
                let value = joined(&self.parts(&word.raw, &set)?);
                set.insert(name.clone(), value);
            }
        }
        let (program, arguments) = last.words.split_first()?;
        if program.is("echo") {
            let [word] = arguments else { return None };
            return Some(joined(&self.parts(&word.raw, &set)?));
        }
        let (format, arguments) = arguments.split_first().filter(|_| program.is("printf"))?;
        self.formatted(format, arguments, &set)
    }

    /// What `printf` makes of a format that has nothing but `%s` in it.
    fn formatted(&self, format: &Word, arguments: &[Word], set: &HashMap<String, Known>) -> Option<Known> {
        let format = format.raw.strip_suffix("\\n").unwrap_or(&format.raw);
        let mut texts = format.split("%s");
        let mut parts: Parts = vec![(String::new(), Known::Exactly(texts.next()?.to_owned()))];
        let mut arguments = arguments.iter();
        for text in texts {
            parts.extend(self.parts(&arguments.next()?.raw, set)?);
            parts.push((String::new(), Known::Exactly(text.to_owned())));
        }
        let is_plain =
            !format.replace("%s", "").contains(['%', '\\', '$', '`']) && arguments.next().is_none();
        is_plain.then(|| joined(&parts))
    }

    /// A word with `$1`, `$NAME` and `${NAME}` put in; nothing if there is more to it.
    fn parts(&self, raw: &str, set: &HashMap<String, Known>) -> Option<Parts> {
        let mut parts = Parts::new();
        let mut at = 0;
        while at < raw.len() {
            let here = rest(raw, at);
            let length = here.find('$').unwrap_or(here.len());
            let text = here.get(..length)?;
            if text.contains(['`', '\\', '"', '\'']) {
                return None;
            }
            parts.push((String::new(), Known::Exactly(text.to_owned())));
            at += length;
            if at >= raw.len() {
                break;
            }
            let braced = byte(raw, at + 1) == b'{';
            let from = at + 1 + usize::from(braced);
            let digit = usize::from(byte(raw, from).is_ascii_digit());
            let end = if digit == 1 { from + 1 } else { name_end(raw, from) };
            let name = raw.get(from..end).filter(|name| !name.is_empty())?;
            if braced && byte(raw, end) != b'}' {
                return None;
            }
            at = end + usize::from(braced);
            let value = set.get(name).cloned().or_else(|| self.variables.get(name));
            parts.push((format!("${{{name}}}"), value.unwrap_or_else(|| Known::named(name))));
        }
        Some(parts)
    }
}
