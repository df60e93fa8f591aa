//! What stands near a line: the texts that signatures ask for, and what the line is about by what its neighbours name.

use std::collections::HashMap;

use super::matcher::Literal;
use super::subject::Subject;

/// How many lines before and after a line count as near it.
pub const NEAR: usize = 40;

/// How many lines behind one may still be of the same message, as a frame of Terraform's.
const MESSAGE: usize = 10;

/// A line as signatures look at it.
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Its text without what it is wrapped in.
    pub text: String,
    /// The texts of signatures in it.
    pub literals: Vec<Literal>,
    /// What it names.
    pub subject: Subject,
    /// Whether it says itself that it failed with something else than ECR, whatever stands near.
    pub is_of_another: bool,
    /// The same in lower case, without names of repositories.
    pub lower: String,
}

/// The texts near a line, counted, so that going on to the next line costs what enters and what leaves.
#[derive(Default)]
pub struct Near {
    counts: HashMap<Literal, u32>,
    /// How many lines have entered.
    entered: usize,
}

impl Near {
    /// Goes on to a line, which is the same or a later one.
    pub fn move_to(&mut self, lines: &[Line], index: usize) {
        while self.entered < lines.len().min(index + NEAR + 1) {
            for text in lines.get(self.entered).iter().flat_map(|line| &line.literals) {
                *self.counts.entry(*text).or_default() += 1;
            }
            self.entered += 1;
        }
        if let Some(left) = index.checked_sub(NEAR + 1).and_then(|left| lines.get(left)) {
            for text in &left.literals {
                if let Some(count) = self.counts.get_mut(text) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }

    /// Whether a text is near.
    pub fn has(&self, text: Literal) -> bool {
        self.counts.get(&text).is_some_and(|count| *count > 0)
    }
}

/// What a line is about: a registry that it names, or the nearest line that names one; the ones before it first.
pub fn subject_of(lines: &[Line], index: usize) -> Subject {
    if is_of_another(lines, index) {
        return Subject::Other;
    }
    let names =
        |subject| matches!(subject, Subject::Ecr | Subject::Other | Subject::Elsewhere | Subject::Hidden);
    let Some((nearest, at)) = nearest(lines, index, names) else { return Subject::Unknown };
    match nearest {
        Subject::Elsewhere if around(lines, index).any(|subject| subject == Subject::Ecr) => Subject::Ecr,
        Subject::Elsewhere => Subject::Other,
        // What the command itself calls by its name, its output may hide.
        Subject::Hidden => {
            let command = at.checked_sub(1).and_then(|before| lines.get(before));
            command
                .map(|line| line.subject)
                .filter(|subject| *subject == Subject::Other)
                .unwrap_or(Subject::Unknown)
        }
        nearest => nearest,
    }
}

/// What was asked for where an error stands that anybody gets who asks AWS or the network for anything: ECR, where it or
/// a client of registries is named; something else, where another registry, service or tool is.
pub fn asked_for(lines: &[Line], index: usize) -> Subject {
    if is_of_another(lines, index) {
        return Subject::Other;
    }
    let Some((nearest, _)) = nearest(lines, index, |subject| subject != Subject::Unknown) else {
        return Subject::Unknown;
    };
    match nearest {
        Subject::Elsewhere | Subject::Tool => {
            // The tool may have asked for a password of ECR's, and say so below its error, before the next command.
            let below = lines.iter().skip(index + 1).take(MESSAGE);
            let mut below = below.take_while(|line| !line.text.trim_start().starts_with("$ "));
            if below.any(|line| line.subject == Subject::Ecr) { Subject::Ecr } else { Subject::Other }
        }
        Subject::Client | Subject::Hidden if subject_of(lines, index) != Subject::Other => Subject::Ecr,
        Subject::Client | Subject::Hidden => Subject::Other,
        nearest => nearest,
    }
}

fn is_of_another(lines: &[Line], index: usize) -> bool {
    lines.get(index).is_some_and(|line| line.is_of_another)
}

/// The subject of the line, or of the nearest one before it, or else behind it, that fits; and where it is.
fn nearest(lines: &[Line], index: usize, fits: impl Fn(Subject) -> bool) -> Option<(Subject, usize)> {
    let before = (index.saturating_sub(NEAR)..=index).rev();
    let mut subjects =
        before.chain(index + 1..index + NEAR).filter_map(|at| lines.get(at).map(|line| (line.subject, at)));
    subjects.find(|(subject, _)| fits(*subject))
}

/// The subjects of the lines near a line.
fn around(lines: &[Line], index: usize) -> impl Iterator<Item = Subject> {
    lines.iter().take(index + NEAR).skip(index.saturating_sub(NEAR)).map(|line| line.subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(subjects: &[Subject]) -> Vec<Line> {
        let line = |subject: &Subject| Line {
            number: 1,
            text: String::new(),
            literals: Vec::new(),
            subject: *subject,
            is_of_another: false,
            lower: String::new(),
        };
        subjects.iter().map(line).collect()
    }

    #[test]
    fn what_stands_nearest_decides() {
        use Subject::{Client, Ecr, Elsewhere, Hidden, Other, Tool, Unknown};
        // Before, the line, behind; the registry it is about, and what was asked for.
        for (subjects, about, asked) in [
            ([Unknown, Unknown, Unknown], Unknown, Unknown),
            ([Ecr, Unknown, Unknown], Ecr, Ecr),
            ([Ecr, Unknown, Other], Ecr, Ecr),
            ([Other, Unknown, Ecr], Other, Other),
            ([Other, Ecr, Unknown], Ecr, Ecr),
            ([Tool, Unknown, Unknown], Unknown, Other),
            ([Ecr, Tool, Unknown], Ecr, Other),
            ([Tool, Ecr, Unknown], Ecr, Ecr),
            ([Unknown, Tool, Ecr], Ecr, Ecr),
            ([Elsewhere, Unknown, Unknown], Other, Other),
            ([Ecr, Elsewhere, Unknown], Ecr, Other),
            ([Client, Unknown, Unknown], Unknown, Ecr),
            ([Unknown, Unknown, Client], Unknown, Ecr),
            ([Other, Client, Unknown], Other, Other),
            ([Tool, Client, Unknown], Unknown, Ecr),
            ([Other, Hidden, Unknown], Other, Other),
            ([Tool, Hidden, Unknown], Unknown, Ecr),
            ([Hidden, Unknown, Ecr], Unknown, Ecr),
            ([Hidden, Other, Unknown], Other, Other),
        ] {
            let lines = lines(&subjects);
            assert_eq!((subject_of(&lines, 1), asked_for(&lines, 1)), (about, asked), "{subjects:?}");
        }
    }

    #[test]
    fn what_failed_with_another_is_about_that_and_says_nothing_of_its_neighbours() {
        let mut lines = lines(&[Subject::Ecr, Subject::Unknown, Subject::Unknown]);
        lines[1].is_of_another = true;
        assert_eq!((subject_of(&lines, 1), asked_for(&lines, 1)), (Subject::Other, Subject::Other));
        assert_eq!((subject_of(&lines, 2), asked_for(&lines, 2)), (Subject::Ecr, Subject::Ecr));
    }
}
