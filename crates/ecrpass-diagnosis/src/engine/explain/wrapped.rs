//! Lines that a terminal, a log viewer or a mail cut at its width: a host or an ARN may be in two of them.

use super::stamp::stamp;

/// The widths at which lines are cut most often.
const USUAL: [usize; 6] = [80, 100, 120, 132, 160, 200];

/// No line shorter than this is taken for one that was cut.
const NARROWEST: usize = 60;

/// How many lines one line is cut into at most.
const PIECES: usize = 32;

/// Lines that begin alike are a list, or a log.
const ALIKE: usize = 3;

/// Of each line, whether it goes on in the next one: it is as wide as lines are cut at, or as wide as the line before
/// or behind it, and the next one does not look like a line of its own.
pub fn go_on<T: AsRef<str>>(lines: &[T]) -> Vec<bool> {
    let mut before = None;
    let mut pieces = 0;
    let mut found = Vec::with_capacity(lines.len());
    for (line, next) in lines.iter().zip(lines.iter().skip(1).map(Some).chain([None])) {
        let (line, next) = (line.as_ref(), next.map_or("", AsRef::as_ref));
        let width = width(line);
        let goes_on = width >= NARROWEST
            && pieces < PIECES
            && (USUAL.contains(&width) || before == Some(width) || self::width(next) == width)
            && follows(line, next, before == Some(width));
        before = goes_on.then_some(width);
        pieces = if goes_on { pieces + 1 } else { 0 };
        found.push(goes_on);
    }
    found
}

fn width(line: &str) -> usize {
    if line.is_ascii() { line.len() } else { line.chars().count() }
}

/// Whether a line may be the rest of the one before; more likely so where that one is the rest of another.
fn follows(line: &str, next: &str, is_cut_before: bool) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./:@'\"\\,=()".contains(c);
    let alike = line.bytes().zip(next.bytes()).take_while(|(a, b)| a == b).count();
    let (last, mut first) = (line.chars().next_back(), next.chars());
    let begins_within = match first.next() {
        Some(' ') => is_cut_before && first.next().is_some_and(is_part),
        first => first.is_some_and(is_part) && (is_cut_before || !begins_a_message(next)),
    };
    alike < ALIKE
        && last.is_some_and(|c| is_part(c) || c == ' ')
        && begins_within
        && !has_time(next)
        && !(last.is_some_and(|c| c.is_ascii_alphanumeric()) && begins_with_a_registry(next))
}

/// Whether a line begins with ECR's host: behind a letter or a digit it is another word, as `docker pull -q` prints the
/// image below the command.
fn begins_with_a_registry(line: &str) -> bool {
    let account = line.bytes().take_while(u8::is_ascii_digit).count();
    account == 12 && line.get(account..).is_some_and(|rest| rest.starts_with(".dkr"))
}

/// Whether a line begins as messages do.
fn begins_a_message(line: &str) -> bool {
    const BEGINNINGS: [&str; 13] = [
        "time=",
        "level=",
        "ts=",
        "error",
        "warn",
        "info",
        "debug",
        "fatal",
        "denied",
        "caused by",
        "failed",
        "no basic",
        "unauthorized",
    ];
    let head = head(line).to_ascii_lowercase();
    BEGINNINGS.iter().any(|beginning| head.starts_with(beginning))
}

/// Whether a line begins with a time.
fn has_time(line: &str) -> bool {
    stamp(head(line).as_bytes()).is_some()
}

/// The first two dozen characters.
fn head(line: &str) -> &str {
    line.char_indices().nth(24).and_then(|(end, _)| line.get(..end)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_at_a_width_goes_on() {
        let text = "Error response from daemon: pull access denied for 123456789012.dkr.ecr.us-east-1.amazonaws.com/platform/gateway, repository does not exist or may require 'docker login': denied: User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/platform/gateway";
        for width in [72, 80, 100, 120, 131] {
            let cut: Vec<&str> =
                text.as_bytes().chunks(width).map(|piece| std::str::from_utf8(piece).unwrap()).collect();
            let mut expected = vec![true; cut.len()];
            *expected.last_mut().unwrap() = false;
            assert_eq!(go_on(&cut), expected, "{width}");
        }
    }

    #[test]
    fn lines_of_their_own_stay_apart() {
        let line = "E0211 09:14:03.118 kubelet.go:1] Failed to pull image \"h/web:1\": no basic auth cred";
        let other = "I0211 09:14:04.118 kubelet.go:2] nothing to see here, move along, there is not much";
        assert_eq!((line.len(), other.len()), (83, 83));
        let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/pdf-rrrrrrrrr:5510";
        let command = format!("+ docker pull -q {image}");
        assert_eq!(command.len(), 80);
        for lines in [
            vec![command.as_str(), image],
            vec![line, line, line],
            vec![line, other],
            vec!["short", "lines", "only"],
            vec![&line[..80], "Error: something else"],
            vec![&line[..80], ""],
            vec![&line[..80], "  indented"],
            vec![&line[..80], "2026-02-11T09:14:03Z something"],
        ] {
            assert!(!go_on(&lines).contains(&true), "{lines:?}");
        }
        assert_eq!(go_on::<&str>(&[]), [false; 0]);
    }
}
