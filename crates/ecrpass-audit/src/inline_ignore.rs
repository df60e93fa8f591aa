//! `# ecrpass: ignore[slug] reason`, in a comment of any syntax, on the line of a finding or on its own above it.

use std::cell::Cell;
use std::ops::RangeInclusive;

use ecrpass_core::DiagnosisId;

const MARK: &str = "ecrpass: ignore[";

/// What a comment begins with, in all kinds of files that are read.
const COMMENTS: [&str; 9] = ["#", "//", "/*", "*", "--", ";", "<!--", "{{/*", "::"];

/// One rule that a comment leaves out.
pub(crate) struct Ignore {
    line: usize,
    /// The last line that it is for: its own, or the first one after it that is no comment.
    until: usize,
    /// The slug, as written.
    pub slug: String,
    id: Option<DiagnosisId>,
    is_used: Cell<bool>,
}

/// A comment that leaves nothing out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedIgnore {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The slug, as written.
    pub slug: String,
    /// Whether there is a cause of that name.
    pub is_known: bool,
}

/// A comment that looks as if it were to leave something out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlmostIgnore {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}

/// All of a text.
pub(crate) fn read(text: &str) -> Vec<Ignore> {
    let mut all = Vec::new();
    if memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_none() {
        return all;
    }
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some((before, after)) = line.split_once(MARK) else { continue };
        let Some((slugs, _)) = after.split_once(']') else { continue };
        let before = before.trim_end();
        let Some(opening) =
            COMMENTS.iter().filter(|opening| before.ends_with(**opening)).max_by_key(|one| one.len())
        else {
            continue;
        };
        let is_alone = before.strip_suffix(opening).is_some_and(|code| code.trim().is_empty());
        // Several comments may stand above one line.
        let further = lines.iter().skip(index + 1).take_while(|line| is_comment(line)).count();
        let until = if is_alone { end_of_command(&lines, index + 2 + further) } else { index + 1 };
        all.extend(slugs.split(',').map(str::trim).map(|slug| Ignore {
            line: index + 1,
            until,
            slug: slug.to_owned(),
            id: DiagnosisId::parse(slug),
            is_used: Cell::new(false),
        }));
    }
    all
}

/// How many lines of one command a comment above it is for.
const MOST_LINES: usize = 200;

/// The last line of the command that begins on a line (from 1): in the middle of one there is no place for a comment.
fn end_of_command(lines: &[&str], first: usize) -> usize {
    let goes_on = |line: &&&str| {
        let line = line.trim_end();
        // `run: |` begins a text, and no pipe.
        let is_pipe = line.strip_suffix('|').is_some_and(|before| !before.trim_end().ends_with(':'));
        line.ends_with('\\') || line.ends_with("&&") || line.ends_with(" `") || is_pipe
    };
    first + lines.iter().skip(first.saturating_sub(1)).take(MOST_LINES).take_while(goes_on).count()
}

/// The lines of a text, from 1, with a comment that looks as if it were to leave something out, and does not: another
/// spelling, other brackets, none.
pub(crate) fn almost(text: &str) -> Vec<usize> {
    let has = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    if !["ecrpass", "ECRPASS", "Ecrpass", "EcrPass", "ECRpass"].into_iter().any(has) {
        return Vec::new();
    }
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| is_almost(line)).map(|(index, _)| index + 1).collect()
}

fn is_almost(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let Some((before, after)) = lower.split_once("ecrpass") else { return false };
    if !COMMENTS.iter().any(|opening| before.trim_end().ends_with(opening)) {
        return false;
    }
    let after = after.trim_start();
    let (has_colon, word) = match after.strip_prefix([':', '-', '=']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, after),
    };
    let Some(rest) = word.strip_prefix("ignore") else { return false };
    let opens = rest.trim_start().starts_with(['[', '(', '{', ':']);
    // A word like `ignores`, and a sentence.
    if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) || !has_colon && !opens {
        return false;
    }
    !line.split_once(MARK).is_some_and(|(_, slugs)| slugs.contains(']'))
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    // `- item`, `* text` and `;` alone are no comments everywhere.
    ["#", "//", "/*", "<!--", "{{/*"].iter().any(|opening| line.starts_with(opening)) && line.contains(MARK)
}

impl Ignore {
    /// The line it stands on.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// Whether it leaves a finding of the rule of that name out that stands on these lines.
    pub(crate) fn covers(&self, rule: &str, lines: &RangeInclusive<usize>) -> bool {
        let covers = self.slug == rule && *lines.start() <= self.until && self.line <= *lines.end();
        if covers {
            self.is_used.set(true);
        }
        covers
    }

    /// What is to be said of it, if it left nothing out.
    pub(crate) fn unused(&self, path: &str) -> Option<UnusedIgnore> {
        let unused = || UnusedIgnore {
            path: path.to_owned(),
            line: self.line,
            slug: self.slug.clone(),
            is_known: self.id.is_some(),
        };
        (!self.is_used.get()).then(unused)
    }

    /// The rule it names, if there is one of that name.
    pub(crate) fn id(&self) -> Option<DiagnosisId> {
        self.id
    }

    /// Whether it is for one of these rules, or for none that there is.
    pub(crate) fn is_of(&self, ids: &[DiagnosisId]) -> bool {
        self.id.is_none_or(|id| ids.contains(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(text: &str, line: usize) -> bool {
        read(text).iter().any(|ignore| ignore.covers(DiagnosisId::TokenInLog.slug(), &(line..=line)))
    }

    #[test]
    fn a_comment_is_for_its_line_or_the_next_one() {
        for text in [
            "x # ecrpass: ignore[token-in-log] for a test\n",
            "# ecrpass: ignore[token-in-log]\nx\n",
            "// ecrpass: ignore[other, token-in-log] two of them",
            "<!-- ecrpass: ignore[token-in-log] x -->",
            "/* ecrpass: ignore[token-in-log] */ x",
            "{{/* ecrpass: ignore[token-in-log] */}}",
        ] {
            assert!(covered(text, 1), "{text}");
        }
        let above =
            "a\n  # ecrpass: ignore[token-in-log] why\n  # ecrpass: ignore[token-expired] why\n  x\n  y\n";
        assert!(covered(above, 4) && !covered(above, 5) && !covered(above, 1));
        // One behind code is for that code.
        assert!(!covered("a # ecrpass: ignore[token-in-log]\nb\n", 2));
        assert!(!covered("echo \"ecrpass: ignore[token-in-log]\"\n", 1));
    }

    #[test]
    fn what_leaves_nothing_out_is_told() {
        let all = read("# ecrpass: ignore[token-in-log, tokn-in-log]\nx\n");
        assert!(all[0].covers(DiagnosisId::TokenInLog.slug(), &(2..=2)));
        let unused: Vec<UnusedIgnore> = all.iter().filter_map(|ignore| ignore.unused("a")).collect();
        assert_eq!(unused.len(), 1);
        assert_eq!((unused[0].slug.as_str(), unused[0].line, unused[0].is_known), ("tokn-in-log", 1, false));
    }

    #[test]
    fn a_comment_above_a_command_is_for_all_of_its_lines() {
        let above = "# ecrpass: ignore[token-in-log]\ndocker run \\\n  x \\\n  --foo\ny\n";
        assert!(covered(above, 2) && covered(above, 3) && covered(above, 4) && !covered(above, 5));
        let pipe = "# ecrpass: ignore[token-in-log]\na |\nb &&\nc\nd\n";
        assert!(covered(pipe, 4) && !covered(pipe, 5));
        let block = "# ecrpass: ignore[token-in-log]\n- run: |\n    a\n";
        assert!(covered(block, 2) && !covered(block, 3));
        // One behind code stays with its line.
        assert!(!covered("x # ecrpass: ignore[token-in-log] \\\ny\n", 2));
        assert!(!covered("# ecrpass: ignore[token-in-log]", 3));
    }

    #[test]
    fn near_misses_are_told() {
        for text in [
            "# ecrpass:ignore[token-in-log]",
            "x # ecrpass: ignore",
            "  // ecrpass: ignore(token-in-log) why",
            "# ECRPASS: IGNORE[token-in-log]",
            "# Ecrpass: ignore[token-in-log]",
            "# ecrpass ignore[token-in-log]",
            "# ecrpass: ignore [token-in-log]",
            "# ecrpass: ignore[token-in-log",
            "<!-- ecrpass-ignore[token-in-log] -->",
        ] {
            assert_eq!(almost(&format!("a\n{text}\n")), [2], "{text}");
            assert!(read(text).is_empty(), "{text}");
        }
        for text in [
            "# ecrpass: ignore[token-in-log] why",
            "# ecrpass ignores this",
            "# ecrpass ignore comments are described elsewhere",
            "# ecrpass: see docs",
            "echo \"ecrpass: ignore\"",
        ] {
            assert!(almost(text).is_empty(), "{text}");
        }
    }
}
