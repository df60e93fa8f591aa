//! A Dockerfile's instructions: lines joined, comments and the bodies of heredocs left out, places kept.
//!
//! Source: Dockerfile reference, "Parser directives", "Format" and "Here-Documents"; BuildKit
//! `frontend/dockerfile/parser/parser.go`.

/// How many heredocs an instruction may have: the end of each is looked for in all of the file.
const MAX_HEREDOCS: usize = 32;

/// An instruction on one line.
#[derive(Debug, Default)]
pub struct Instruction {
    pub text: String,
    /// Where a part of the text starts, and at which byte of the file.
    pieces: Vec<(usize, usize)>,
}

/// What a Dockerfile consists of.
#[derive(Debug)]
pub struct Instructions {
    pub all: Vec<Instruction>,
    /// The character of `# escape=`.
    pub escape: char,
    /// The image of `# syntax=` and its byte.
    pub syntax: Option<(String, usize)>,
}

impl Instruction {
    /// The byte of the file that a byte of the text came from.
    pub fn at(&self, position: usize) -> usize {
        let after = self.pieces.partition_point(|(start, _)| *start <= position);
        let piece = after.checked_sub(1).and_then(|index| self.pieces.get(index));
        piece.map_or(0, |(start, at)| at + (position - start))
    }

    /// The words, each with its position in the text.
    pub fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        let start = self.text.as_ptr().addr();
        self.text.split_whitespace().map(move |word| (word.as_ptr().addr() - start, word))
    }
}

/// Takes a Dockerfile apart.
pub fn instructions(text: &str) -> Instructions {
    let mut at = 0;
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            (start, line.trim_end_matches(['\n', '\r']))
        })
        .collect();
    let mut found = Instructions { all: Vec::new(), escape: '\\', syntax: None };
    let mut lines = lines.as_slice();
    while let Some(((start, line), rest)) = lines.split_first()
        && directive(&mut found, *start, line)
    {
        lines = rest;
    }
    while let Some((instruction, rest)) = next(lines, found.escape) {
        lines = skip_heredocs(&instruction.text, rest);
        if !instruction.text.trim().is_empty() {
            found.all.push(instruction);
        }
    }
    found
}

/// `# key=value` at the very top; the first other line ends them.
fn directive(found: &mut Instructions, start: usize, line: &str) -> bool {
    let Some((key, value)) = line.trim_start().strip_prefix('#').and_then(|body| body.split_once('=')) else {
        return false;
    };
    match key.trim().to_ascii_lowercase().as_str() {
        "escape" if value.trim() == "`" => found.escape = '`',
        "syntax" => {
            let indent = value.len() - value.trim_start().len();
            found.syntax = Some((value.trim().to_owned(), start + line.len() - value.len() + indent));
        }
        "escape" | "check" => {}
        _ => return false,
    }
    true
}

/// The next instruction, and the lines behind it.
fn next<'a, 'b>(
    lines: &'a [(usize, &'b str)],
    escape: char,
) -> Option<(Instruction, &'a [(usize, &'b str)])> {
    let mut instruction = Instruction::default();
    let mut lines = lines;
    lines.first()?;
    while let Some(((start, line), rest)) = lines.split_first() {
        lines = rest;
        let trimmed = line.trim();
        // Comments and empty lines are left out even inside an instruction.
        if trimmed.is_empty() || trimmed.starts_with('#') {
            if instruction.text.is_empty() {
                break;
            }
            continue;
        }
        let (part, continues) = match trimmed.strip_suffix(escape) {
            Some(part) => (part, true),
            None => (trimmed, false),
        };
        let indent = line.len() - line.trim_start().len();
        instruction.pieces.push((instruction.text.len(), start + indent));
        instruction.text.push_str(part);
        if !continues {
            break;
        }
        instruction.text.push(' ');
    }
    Some((instruction, lines))
}

/// The lines behind the bodies of an instruction's heredocs. What is never closed is no heredoc, but a shell's own `<<`.
fn skip_heredocs<'a, 'b>(text: &str, lines: &'a [(usize, &'b str)]) -> &'a [(usize, &'b str)] {
    let first = text.split_whitespace().next().unwrap_or_default();
    if !["RUN", "COPY", "ADD", "ONBUILD"].iter().any(|keyword| first.eq_ignore_ascii_case(keyword)) {
        return lines;
    }
    let mut lines = lines;
    for word in text.split_whitespace().filter(|word| word.contains("<<")).take(MAX_HEREDOCS) {
        let Some(name) = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<") else {
            continue;
        };
        let (tabs, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
        let name = name.trim_matches(['"', '\'']);
        let end = lines.iter().position(|(_, line)| {
            let line = if tabs { line.trim_start_matches('\t') } else { line };
            line == name
        });
        if let (false, Some(end)) = (name.is_empty(), end) {
            lines = lines.get(end + 1..).unwrap_or_default();
        }
    }
    lines
}
