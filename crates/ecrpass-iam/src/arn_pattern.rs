//! ARNs with wildcards, compared part by part: a `*` never reaches over a colon of the first five.

use crate::context::Context;
use crate::template::{Resolved, Template};

/// A pattern of ARNs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArnPattern {
    text: String,
    parts: Parts,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Parts {
    /// `*`, which also matches the resource `*` of actions that take none.
    Everything,
    /// The six parts.
    Six(Vec<Template>),
    /// No ARN.
    Malformed,
}

impl ArnPattern {
    /// A `Resource` element's. An ARN of fewer than six parts is completed with `*`; variables may stand only behind
    /// the fifth colon. Source: IAM User Guide, "IAM JSON policy elements: Resource".
    pub fn resource(text: &str, variables: bool) -> Self {
        let mut parts = split(text);
        let is_arn = parts.first() == Some(&"arn");
        if is_arn {
            parts.resize(6, "*");
        }
        Self::of(text, &parts, |index| variables && index == 5)
    }

    /// A condition's, where each part may hold variables.
    pub fn condition(text: &str, variables: bool) -> Self {
        Self::of(text, &split(text), |_| variables)
    }

    fn of(text: &str, parts: &[&str], has_variables: impl Fn(usize) -> bool) -> Self {
        let parts = if !text.is_empty() && text.bytes().all(|b| b == b'*') {
            Parts::Everything
        } else if parts.len() == 6 {
            let part = |(index, part): (usize, &&str)| Template::new(part, has_variables(index));
            Parts::Six(parts.iter().enumerate().map(part).collect())
        } else {
            Parts::Malformed
        };
        Self { text: text.to_owned(), parts }
    }

    /// The text as the policy has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is an ARN, or `*`.
    pub fn is_well_formed(&self) -> bool {
        self.parts != Parts::Malformed
    }

    /// Whether it is `*`.
    pub fn is_everything(&self) -> bool {
        self.parts == Parts::Everything
    }

    /// Whether it matches a text in which nothing depends on a request: another pattern's, wildcards and all.
    pub fn covers(&self, text: &str) -> bool {
        self.matches(text, &Context::complete()) == Resolved::Value(true)
    }

    /// Whether every variable has a value, see [`Template::resolves`].
    pub fn resolves(&self, context: &Context) -> Resolved<()> {
        let Parts::Six(templates) = &self.parts else { return Resolved::Value(()) };
        let mut unknown = None;
        for template in templates {
            match template.resolves(context) {
                Resolved::Value(()) => {}
                Resolved::Nothing => return Resolved::Nothing,
                Resolved::Unknown(key) => unknown = Some(key),
            }
        }
        unknown.map_or(Resolved::Value(()), Resolved::Unknown)
    }

    /// Whether an ARN matches, or `*` for actions without a resource.
    pub fn matches(&self, arn: &str, context: &Context) -> Resolved<bool> {
        self.matches_parts(&ArnParts::of(arn), context)
    }

    /// The same for an ARN that was taken apart, to be compared with many patterns.
    pub fn matches_parts(&self, arn: &ArnParts<'_>, context: &Context) -> Resolved<bool> {
        let templates = match &self.parts {
            Parts::Everything => return Resolved::Value(true),
            Parts::Malformed => return Resolved::Value(false),
            Parts::Six(templates) => templates,
        };
        let Some(parts) = &arn.0 else { return Resolved::Value(false) };
        let mut unknown = None;
        // The name at the end tells most ARNs apart.
        for (template, part) in templates.iter().zip(parts).rev() {
            match template.matches(part, context) {
                Resolved::Value(true) => {}
                Resolved::Value(false) | Resolved::Nothing => return Resolved::Value(false),
                Resolved::Unknown(key) => unknown = Some(key),
            }
        }
        unknown.map_or(Resolved::Value(true), Resolved::Unknown)
    }
}

/// The six parts of an ARN; none of what has fewer.
#[derive(Clone, Copy, Debug)]
pub struct ArnParts<'a>(Option<[&'a str; 6]>);

impl<'a> ArnParts<'a> {
    /// Takes an ARN apart.
    pub fn of(arn: &'a str) -> Self {
        let mut parts = arn.splitn(6, ':');
        let mut next = || parts.next();
        let six = (|| Some([next()?, next()?, next()?, next()?, next()?, next()?]))();
        Self(six)
    }
}

/// The parts between colons, five colons at most; those inside of `${…}` do not count.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() < 5 {
        let Some(colon) = colon(rest) else { break };
        let Some((part, after)) = rest.split_at_checked(colon) else { break };
        parts.push(part);
        rest = after.strip_prefix(':').unwrap_or(after);
    }
    parts.push(rest);
    parts
}

/// The first colon outside of a variable.
fn colon(text: &str) -> Option<usize> {
    let mut inside = false;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => inside = true,
            '}' => inside = false,
            ':' if !inside => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPOSITORY: &str = "arn:aws:ecr:us-east-1:111122223333:repository/team-a/api";

    fn matches(pattern: &str, arn: &str) -> bool {
        let context = Context::complete().with("aws:PrincipalTag/team", "team-a");
        ArnPattern::resource(pattern, true).matches(arn, &context) == Resolved::Value(true)
    }

    #[test]
    fn resources_are_compared_part_by_part() {
        for (pattern, arn, expected) in [
            ("*", REPOSITORY, true),
            ("*", "*", true),
            (REPOSITORY, REPOSITORY, true),
            ("arn:*:ecr:us-*:*:repository/team-?/*", REPOSITORY, true),
            ("arn:aws:ecr:*", REPOSITORY, true),
            ("arn:aws:ecr", REPOSITORY, true),
            ("arn:*", REPOSITORY, true),
            ("arn:aws:ecr:*:repository/team-a/api", REPOSITORY, false),
            ("arn:aws:*:111122223333:repository/team-a/api", REPOSITORY, false),
            ("arn:aws:ecr:us-east-1:111122223333:*", REPOSITORY, true),
            ("arn:aws:ecr:us-east-1:111122223333:repository/Team-A/api", REPOSITORY, false),
            ("arn:aws:ecr:us-east-1:111122223333:repository/${aws:PrincipalTag/team}/*", REPOSITORY, true),
            ("arn:aws:ecr:us-east-1:111122223333:repository/*", "*", false),
            ("arn:*", "*", false),
            ("repository/*", "repository/a", false),
            ("", "", false),
        ] {
            assert_eq!(matches(pattern, arn), expected, "{pattern} {arn}");
        }
    }

    #[test]
    fn conditions_take_variables_in_every_part() {
        let pattern = "arn:aws:iam::${aws:PrincipalAccount}:role/*";
        let context = Context::complete().with("aws:PrincipalAccount", "111122223333");
        let role = "arn:aws:iam::111122223333:role/ci";
        assert_eq!(ArnPattern::condition(pattern, true).matches(role, &context), Resolved::Value(true));
        assert_eq!(ArnPattern::resource(pattern, true).matches(role, &context), Resolved::Value(false));
        assert_eq!(
            ArnPattern::condition(pattern, true).matches(role, &Context::partial()),
            Resolved::Unknown("aws:PrincipalAccount".to_owned())
        );
        assert!(!ArnPattern::condition("arn:aws:iam", true).is_well_formed());
    }
}
