//! A stretch of a log, looked at line by line with what stands around.

use std::borrow::Cow;
use std::ops::Range;

use ecrpass_core::redact::redact;
use ecrpass_credentials::refusal::HelperLine;

use super::case_details::learn;
use super::ecr_images::without_names;
use super::failures::failure;
use super::folded::folds;
use super::line::unwrap;
use super::line_features::tags;
use super::login_mismatch;
use super::matcher::{Hit, Literal, Matcher};
use super::near::{Line, NEAR, Near, asked_for, subject_of};
use super::registry_answers::answer;
use super::requests::is_request_alone;
use super::subject::{Subject, is_ecr_by_names_alone, subject};
use super::targets::{fails_whatever_it_names, fails_with_another};
use super::wrapped::go_on;
use crate::catalogue::entry::{About, Signature};
use crate::finding::Details;

/// No further than this a line is near another, in bytes.
pub const NEAR_BYTES: usize = 32 * 1024;

/// The most of a line that is shown, in bytes.
const SHOWN: usize = 600;

/// A cause that may explain a line.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The entry of the catalogue.
    pub entry: usize,
    /// How well the line proves it.
    pub weight: u8,
    /// Whether only what is known in general speaks for it.
    pub is_general: bool,
    /// The line, from 1.
    pub line: usize,
    /// The line's text, without secrets.
    pub text: String,
    /// The part of it that says so.
    pub mark: Option<(usize, usize)>,
    /// What is known of the case; of those that are not the surest, nothing.
    pub details: Details,
}

/// What is kept of a line that speaks for a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing: there are enough like it.
    Nothing,
    /// The line.
    Line,
    /// The line and all that is known of the case: it is the surest so far.
    Case,
}

/// What a window showed.
#[derive(Default)]
pub struct Looked {
    /// The causes that are worth keeping.
    pub candidates: Vec<Candidate>,
    /// Of each line that was looked at, all the causes it may have.
    pub causes: Vec<Vec<usize>>,
}

/// Looks at the lines of a window, each with its number; those outside of `range` are context only. `wanted` is asked
/// about each cause found, with its weight.
pub fn look(
    lines: &[(usize, Cow<'_, str>)],
    range: Range<usize>,
    wanted: &mut dyn FnMut(usize, u8) -> Wanted,
) -> Looked {
    let matcher = Matcher::get();
    let prepared = prepare(matcher, lines);
    let mut looked = Looked::default();
    let mut near = Near::default();
    for (index, line) in prepared.iter().enumerate() {
        near.move_to(&prepared, index);
        if range.contains(&index) {
            let causes = look_at(matcher, &prepared, index, line, &near, wanted, &mut looked.candidates);
            looked.causes.push(causes);
        }
    }
    looked
}

fn prepare(matcher: &Matcher, lines: &[(usize, Cow<'_, str>)]) -> Vec<Line> {
    let unwrapped = unwrapped(lines);
    let lower: Vec<String> = unwrapped.iter().map(|text| without_names(text)).collect();
    let mut prepared: Vec<Line> = Vec::with_capacity(lines.len());
    let mut joined = String::new();
    for (index, ((number, _), text)) in lines.iter().zip(unwrapped).enumerate() {
        let (Some(own), next) = (lower.get(index), lower.get(index + 1)) else { continue };
        // A text may be folded over two lines, as YAML does.
        joined.clear();
        joined.push_str(own);
        joined.push(' ');
        joined.push_str(head(next.map_or("", |next| next.trim_start_matches(FRAMES))));
        let mut literals = matcher.literals(&joined, own.len());
        let subject = subject(own);
        let mut tags = tags(&text);
        if subject == Subject::Other {
            tags.push_str(" @other-host");
        }
        if speaks_after_another(own, &lower, index) {
            tags.push_str(" @after-an-error");
        }
        literals.extend(matcher.literals(&tags, tags.len()));
        // What names ECR beside another host may be about either.
        let mut is_of_another =
            subject != Subject::Ecr && (fails_with_another(own) || names_another_below(&lower, index));
        if fails_whatever_it_names(own) {
            literals.clear();
            is_of_another = true;
        }
        let number = *number;
        prepared.push(Line { number, text, literals, subject, is_of_another, lower: String::new() });
    }
    prepared.iter_mut().zip(lower).for_each(|(line, lower)| line.lower = lower);
    for tag in login_mismatch::tags(&prepared.iter().map(|line| line.text.as_str()).collect::<Vec<_>>()) {
        let tag = matcher.literals(tag, tag.len());
        prepared.iter_mut().for_each(|line| line.literals.extend(&tag));
    }
    for line in &mut prepared {
        line.literals.sort_unstable();
        line.literals.dedup();
    }
    prepared
}

/// How many lines of fields are read below a message.
const FIELDS: usize = 12;

/// Whether what belongs to a line stands below it and names another registry: the request that it failed with, or the
/// fields of a message, as bunyan prints them.
fn names_another_below(lines: &[String], index: usize) -> bool {
    let is_field = |line: &&String| line.starts_with("  ") && line.trim_start().starts_with('"');
    let below = lines.get(index + 1..).unwrap_or_default();
    if let Some(request) = below.first().filter(|line| is_request_alone(line)) {
        return subject(request) == Subject::Other;
    }
    if lines.get(index).is_none_or(|line| is_field(&line)) {
        return false;
    }
    let fields: Vec<Subject> =
        below.iter().take_while(is_field).take(FIELDS).map(|line| subject(line)).collect();
    fields.contains(&Subject::Other) && !fields.contains(&Subject::Ecr)
}

/// Whether a client misses the password that another program should have written, and something stands between that was
/// no command: what the other program said instead.
fn speaks_after_another(line: &str, lines: &[String], index: usize) -> bool {
    line.contains("interactive login from a non")
        && lines.get(..index).is_some_and(|before| {
            let before = before.iter().rev().map(|line| line.trim()).find(|line| !line.is_empty());
            before.is_some_and(|before| {
                !before.starts_with(['$', '+', '#', '>', '%'])
                    && !["login", "warning", "aws ecr", "--"].iter().any(|text| before.contains(text))
            })
        })
}

/// The lines without what they are wrapped in. One that was cut at some width, or folded, is put together again; what is
/// left of the lines it was cut into is empty.
fn unwrapped(lines: &[(usize, Cow<'_, str>)]) -> Vec<String> {
    let raw: Vec<&str> = lines.iter().map(|(_, text)| text.as_ref()).collect();
    let mut unwrapped: Vec<String> = Vec::with_capacity(raw.len());
    // Where the line begins that is being put together, and whether its next piece was folded.
    let (mut begun, mut is_folded): (Option<usize>, bool) = (None, false);
    let mut pieces = String::new();
    for (index, (text, (is_cut, folds))) in
        raw.iter().zip(go_on(&raw).into_iter().zip(folds(&raw))).enumerate()
    {
        let goes_on = is_cut || folds;
        if begun.is_none() && !goes_on {
            unwrapped.push(unwrap(text));
            continue;
        }
        let first = *begun.get_or_insert(index);
        pieces.push_str(if is_folded { text.trim_start() } else { text });
        is_folded = folds && !is_cut;
        if is_folded {
            pieces.push(' ');
        }
        unwrapped.push(String::new());
        if !goes_on {
            if let Some(line) = unwrapped.get_mut(first) {
                *line = unwrap(&pieces);
            }
            pieces.clear();
            begun = None;
        }
    }
    unwrapped
}

/// What a text that goes on in the next line has there before it: YAML's indentation, Terraform's frame.
const FRAMES: [char; 5] = [' ', '|', '│', '┃', '║'];

/// As much of the next line as a text that began in this one may take.
fn head(line: &str) -> &str {
    let mut end = line.len().min(200);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.get(..end).unwrap_or_default()
}

/// A cause that a line speaks for.
struct Found {
    entry: usize,
    weight: u8,
    is_general: bool,
    /// The text that says so.
    says: &'static str,
}

fn look_at(
    matcher: &Matcher,
    lines: &[Line],
    index: usize,
    line: &Line,
    near: &Near,
    wanted: &mut dyn FnMut(usize, u8) -> Wanted,
    candidates: &mut Vec<Candidate>,
) -> Vec<usize> {
    let mut found: Vec<Found> = Vec::new();
    if let Some(entry) = helpers_own_words(matcher, &line.text) {
        found.push(Found { entry, weight: 100, is_general: false, says: "ecr-login: [" });
    }
    found.extend(said(matcher, lines, index, line, &line.literals, near));
    if found.is_empty() {
        found = known_in_general(matcher, lines, index, line, near);
    }
    let mut causes: Vec<usize> = found.iter().map(|found| found.entry).collect();
    causes.sort_unstable();
    causes.dedup();
    let mut known = None;
    for Found { entry, weight, is_general, says } in found {
        let details = match wanted(entry, weight) {
            Wanted::Nothing => continue,
            Wanted::Line => Details::default(),
            Wanted::Case => known.get_or_insert_with(|| details(lines, index)).clone(),
        };
        let (text, mark) = shown(&line.text, says);
        candidates.push(Candidate { entry, weight, is_general, line: line.number, text, mark, details });
    }
    causes
}

/// What the line's literals say.
fn said(
    matcher: &Matcher,
    lines: &[Line],
    index: usize,
    line: &Line,
    literals: &[Literal],
    near: &Near,
) -> Vec<Found> {
    if !matcher.may_hit(literals) {
        return Vec::new();
    }
    let hits = matcher.hits(literals, &|text| near.has(text));
    let found = hits.into_iter().filter_map(|Hit { entry, signature, is_general }| {
        let weight = counts(signature, lines, index)?;
        Some(Found { entry, weight, is_general, says: telling(signature, &line.text) })
    });
    found.collect()
}

/// How much less a message counts that others print as well, where nobody says what it is about: it is possible then.
const UNNAMED: u8 = 30;

/// How much a signature counts in a line; `None` where the line is about something else.
fn counts(signature: &Signature, lines: &[Line], index: usize) -> Option<u8> {
    let fits = match signature.about {
        About::Itself => true,
        About::NotAnother => subject_of(lines, index) != Subject::Other,
        About::Ecr => subject_of(lines, index) == Subject::Ecr,
        About::Shared => match asked_for(lines, index) {
            Subject::Unknown => return Some(signature.weight.saturating_sub(UNNAMED)),
            asked => asked == Subject::Ecr,
        },
    };
    fits.then_some(signature.weight)
}

/// What is known in general of the kind of failure that a line tells of, where no signature knows its words.
fn known_in_general(matcher: &Matcher, lines: &[Line], index: usize, line: &Line, near: &Near) -> Vec<Found> {
    if line.subject == Subject::Other || line.is_of_another || tags(&line.text).contains("@other-site") {
        return Vec::new();
    }
    let names_ecr = line.subject == Subject::Ecr && !is_ecr_by_names_alone(&line.lower);
    let Some(tags) = failure(&line.lower, names_ecr, answer(&line.text)) else {
        return Vec::new();
    };
    let mut literals = line.literals.clone();
    tags.iter().for_each(|tag| literals.extend(matcher.literals(tag, tag.len())));
    literals.sort_unstable();
    literals.dedup();
    said(matcher, lines, index, line, &literals, near)
}

/// What only tells where something failed: a signature is pointed at by what failed there.
const PLACES: [&str; 12] = [
    "dkr.ecr",
    "api.ecr",
    "public.ecr.aws",
    "amazonaws",
    "starport",
    "/blobs/",
    "manifests/",
    "blobs/uploads/",
    "docker-credential-",
    "config.json",
    ".docker",
    "169.254.",
];

/// What AWS's sentence about a denial says last: which policy it was.
const REASONS: [&str; 3] = ["because no ", "explicit deny", "is not authorized to perform"];

/// The text of a signature that is pointed at; tags are not in the line.
fn telling(signature: &Signature, line: &str) -> &'static str {
    let texts = || signature.says.iter().filter(|text| !text.starts_with('@')).copied();
    let fails = |text: &&str| !PLACES.iter().any(|place| text.contains(place));
    texts().find(fails).or_else(|| texts().next()).unwrap_or_else(|| {
        let line = line.to_ascii_lowercase();
        REASONS.into_iter().find(|reason| line.contains(reason)).unwrap_or_default()
    })
}

/// The cause our own helper has named already.
fn helpers_own_words(matcher: &Matcher, line: &str) -> Option<usize> {
    let slug = HelperLine::read(line)?.slug;
    matcher.entries.iter().position(|diagnosis| diagnosis.id.slug() == slug)
}

/// What the line, and then those around it, tell of the case.
fn details(lines: &[Line], index: usize) -> Details {
    let mut details = Details::default();
    let mut read = 0;
    for distance in 0..=NEAR {
        for at in [index.checked_sub(distance), Some(index + distance)].into_iter().flatten() {
            if let Some(line) = lines.get(at).filter(|_| read < NEAR_BYTES) {
                learn(&mut details, &line.text);
                read += line.text.len();
            }
        }
    }
    details
}

/// The part of a line around a text, without secrets, and where the text is in it.
fn shown(line: &str, says: &str) -> (String, Option<(usize, usize)>) {
    // Redacted before it is cut: half a secret is no longer known for one.
    let line = redact(line);
    let find = |text: &str| text.to_ascii_lowercase().find(says);
    let mut from = if line.len() <= SHOWN { 0 } else { find(&line).unwrap_or(0).saturating_sub(SHOWN / 2) };
    while !line.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = line.len().min(from + SHOWN);
    while !line.is_char_boundary(to) {
        to -= 1;
    }
    let text = line.get(from..to).unwrap_or_default().trim().to_owned();
    let mark = find(&text).filter(|_| !says.is_empty()).map(|at| (at, at + says.len()));
    (text, mark)
}
