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
    /// More text than any policy has.
    TooLong {
        /// Its bytes.
        size: usize,
        /// How many are read.
        limit: usize,
    },
    /// More text than AWS takes for this kind of policy.
    OverLimit {
        /// Its characters, as AWS counts them.
        size: usize,
        /// The most AWS takes.
        limit: usize,
        /// What has that limit.
        what: &'static str,
    },
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
    /// An Allow of all but something.
    AllowsTheRest(&'static str),
    /// An Allow that a Deny of the same document takes back in full; the line of the Deny.
    TakenBack(usize),
    /// A resource that no repository's ARN can be.
    NoRepository(String),
    /// The unique id of a principal that was deleted.
    DeletedPrincipal(String),
    /// A set operator over a key of one value.
    SetOperatorOnOneValue {
        /// The operator.
        operator: String,
        /// The key.
        key: String,
    },
    /// A key of several values without set operator.
    SeveralValues {
        /// The operator.
        operator: String,
        /// The key.
        key: String,
    },
    /// `ForAllValues` in an Allow: without the key, it is met.
    ForAllValuesAllows(String),
    /// A wildcard under an operator that knows none.
    WildcardIsLiteral {
        /// The operator.
        operator: String,
        /// The value.
        value: String,
        /// The operator that knows wildcards.
        instead: &'static str,
    },
    /// A value that is nothing this operator can compare.
    NoSuchValue {
        /// The operator.
        operator: String,
        /// The value.
        value: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A variable under an operator that knows none.
    VariableIsLiteral(String),
    /// A variable without default, where a request without its key is let in: the Deny does nothing, or the Allow is met.
    VariableMayBeMissing {
        /// The key.
        key: String,
        /// Whether the condition is met then.
        is_met: bool,
    },
    /// A key that no request for these actions has.
    KeyNeverThere {
        /// The key.
        key: String,
        /// An action without it.
        action: String,
    },
    /// A claim of a token that STS makes no key of.
    UnknownClaim(String),
    /// A trust policy for an issuer that many share, which does not look at whose token it is.
    AnyTenant {
        /// The issuer.
        issuer: String,
        /// The claim that tells.
        claim: &'static str,
    },
}

impl ProblemKind {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NotPrincipal
            | Self::UnknownAction(_)
            | Self::IgnoresResource(_)
            | Self::VariablesNotKnown
            | Self::AllowsTheRest(_)
            | Self::TakenBack(_)
            | Self::NoRepository(_)
            | Self::DeletedPrincipal(_)
            | Self::SetOperatorOnOneValue { .. }
            | Self::SeveralValues { .. }
            | Self::ForAllValuesAllows(_)
            | Self::WildcardIsLiteral { .. }
            | Self::NoSuchValue { .. }
            | Self::VariableIsLiteral(_)
            | Self::VariableMayBeMissing { .. }
            | Self::KeyNeverThere { .. }
            | Self::UnknownClaim(_) => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Whether nobody can say what the document does, so that there is nothing to evaluate.
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Syntax(_)
            | Self::TooLong { .. }
            | Self::WrongType { .. }
            | Self::UnknownElement(_)
            | Self::DuplicateKey(_)
            | Self::UnknownVersion(_)
            | Self::UnknownEffect(_)
            | Self::Both(..)
            | Self::UnknownOperator(_) => true,
            // What is missing by the grammar; what only this kind of policy demands can be evaluated.
            Self::Missing(element) => matches!(*element, "Statement" | "Effect" | "Action"),
            _ => false,
        }
    }

    /// One word for machines.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::TooLong { .. } => "too-long",
            Self::OverLimit { .. } => "over-limit",
            Self::ForbiddenCharacter(_) => "forbidden-character",
            Self::WrongType { .. } => "wrong-type",
            Self::UnknownElement(_) => "unknown-element",
            Self::DuplicateKey(_) => "duplicate-key",
            Self::DuplicateSid(_) => "duplicate-sid",
            Self::UnknownVersion(_) => "unknown-version",
            Self::UnknownEffect(_) => "unknown-effect",
            Self::Missing(_) => "missing-element",
            Self::Both(..) => "opposite-elements",
            Self::MalformedAction(_) => "malformed-action",
            Self::MalformedResource(_) => "malformed-resource",
            Self::MalformedPrincipal(_) => "malformed-principal",
            Self::UnknownOperator(_) => "unknown-operator",
            Self::NotInThisPolicy(_) => "element-not-in-this-policy",
            Self::NotPrincipalAllows => "not-principal-allows",
            Self::NotPrincipal => "not-principal",
            Self::UnknownAction(_) => "unknown-action",
            Self::IgnoresResource(_) => "action-ignores-resource",
            Self::VariablesNotKnown => "variables-not-known",
            Self::AllowsTheRest(_) => "allows-the-rest",
            Self::TakenBack(_) => "unreachable-statement",
            Self::NoRepository(_) => "no-repository",
            Self::DeletedPrincipal(_) => "deleted-principal",
            Self::SetOperatorOnOneValue { .. } => "set-operator-on-one-value",
            Self::SeveralValues { .. } => "several-values",
            Self::ForAllValuesAllows(_) => "for-all-values-allows",
            Self::WildcardIsLiteral { .. } => "wildcard-is-literal",
            Self::NoSuchValue { .. } => "no-such-value",
            Self::VariableIsLiteral(_) => "variable-is-literal",
            Self::VariableMayBeMissing { .. } => "variable-may-be-missing",
            Self::KeyNeverThere { .. } => "key-never-there",
            Self::UnknownClaim(_) => "unknown-claim",
            Self::AnyTenant { .. } => "any-tenant",
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.describe(&mut text)?;
        // A name may be as long as the document.
        match text.char_indices().nth(MAX_MESSAGE) {
            Some((end, _)) => write!(f, "{}…", text.get(..end).unwrap_or_default()),
            None => f.write_str(&text),
        }
    }
}

/// How long a message is, in characters.
const MAX_MESSAGE: usize = 400;

impl ProblemKind {
    fn describe(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Syntax(message) => f.write_str(message),
            Self::TooLong { size, limit } => {
                write!(f, "{size} bytes are more than any policy has; at most {limit} are read")
            }
            Self::OverLimit { size, limit, what } => {
                write!(f, "{size} characters are too many: {what} may have {limit}")
            }
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
            Self::AllowsTheRest(element) => {
                write!(f, "an Allow with {element} grants everything else, in all of AWS: list what is meant")
            }
            Self::TakenBack(line) => {
                write!(f, "this Allow never has an effect: the Deny on line {line} covers all of it")
            }
            Self::NoRepository(resource) => write!(
                f,
                "no repository is called {resource}: its ARN is arn:aws:ecr:REGION:ACCOUNT:repository/NAME, without a tag"
            ),
            Self::DeletedPrincipal(id) => {
                write!(f, "{id} is what is left of a deleted principal, and matches nobody, even of the same name")
            }
            Self::SetOperatorOnOneValue { operator, key } => {
                write!(f, "{key} has one value: {operator} is for keys of several, and opens or closes too much")
            }
            Self::SeveralValues { operator, key } => write!(
                f,
                "{key} has several values: {operator} does not say how many have to compare, so write ForAnyValue:{operator} or ForAllValues:{operator}"
            ),
            Self::ForAllValuesAllows(key) => write!(
                f,
                "ForAllValues is met when the request has no {key} at all: add \"Null\": {{\"{key}\": \"false\"}}"
            ),
            Self::WildcardIsLiteral { operator, value, instead } => {
                write!(f, "{operator} takes the * or ? in {value} literally; {instead} knows wildcards")
            }
            Self::NoSuchValue { operator, value, expected } => {
                write!(f, "{operator} never compares with {value}: it has to be {expected}")
            }
            Self::VariableIsLiteral(operator) => {
                write!(f, "{operator} knows no variables: AWS documents them for String and Arn operators only")
            }
            Self::VariableMayBeMissing { key, is_met: true } => write!(
                f,
                "a request without {key} meets this condition, and the Allow lets it in: ask for the key as well, \"Null\": {{\"{key}\": \"false\"}}"
            ),
            Self::VariableMayBeMissing { key, is_met: false } => write!(
                f,
                "for a request without {key} this value matches nothing, and the Deny may do nothing: give a default, ${{{key}, 'none'}}"
            ),
            Self::KeyNeverThere { key, action } => {
                write!(f, "a request for {action} never has {key}, so this condition decides without it")
            }
            Self::UnknownClaim(key) => write!(f, "STS makes no condition key {key}: it never has a value"),
            Self::AnyTenant { issuer, claim } => write!(
                f,
                "{issuer} is shared: AWS refuses a trust policy that does not compare {issuer}:{claim}"
            ),
        }
    }
}
