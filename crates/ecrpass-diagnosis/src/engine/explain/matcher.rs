//! The catalogue's signatures as one automaton, and what they find in a line.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::texts::Texts;
use crate::catalogue::entry::{Diagnosis, Signature};
use crate::catalogue::{self, general};

/// The number of a text that signatures ask for.
pub type Literal = u32;

/// A signature, its texts as numbers.
struct Compiled {
    entry: usize,
    signature: Signature,
    is_general: bool,
    says: Vec<Literal>,
    without: Vec<Literal>,
    near: Vec<Literal>,
    also_near: Vec<Literal>,
    unless_near: Vec<Literal>,
}

/// Names of errors, as C and Node.js have them: other names end so, as `ModuleNotFoundError` has `ENOTFOUND` in it.
const ERROR_NAMES: [&str; 5] = ["eacces", "eai_again", "enoent", "enotfound", "etimedout"];

/// All signatures, ready to be looked for.
pub struct Matcher {
    texts: Texts,
    /// The literals that count as whole words only.
    words: Vec<Literal>,
    /// The catalogue.
    pub entries: Vec<&'static Diagnosis>,
    signatures: Vec<Compiled>,
    /// The signatures whose first text is that literal.
    by_first: HashMap<Literal, Vec<usize>>,
}

/// A signature that a line has.
pub struct Hit<'a> {
    /// Which entry of the catalogue.
    pub entry: usize,
    /// Which of its signatures.
    pub signature: &'a Signature,
    /// Whether it is none of its own, but what is known in general.
    pub is_general: bool,
}

impl Matcher {
    /// The one matcher there is.
    pub fn get() -> &'static Self {
        static MATCHER: OnceLock<Matcher> = OnceLock::new();
        MATCHER.get_or_init(Self::compile)
    }

    fn compile() -> Self {
        let entries: Vec<_> = catalogue::all().collect();
        let mut texts: Vec<&'static str> = Vec::new();
        let mut numbers: HashMap<&'static str, Literal> = HashMap::new();
        let mut number_all = |wanted: &'static [&'static str]| -> Vec<Literal> {
            let number = |text: &&'static str| {
                *numbers.entry(text).or_insert_with(|| {
                    texts.push(text);
                    Literal::try_from(texts.len() - 1).unwrap_or(Literal::MAX)
                })
            };
            wanted.iter().map(number).collect()
        };
        let mut signatures = Vec::new();
        let entry_of = |id| entries.iter().position(|diagnosis| diagnosis.id == id);
        let own = entries.iter().enumerate().flat_map(|(entry, diagnosis)| {
            diagnosis.signatures.iter().map(move |signature| (entry, *signature, false))
        });
        let general =
            general::signatures().filter_map(|(id, signature)| Some((entry_of(id)?, signature, true)));
        for (entry, signature, is_general) in own.chain(general) {
            signatures.push(Compiled {
                entry,
                signature,
                is_general,
                says: number_all(signature.says),
                without: number_all(signature.without),
                near: number_all(signature.near),
                also_near: number_all(signature.also_near),
                unless_near: number_all(signature.unless_near),
            });
        }
        let mut by_first: HashMap<Literal, Vec<usize>> = HashMap::new();
        for (index, signature) in signatures.iter().enumerate() {
            if let Some(first) = signature.says.first() {
                by_first.entry(*first).or_default().push(index);
            }
        }
        let words = texts.iter().zip(0..).filter(|(text, _)| ERROR_NAMES.contains(text));
        let words = words.map(|(_, literal)| literal).collect();
        Self { texts: Texts::new(texts), words, entries, signatures, by_first }
    }

    /// The texts that begin in the first `length` bytes of a line; the rest of it is the next line, which a text may
    /// run on into.
    pub fn literals(&self, line: &str, length: usize) -> Vec<Literal> {
        let found = self.texts.found(line).filter(|(at, _)| at.start < length);
        let found = found.filter_map(|(at, number)| {
            let literal = Literal::try_from(number).ok()?;
            let is_whole = is_whole_number(line, at.start, at.end)
                && (!self.words.contains(&literal) || is_whole_word(line, at.start, at.end));
            is_whole.then_some(literal)
        });
        let mut literals: Vec<Literal> = found.collect();
        literals.sort_unstable();
        literals.dedup();
        literals
    }

    /// Whether any signature may be had by a line with these texts.
    pub fn may_hit(&self, line: &[Literal]) -> bool {
        line.iter().any(|text| self.by_first.contains_key(text))
    }

    /// The signatures a line has, given the texts in it and near it.
    pub fn hits(&self, line: &[Literal], near: &dyn Fn(Literal) -> bool) -> Vec<Hit<'_>> {
        let has = |text: &Literal| line.binary_search(text).is_ok();
        let holds = |signature: &&Compiled| {
            let any = |texts: &[Literal]| texts.is_empty() || texts.iter().any(|text| near(*text));
            signature.says.iter().all(has)
                && !signature.without.iter().any(has)
                && !signature.unless_near.iter().any(|text| near(*text))
                && any(&signature.near)
                && any(&signature.also_near)
        };
        let indices = line.iter().filter_map(|text| self.by_first.get(text)).flatten();
        indices
            .filter_map(|index| self.signatures.get(*index))
            .filter(holds)
            .map(|compiled| Hit {
                entry: compiled.entry,
                signature: &compiled.signature,
                is_general: compiled.is_general,
            })
            .collect()
    }
}

/// Whether a part of a line cuts no number in two: `401` is no status in `602401143452`.
fn is_whole_number(line: &str, start: usize, end: usize) -> bool {
    let bytes = line.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let cuts = |before: Option<usize>, after: usize| is_digit(before) && is_digit(Some(after));
    !cuts(start.checked_sub(1), start) && !cuts(end.checked_sub(1), end)
}

/// Whether a part of a line is a word, and not a piece of one.
fn is_whole_word(line: &str, start: usize, end: usize) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !line.get(..start).is_some_and(|before| before.ends_with(is_letter))
        && !line.get(end..).is_some_and(|after| after.starts_with(is_letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_not_part_of_another_name() {
        for (line, has) in [
            ("modulenotfounderror: no module named 'requests'", false),
            ("filenotfounderror", false),
            ("imagenotfound", false),
            ("enotfound_x", false),
            ("errno: enotfound", true),
            ("code: 'enotfound',", true),
        ] {
            let start = line.find("enotfound").unwrap();
            assert_eq!(is_whole_word(line, start, start + "enotfound".len()), has, "{line}");
        }
    }

    #[test]
    fn a_status_is_not_part_of_a_number() {
        let line = "602401143452 401, 4013";
        for (start, end, whole) in [(3, 6, false), (0, 12, true), (13, 16, true), (18, 21, false)] {
            assert_eq!(is_whole_number(line, start, end), whole, "{:?}", line.get(start..end));
        }
    }
}
