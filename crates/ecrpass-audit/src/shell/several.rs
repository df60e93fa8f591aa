//! One word that becomes several, or none: a variable of several words, an array, the name of a function that hands its
//! arguments on (`in_client() { docker run … "$@"; }`).

use std::ops::Range;

use super::model::{Output, Word};
use super::reader::Reader;
use super::state::{Forward, LOOKING, MOST_WORDS, State};
use super::variables;
use super::words::{Parts, RawWord};
use crate::known::Known;

/// The most words that one becomes, and all of a script together.
const MOST: usize = 256;
const MOST_OF_SCRIPT: usize = 100_000;

/// The most arrays that are kept.
const ARRAYS: usize = 64;

/// Programs that only look at their arguments or print them.
const ONLY_LOOK: [&str; 10] = ["echo", "printf", "[", "test", "[[", "set", "print", ":", "true", "shift"];

impl Reader<'_, '_, '_> {
    /// Adds a word to a command's, or what it becomes.
    pub(super) fn push_word(&mut self, words: &mut Vec<RawWord>, word: RawWord) {
        let room = MOST_WORDS.saturating_sub(words.len());
        match self.several(words, &word) {
            Some(all) => {
                self.state.several += all.len();
                words.extend(all.into_iter().take(room));
            }
            None if room > 0 => words.push(word),
            None => {}
        }
    }

    /// What a word becomes, if that is not itself.
    fn several(&self, words: &[RawWord], word: &RawWord) -> Option<Vec<RawWord>> {
        let program = words.first().and_then(|program| program.word.value.exactly());
        if program.is_some_and(|program| ONLY_LOOK.contains(&program)) || self.state.several > MOST_OF_SCRIPT
        {
            return None;
        }
        let name = word.word.raw.strip_prefix("${").and_then(|rest| rest.strip_suffix("[@]}"));
        if let Some(elements) = name.and_then(|name| self.state.arrays.get(name)) {
            return Some(elements.iter().map(without_pieces).collect());
        }
        // In quotes it is one word, whatever is in it.
        let [(range, Some(value))] = word.pieces.as_slice() else { return None };
        let written = self.text.get(range.clone()).unwrap_or_default();
        let parts = parts(&value_of(value, words.is_empty(), written)?);
        let is_itself = matches!((parts.as_slice(), value), ([only], Known::Exactly(text) | Known::Made(text)) if only == text);
        (!is_itself && parts.len() <= MOST).then(|| {
            let bytes = &word.word.bytes;
            let word =
                |part: String| Word { bytes: bytes.clone(), value: Known::one_of([part.clone()]), raw: part };
            parts.into_iter().map(|part| RawWord { word: word(part), pieces: Vec::new() }).collect()
        })
    }

    /// The elements of an array, any of which its name may stand for; behind those that it has already if `adds`.
    pub(super) fn array(&mut self, name: &str, from: usize, adds: bool) -> Word {
        self.at += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_blank(true);
            if self.at >= self.end {
                break;
            }
            if super::cursor::byte(self.text, self.at) == b')' {
                self.at += 1;
                break;
            }
            match self.word() {
                Some(word) => self.push_word(&mut elements, word),
                None => self.at += 1,
            }
        }
        let mut word = self.finished(from, &Parts::default()).word;
        if !elements.is_empty() {
            let values = elements.iter().map(|element| element.word.value.clone()).collect();
            word.value = variables::one_of(name, values);
        }
        let elements = elements.into_iter().map(|element| element.word).collect();
        self.state.keep_array(name, elements, adds);
        word
    }

    /// What a call of a function that hands its arguments on runs, and its words.
    pub(super) fn handed_on(&mut self, words: &[RawWord]) -> Option<(Forward, Vec<RawWord>)> {
        let (name, arguments) = words.split_first()?;
        let name = name.word.value.exactly()?;
        let forward = self.state.functions.get(name)?.forward.clone()?;
        let arguments = arguments.get(forward.own..)?;
        if arguments.is_empty() || self.state.several > MOST_OF_SCRIPT {
            return None;
        }
        let all = forward.before.iter().map(without_pieces).chain(arguments.iter().cloned());
        let all: Vec<RawWord> =
            all.chain(forward.behind.iter().map(without_pieces)).take(MOST_WORDS).collect();
        self.state.several += all.len();
        Some((forward, all))
    }
}

impl State<'_> {
    /// Keeps an array. One that may have other elements at another time is not known.
    fn keep_array(&mut self, name: &str, elements: Vec<Word>, adds: bool) {
        let before = self.arrays.remove(name);
        let is_sure = !self.context.is_conditional && !self.context.in_loop && self.arrays.len() < ARRAYS;
        let all = match (before, adds) {
            (Some(mut before), true) => {
                before.extend(elements);
                before
            }
            (None, true) => return,
            (_, false) => elements,
        };
        if is_sure && all.len() <= MOST {
            self.arrays.insert(name.to_owned(), all);
        }
    }

    /// Whether commands have to do with registries or AWS, themselves or through a function.
    pub(super) fn touches(&self, range: Range<usize>) -> bool {
        let commands = self.commands.get(range).unwrap_or_default();
        commands.iter().any(|command| self.is_touching(command.program()))
    }

    fn is_touching(&self, program: &str) -> bool {
        LOOKING.contains(&program) || self.functions.get(program).is_some_and(|function| function.touches)
    }

    /// The command that a function of these commands hands its arguments on to, if that is all that it does.
    pub(super) fn forward(&self, range: Range<usize>) -> Option<Forward> {
        let mut found: Option<Forward> = None;
        for command in self.commands.get(range)?.iter().filter(|command| !command.is_off) {
            let program = command.program();
            if ONLY_LOOK.contains(&program) {
                continue;
            }
            let mut before: Vec<Word> =
                command.wrappers.iter().chain(&command.words).take(MOST + 1).cloned().collect();
            let Some(at) = before.iter().position(|word| own_arguments(word).is_some()) else {
                if self.is_touching(program) {
                    return None;
                }
                continue;
            };
            let own = before.get(at).and_then(own_arguments)?;
            let mut behind = before.split_off(at);
            behind.remove(0);
            let is_once = !behind.iter().any(|word| own_arguments(word).is_some());
            let is_left =
                !matches!(command.output, Output::Pipe(_) | Output::Variable(_) | Output::Argument(_));
            if !is_once || !is_left || command.reads.is_some() || before.len() > MOST {
                return None;
            }
            let (assignments, here) = (command.assignments.clone(), command.here.clone());
            let (input, output) = (command.input.clone(), command.output.clone());
            let forward = Forward { before, own, behind, assignments, here, input, output };
            if found.as_ref().is_some_and(|other| !other.is_like(&forward)) {
                return None;
            }
            found.get_or_insert(forward);
        }
        found
    }
}

impl Forward {
    /// Whether it runs the same: a second try.
    fn is_like(&self, other: &Self) -> bool {
        let raws = |words: &[Word]| words.iter().map(|word| word.raw.clone()).collect::<Vec<_>>();
        raws(&self.before) == raws(&other.before)
            && raws(&self.behind) == raws(&other.behind)
            && self.own == other.own
    }
}

/// Of `"$@"` and `"${@:2}"`: how many arguments in front are left out.
fn own_arguments(word: &Word) -> Option<usize> {
    let is_written = matches!(word.raw.as_str(), "$@" | "${@}" | "$*" | "${*}")
        || word.raw.starts_with("${@:") && word.raw.ends_with('}');
    let Known::Made(text) = word.value.clone() else { return None };
    let inside = text.strip_prefix("${")?.strip_suffix('}').filter(|_| is_written)?;
    match inside {
        "@" | "*" => Some(0),
        _ => inside.strip_prefix("@:")?.parse::<usize>().ok()?.checked_sub(1),
    }
}

/// A word that stands elsewhere: a script in it cannot be read from here.
fn without_pieces(word: &Word) -> RawWord {
    RawWord { word: word.clone(), pieces: Vec::new() }
}

/// The text that is split. Of several in front of a program, the one with all that any of them has: `sudo docker` of
/// `docker` and `sudo docker`.
fn value_of(value: &Known, is_first: bool, written: &str) -> Option<String> {
    match value {
        Known::Exactly(text) | Known::Made(text) => Some(text.clone()),
        Known::OneOf(texts) if is_first => {
            let longest =
                texts.iter().filter(|text| !text.starts_with("${")).max_by_key(|text| text.len())?;
            // Not set unless a branch sets it: nothing stands there.
            let is_wrapper = ["sudo", "doas"].iter().any(|wrapper| longest.starts_with(wrapper));
            let name = written.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let unset = format!("${{{name}}}");
            let is_within = |text: &String| {
                text.is_empty()
                    || text == longest
                    || is_wrapper && *text == unset
                    || longest.strip_suffix(text.as_str()).is_some_and(|front| front.ends_with(' '))
            };
            texts.iter().all(is_within).then(|| longest.clone())
        }
        Known::OneOf(_) | Known::Unknown => None,
    }
}

/// A text split at blanks that stand outside of quotes and of what is only known at run time.
fn parts(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut part: Option<String> = None;
    let (mut depth, mut before, mut quote) = (0_usize, '\0', None);
    for (at, character) in text.char_indices() {
        let closes = |quote: char| text.get(at + 1..).is_some_and(|rest| rest.contains(quote));
        match character {
            '{' | '(' if before == '$' || depth > 0 => depth += 1,
            '}' | ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            _ if quote == Some(character) => {
                quote = None;
                before = character;
                continue;
            }
            '"' | '\'' if quote.is_none() && closes(character) => {
                quote = Some(character);
                part.get_or_insert_default();
                before = character;
                continue;
            }
            _ if character.is_whitespace() && quote.is_none() => {
                all.extend(part.take());
                before = character;
                continue;
            }
            _ => {}
        }
        part.get_or_insert_default().push(character);
        before = character;
    }
    all.extend(part);
    all
}

#[cfg(test)]
#[path = "several_tests.rs"]
mod tests;
