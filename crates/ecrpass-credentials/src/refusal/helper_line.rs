//! The line in which the helper says why there is no token. It goes through clients and logs as text, so that it is
//! written and read in one place: `ecr-login: [cause] what is wrong. Next: what to do`.

use super::reason::Refusal;

/// What the line begins with.
const NAME: &str = "ecr-login: ";

/// What tells it from the helper's other lines: the name, and the bracket before the cause.
const MARK: &str = "ecr-login: [";

/// What leads to the step.
const NEXT: &str = " Next: ";

/// What follows where the client goes on all the same.
const GOES_ON: &str = " (Going on without credentials; pulls from ECR Public need none.)";

/// The line, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelperLine<'a> {
    /// The whole line, as it was met.
    pub line: &'a str,
    /// The cause's name; one that this version may not know.
    pub slug: &'a str,
    /// What is wrong.
    pub what: &'a str,
    /// What to do; empty where the line was cut.
    pub next: &'a str,
    /// Whether the client was left to go on without credentials.
    pub goes_on: bool,
}

impl<'a> HelperLine<'a> {
    /// The first such line in a text.
    pub fn find(text: &'a str) -> Option<Self> {
        text.lines().find_map(Self::read)
    }

    /// Reads a line, whatever a client has put around it.
    pub fn read(line: &'a str) -> Option<Self> {
        let (_, rest) = line.split_once(MARK)?;
        let (slug, rest) = rest.split_once(']')?;
        let (what, next) = rest.split_once(NEXT).unwrap_or((rest, ""));
        let (next, goes_on) = match next.split_once(GOES_ON) {
            Some((next, _)) => (next, true),
            None => (next, false),
        };
        Some(Self { line, slug, what: what.trim(), next: next.trim_end(), goes_on })
    }
}

impl Refusal {
    /// The line in which the helper says it.
    pub fn helper_line(&self) -> String {
        format!("{NAME}{self}")
    }

    /// The same where a client can do without: public images can be pulled without credentials.
    pub fn helper_line_going_on(&self) -> String {
        format!("{NAME}{self}{GOES_ON}")
    }
}

#[cfg(test)]
mod tests {
    use ecrpass_core::DiagnosisId;

    use super::*;

    #[test]
    fn the_line_is_read_as_it_was_written() {
        for id in DiagnosisId::ALL {
            let refusal = Refusal::new(id, "There are none.", "aws configure sso");
            let line = refusal.helper_line();
            let expected = HelperLine {
                line: &line,
                slug: id.slug(),
                what: "There are none.",
                next: "aws configure sso",
                goes_on: false,
            };
            assert_eq!(HelperLine::read(&line), Some(expected));
            assert_eq!(HelperLine::find(&format!("noise\n{line}\nmore")), Some(expected));
            let line = refusal.helper_line_going_on();
            assert_eq!(HelperLine::read(&line), Some(HelperLine { line: &line, goes_on: true, ..expected }));
        }
    }

    #[test]
    fn clients_wrap_it_and_logs_cut_it() {
        let wrapped = "error getting credentials - err: exit status 1, out: `ecr-login: [throttled] Too fast. Next: wait`";
        let read = HelperLine::read(wrapped).unwrap();
        assert_eq!((read.slug, read.what, read.next), ("throttled", "Too fast.", "wait`"));
        let cut = HelperLine::read("ecr-login: [of-a-later-version] It is").unwrap();
        assert_eq!((cut.slug, cut.what, cut.next), ("of-a-later-version", "It is", ""));
        for other in
            ["", "ecr-login: standard input cannot be used", "ecr-login: [throttled", "[throttled] x"]
        {
            assert_eq!(HelperLine::read(other), None, "{other}");
        }
    }
}
