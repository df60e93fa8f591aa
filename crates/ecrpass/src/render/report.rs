//! Findings on a terminal: the evidence quoted and marked like a compiler's, then what to do.

use anstyle::{AnsiColor, Style};
use ecrpass_core::visible::visible;
use ecrpass_diagnosis::finding::{Action, Confidence, Evidence, Finding, Fix, OwnCommand, Severity};

use crate::render::paint::{BAD, DIM, GOOD, STRONG, styled};

/// How wide paragraphs are.
const WIDTH: usize = 96;

/// How many places of one finding are quoted; programs are told all.
const QUOTED_PLACES: usize = 10;

/// How much of a long line is quoted, in characters.
const QUOTED: usize = 160;

/// Findings as people read them: what is certain in full; of several possibilities the first in full, and of the
/// others how to find out.
pub fn findings(findings: &[Finding]) -> Vec<String> {
    let mut texts: Vec<Vec<String>> = Vec::new();
    let mut quoted: Vec<&Evidence> = Vec::new();
    for found in findings {
        let same_line = found.evidence.iter().any(|evidence| quoted.contains(&evidence));
        if found.confidence != Confidence::Certain && same_line {
            texts.push(possibility(found));
        } else {
            texts.push(finding(found));
        }
        quoted.extend(&found.evidence);
    }
    with_blank_lines(&texts)
}

/// What an audit found: what a rule is about is told once.
pub fn audited(findings: &[Finding]) -> Vec<String> {
    let mut told: Vec<&str> = Vec::new();
    let mut texts: Vec<Vec<String>> = Vec::new();
    for found in findings {
        if told.contains(&found.id.as_str()) {
            texts.push(again(found));
        } else {
            told.push(&found.id);
            texts.push(finding(found));
        }
    }
    with_blank_lines(&texts)
}

/// A finding whose rule was told about before: where it is, and what is to be done just there.
fn again(finding: &Finding) -> Vec<String> {
    let mut lines = quoted(finding);
    let own = finding
        .fixes
        .iter()
        .filter(|fix| matches!(&fix.action, Action::Lines(_) | Action::Ecrpass(OwnCommand::AuditFix { .. })));
    for fix in own {
        advice(fix, &mut lines);
    }
    lines
}

/// Texts of some lines each, set off from each other.
pub fn with_blank_lines(texts: &[Vec<String>]) -> Vec<String> {
    texts.join(&String::new())
}

/// Another explanation of lines that were quoted before.
fn possibility(finding: &Finding) -> Vec<String> {
    let (_, style) = heading(finding);
    let mut lines = vec![format!(
        "{}{}",
        styled(style.bold(), &format!("or [{}]", finding.id)),
        styled(STRONG, &format!(": {}", finding.title))
    )];
    // How to find out, before what to do if it is this.
    let first = finding.confirm.first().or(finding.fixes.first());
    if let Some((fix, command)) = first.and_then(|fix| Some((fix, fix.command()?))) {
        lines.push(format!("  {} {}", styled(GOOD, "→"), fix.summary));
        lines.push(format!("      {}", styled(STRONG, &command)));
    }
    lines
}

/// A finding as people read it.
fn finding(finding: &Finding) -> Vec<String> {
    let mut lines = quoted(finding);
    lines.push(String::new());
    paragraph(&finding.explanation, "  ", &mut lines);
    if let Some(impact) = &finding.impact {
        paragraph(&format!("Meanwhile: {impact}"), "  ", &mut lines);
    }
    for fix in &finding.fixes {
        advice(fix, &mut lines);
    }
    for fix in &finding.confirm {
        lines.push(format!("  {} {}", styled(DIM, "?"), fix.summary));
        if let Some(command) = fix.command() {
            lines.push(format!("      {command}"));
        }
    }
    if let Some(after) = &finding.after {
        paragraph(&format!("Afterwards: {after}"), "  ", &mut lines);
    }
    lines.push(styled(DIM, &format!("  More: {}", finding.help)));
    lines
}

/// Something to do, and how.
fn advice(fix: &Fix, lines: &mut Vec<String>) {
    lines.push(format!("  {} {}", styled(GOOD, "→"), fix.summary));
    let command = fix.command().unwrap_or_default();
    lines.extend(command.lines().map(|line| format!("      {}", styled(STRONG, line))));
}

/// What was found and where, without what it means.
fn quoted(finding: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    let (word, style) = heading(finding);
    let id = styled(style.bold(), &format!("{word}[{}]", finding.id));
    lines.push(format!("{id}{}", styled(STRONG, &format!(": {}", finding.title))));
    let gutter = finding
        .evidence
        .iter()
        .filter_map(|evidence| evidence.line)
        .max()
        .map_or(1, |line| line.to_string().len());
    for evidence in finding.evidence.iter().take(QUOTED_PLACES) {
        quote(evidence, gutter, style, &mut lines);
    }
    if let Some(more) = finding.evidence.len().checked_sub(QUOTED_PLACES).filter(|more| *more > 0) {
        let places = if more == 1 { "place" } else { "places" };
        lines.push(styled(DIM, &format!("{:>gutter$} = and {more} more {places}", "")));
    }
    if let Some(occurrences) = &finding.occurrences {
        lines.push(styled(DIM, &format!("{:>gutter$} = {occurrences}", "")));
    }
    lines
}

fn heading(finding: &Finding) -> (&'static str, Style) {
    let yellow = AnsiColor::Yellow.on_default();
    match (finding.confidence, finding.severity) {
        (Confidence::Certain, Severity::Error) => ("error", BAD),
        (Confidence::Certain, Severity::Warning) => ("warning", yellow),
        (Confidence::Certain, Severity::Note) => ("note", AnsiColor::Cyan.on_default()),
        (Confidence::Likely, _) => ("likely", yellow),
        (Confidence::Possible, _) => ("possible", AnsiColor::Cyan.on_default()),
    }
}

fn quote(evidence: &Evidence, gutter: usize, style: Style, lines: &mut Vec<String>) {
    let place = evidence.line.map(|line| format!(":{line}")).unwrap_or_default();
    lines.push(format!("{} {}{place}", styled(DIM, &format!("{:>gutter$}-->", "")), evidence.source));
    let number = evidence.line.map(|line| line.to_string()).unwrap_or_default();
    let bar = styled(DIM, "|");
    let (text, mark) = clip(&evidence.text, evidence.mark);
    // Character for character, tabs too: the mark points at a column.
    let text = visible(&text);
    lines.push(format!("{} {bar} {text}", styled(DIM, &format!("{number:>gutter$}"))));
    if let Some((from, length)) = mark {
        let label = evidence.label.as_ref().map(|label| format!(" {label}")).unwrap_or_default();
        let pointer = styled(style.bold(), &format!("{}{label}", "^".repeat(length.max(1))));
        lines.push(format!("{:gutter$} {bar} {:from$}{pointer}", "", ""));
    }
}

/// The part of a line around its mark, in characters, with the mark's place in it.
fn clip(text: &str, mark: Option<(usize, usize)>) -> (String, Option<(usize, usize)>) {
    let characters = |bytes: usize| text.get(..bytes).map_or(0, |text| text.chars().count());
    let mark = mark.map(|(from, to)| (characters(from), characters(to)));
    let total = text.chars().count();
    if total <= QUOTED {
        return (text.to_owned(), mark.map(|(from, to)| (from, to.saturating_sub(from))));
    }
    let start = mark.map_or(0, |(from, _)| from.saturating_sub(QUOTED / 3)).min(total - QUOTED);
    let mut clipped: String = text.chars().skip(start).take(QUOTED).collect();
    let mut shift = 0;
    if start > 0 {
        clipped.insert(0, '…');
        shift = 1;
    }
    if start + QUOTED < total {
        clipped.push('…');
    }
    let end = start + QUOTED;
    let mark =
        mark.map(|(from, to)| (from.max(start) - start + shift, to.min(end).saturating_sub(from.max(start))));
    (clipped, mark)
}

/// A text in lines of readable length.
pub fn paragraph(text: &str, indent: &str, lines: &mut Vec<String>) {
    let options = textwrap::Options::new(WIDTH).initial_indent(indent).subsequent_indent(indent);
    for paragraph in text.lines() {
        lines.extend(textwrap::wrap(paragraph, &options).into_iter().map(|line| line.into_owned()));
    }
}

/// A page of the catalogue, its headings set off and its paragraphs filled.
pub fn page(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for block in text.split("\n\n") {
        if let Some(title) = block.strip_prefix("# ") {
            lines.push(styled(STRONG, title));
        } else if let Some(heading) = block.strip_prefix("## ") {
            lines.push(styled(STRONG, &heading.to_uppercase()));
        } else if block.starts_with("    ") {
            lines.extend(block.lines().map(str::to_owned));
        } else {
            let is_item = block.starts_with("- ");
            let options = textwrap::Options::new(WIDTH).subsequent_indent(if is_item { "  " } else { "" });
            let words: Vec<&str> = block.split_whitespace().collect();
            lines
                .extend(textwrap::wrap(&words.join(" "), &options).into_iter().map(|line| line.into_owned()));
        }
        lines.push(String::new());
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}
