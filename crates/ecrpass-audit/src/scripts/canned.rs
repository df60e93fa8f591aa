//! Canned recipes of a Makefile: what `define` or a variable holds as commands, and `$(call name,…)` puts in.

use std::collections::HashSet;

use crate::passage::Passage;
use crate::scripts::make_values::{Variables, begins_macro, closing};

/// How many are put in, and the longest.
const MOST: usize = 500;
const LONGEST: usize = 4096;

/// The canned recipes that a file's lines use.
pub(super) struct Canned<'a> {
    variables: &'a Variables,
    is_just: bool,
    /// The names that lines of recipes begin with.
    used: HashSet<&'a str>,
    count: usize,
}

impl<'a> Canned<'a> {
    pub(super) fn new(text: &'a str, variables: &'a Variables, is_just: bool) -> Self {
        let begins = text.lines().filter_map(|line| {
            let inside = line.strip_prefix('\t')?.trim_start().trim_start_matches(['@', '-', '+']);
            let name = inside.strip_prefix("$(")?;
            name.strip_prefix("call ").unwrap_or(name).split([',', ')']).next().map(str::trim)
        });
        Self { variables, is_just, used: begins.collect(), count: 0 }
    }

    /// Whether a line belongs to the text behind `define`, which is read where it is put in.
    pub(super) fn is_skipped(&self, line: &str, in_macro: &mut bool) -> bool {
        if *in_macro {
            *in_macro = line.trim() != "endef";
            return true;
        }
        *in_macro = !self.is_just && begins_macro(line).is_some_and(|name| self.used.contains(name));
        *in_macro
    }

    /// Puts what stands at the beginning of a recipe's line into the recipe, if that is a canned one, and says where
    /// in the file the line goes on. All of it is at the dollar sign: no byte of it stands in this line.
    pub(super) fn put_in(&mut self, recipe: &mut Passage, line: &str, at: usize, continues: bool) -> usize {
        let Some(inside) = line.strip_prefix("$(").filter(|_| !self.is_just && !continues) else { return at };
        let length = closing(inside, ')');
        let Some(name) = inside.get(..length) else { return at };
        let Some(text) = self.text(name).filter(|_| self.count < MOST) else { return at };
        self.count += 1;
        for line in text.lines() {
            let line = line.trim_start().trim_start_matches(['@', '-', '+']);
            recipe.push_for(&line.replace("$$", "$"), &(at..at + 1));
            recipe.push_for("\n", &(at..at + 1));
        }
        (at + "$(".len() + length + 1).min(at + line.len())
    }

    /// The commands of `name` or `call name,one,two`; `None` if a variable holds but a part of a command.
    fn text(&self, written: &str) -> Option<String> {
        let mut arguments = written.strip_prefix("call ").map(arguments).into_iter().flatten();
        let is_call = written.starts_with("call ");
        let name = if is_call { arguments.next()? } else { written };
        let text = self.variables.written(name.trim()).filter(|text| text.len() <= LONGEST)?;
        let is_command = ["$$(", "`", "eval "].iter().any(|begin| text.starts_with(begin));
        if !is_call && !is_command && !text.contains(['\n', '|', ';', '&']) {
            return None;
        }
        let mut text = text.to_owned();
        let mut given: Vec<&str> = arguments.map(str::trim).take(9).collect();
        given.resize(9, "");
        for (number, argument) in (1..).zip(given) {
            for form in [format!("$({number})"), format!("${{{number}}}"), format!("${number}")] {
                text = text.replace(&form, argument);
            }
            if text.len() > 4 * LONGEST {
                return None;
            }
        }
        Some(text)
    }
}

/// The parts between commas that stand outside of brackets.
fn arguments(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                all.extend(text.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    all.extend(text.get(from..));
    all
}
