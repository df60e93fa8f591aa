//! As much of Markdown as links need: where they are, and which anchors the headings of a document make.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A link, an image, or an attribute that names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The bytes of its target.
    pub bytes: Range<usize>,
    /// The line it is in, from 1.
    pub line: usize,
    /// What it leads to, as written.
    pub target: String,
}

/// The lines that are text, each with its first byte and its number; code blocks are none.
fn prose(text: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut fence: Option<(char, usize)> = None;
    let mut at = 0;
    text.split_inclusive('\n').enumerate().filter_map(move |(index, line)| {
        let start = at;
        at += line.len();
        let trimmed = line.trim_start();
        let mark = trimmed.chars().next().filter(|mark| ['`', '~'].contains(mark));
        let length = mark.map_or(0, |mark| trimmed.chars().take_while(|it| *it == mark).count());
        if let Some((open, opened)) = fence {
            if mark == Some(open) && length >= opened {
                fence = None;
            }
            return None;
        }
        if let Some(mark) = mark.filter(|_| length >= 3) {
            fence = Some((mark, length));
            return None;
        }
        (!line.starts_with("    ")).then_some((start, index + 1, line))
    })
}

/// A line in which blanks stand for code, byte for byte.
fn without_code(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let (before, code) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let ticks = code.len() - code.trim_start_matches('`').len();
        let (open, inside) = code.split_at_checked(ticks).unwrap_or((code, ""));
        let Some(end) = inside.find(open) else {
            out.push_str(code);
            return out;
        };
        let (inside, after) = inside.split_at_checked(end).unwrap_or((inside, ""));
        out.push_str(&" ".repeat(2 * ticks + inside.len()));
        rest = after.get(ticks..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// All links of a document.
pub fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (start, number, line) in prose(text) {
        let line = without_code(line);
        for (mark, ends) in [("](", &[')', ' '][..]), ("src=\"", &['"']), ("href=\"", &['"'])] {
            for (at, _) in line.match_indices(mark) {
                let from = at + mark.len();
                let Some(target) = line.get(from..).and_then(|rest| rest.split(ends).next()) else {
                    continue;
                };
                let bytes = start + from..start + from + target.len();
                links.push(Link { bytes, line: number, target: target.to_owned() });
            }
        }
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            let target = target.trim();
            let from = start + line.find(target).unwrap_or_default();
            links.push(Link { bytes: from..from + target.len(), line: number, target: target.to_owned() });
        }
    }
    links.sort_by_key(|link| link.bytes.start);
    links
}

/// The first heading.
pub fn title(text: &str) -> Option<&str> {
    prose(text).find_map(|(_, _, line)| line.strip_prefix("# ")).map(str::trim)
}

/// The anchors of all headings, as GitHub and mdBook make them.
pub fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for (_, _, line) in prose(text) {
        let hashes = line.len() - line.trim_start_matches('#').len();
        let Some(heading) =
            line.get(hashes..).filter(|rest| (1..=6).contains(&hashes) && rest.starts_with(' '))
        else {
            continue;
        };
        let anchor = anchor(heading.trim());
        let count = seen.entry(anchor.clone()).or_default();
        anchors.insert(if *count == 0 { anchor } else { format!("{anchor}-{count}") });
        *count += 1;
    }
    anchors
}

/// A heading's anchor.
fn anchor(heading: &str) -> String {
    // Of a link its text counts.
    let mut text = String::new();
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let kept = text.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(text: &str) -> Vec<String> {
        for link in links(text) {
            assert_eq!(&text[link.bytes.clone()], link.target);
        }
        links(text).into_iter().map(|link| link.target).collect()
    }

    #[test]
    fn links_are_found_and_code_is_none() {
        let text = "a [b](c.md) and [`d`](e.md#f \"title\"), `[no](code)`\n![p](i/x.png)\n\n```sh\n[no](x)\n```\n\n    [no](x)\n<img src=\"a.png\" width=\"2\">\n[ref]: https://example.com/\nit`s [g](h)\n";
        assert_eq!(targets(text), ["c.md", "e.md#f", "i/x.png", "a.png", "https://example.com/", "h"]);
        assert_eq!(links(text)[2].line, 2);
        assert_eq!(targets("````md\n```\n[no](x)\n```\n````\n[yes](y)\n"), ["y"]);
    }

    #[test]
    fn anchors_are_those_of_github() {
        let text = "# `ecrpass fix`: repairs the file\n## From a log\n```sh\n# no\n```\n## From a log\n### See [a page](x.md), too — done\n#no\n";
        let expected = ["ecrpass-fix-repairs-the-file", "from-a-log", "from-a-log-1", "see-a-page-too--done"];
        // An opening bracket is dropped like any other character.
        assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(title(text), Some("`ecrpass fix`: repairs the file"));
    }
}
