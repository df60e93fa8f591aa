//! What can be wrong with a policy document.

use std::fmt;

use ecrpass_json::Position;

/// Something wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was noticed.
    pub position: Position,
    /// What it is.
    pub kind: ProblemKind,
}

impl Problem {
    /// Whether AWS refuses the document for it.
    pub fn is_error(&self) -> bool {
        self.kind.severity() == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.kind)
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// AWS takes the document, but it does not do what it seems to.
    Warning,
    /// AWS refuses the document.
    Error,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// No JSON.
    Syntax(String),
    /// A character that policies may not hold.
    ForbiddenCharacter(char),
    /// Something of another type than it has to be.
    WrongType {
        /// Which element.
        element: String,
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A key that IAM does not know.
    UnknownElement(String),
    /// A key that stands twice.
    DuplicateKey(String),
    /// Two statements of one name.
    DuplicateSid(String),
    /// No such version.
    UnknownVersion(String),
    /// Neither `Allow` nor `Deny`.
    UnknownEffect(String),
    /// Something that has to be there and is not.
    Missing(&'static str),
    /// An element beside the one that says the opposite.
    Both(&'static str, &'static str),
    /// An action without the name of its service.
    MalformedAction(String),
    /// A resource that is neither an ARN nor `*`.
    MalformedResource(String),
    /// A principal that matches nobody.
    MalformedPrincipal(String),
    /// No such operator.
    UnknownOperator(String),
    /// An element that this kind of policy may not have.
    NotInThisPolicy(&'static str),
    /// `NotPrincipal` in a statement that allows.
    NotPrincipalAllows,
    /// `NotPrincipal` at all: it denies more than it seems to.
    NotPrincipal,
    /// An action that ECR does not have.
    UnknownAction(String),
    /// An action that only a statement on `*` speaks of.
    IgnoresResource(String),
    /// Variables in a document whose version knows none.
    VariablesNotKnown,
}

impl ProblemKind {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NotPrincipal
            | Self::UnknownAction(_)
            | Self::IgnoresResource(_)
            | Self::VariablesNotKnown => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(message) => f.write_str(message),
            Self::ForbiddenCharacter(c) => {
                write!(f, "policies must not contain the character U+{:04X}", u32::from(*c))
            }
            Self::WrongType { element, expected, found } => {
                write!(f, "{element} has to be {expected}, not {found}")
            }
            Self::UnknownElement(key) => write!(f, "IAM knows no element {key}"),
            Self::DuplicateKey(key) => write!(f, "{key} is there twice"),
            Self::DuplicateSid(sid) => write!(f, "two statements are called {sid}"),
            Self::UnknownVersion(version) => {
                write!(f, "there is no version {version}; the current one is 2012-10-17")
            }
            Self::UnknownEffect(effect) => write!(f, "Effect is Allow or Deny, not {effect}"),
            Self::Missing(element) => write!(f, "{element} is missing"),
            Self::Both(one, other) => write!(f, "{one} and {other} exclude each other"),
            Self::MalformedAction(action) => {
                write!(f, "the action {action} lacks its service, as in ecr:PutImage")
            }
            Self::MalformedResource(resource) => write!(f, "the resource {resource} is neither an ARN nor *"),
            Self::MalformedPrincipal(principal) => {
                write!(f, "the principal {principal} matches nobody: name an ARN, an account, or * alone")
            }
            Self::UnknownOperator(operator) => write!(f, "IAM knows no operator {operator}"),
            Self::NotInThisPolicy(element) => write!(f, "this kind of policy must not have {element}"),
            Self::NotPrincipalAllows => f.write_str("NotPrincipal is only allowed in a Deny"),
            Self::NotPrincipal => f.write_str(
                "NotPrincipal spares somebody only if session, role and account are all listed; use Principal * with ArnNotEquals aws:PrincipalArn",
            ),
            Self::UnknownAction(action) => write!(f, "ECR has no action {action}"),
            Self::IgnoresResource(action) => {
                write!(f, "{action} takes no resource: only a statement with Resource \"*\" allows it")
            }
            Self::VariablesNotKnown => {
                f.write_str("variables are taken literally without \"Version\": \"2012-10-17\"")
            }
        }
    }
}
