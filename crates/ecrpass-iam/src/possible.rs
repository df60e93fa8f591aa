//! Whether AWS ever gets such a request. About one that nobody can make, policies say something all the same, and it would
//! be taken for an answer.

use std::fmt;
use std::net::IpAddr;

use ecrpass_core::distance::distance;
use ecrpass_core::{Arn, ImageReference};

use crate::actions::{self, Scope};
use crate::condition::values;

/// Why nobody makes such a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Impossible {
    /// ECR has no such action.
    NoAction {
        /// The action.
        action: String,
        /// The one whose name is nearest.
        near: Option<String>,
    },
    /// The action acts on a repository, and none is named.
    OnEverything(String),
    /// The resource belongs to another service than the action.
    OtherService {
        /// The action.
        action: String,
        /// The resource.
        resource: String,
    },
    /// No repository has that ARN.
    NoRepository(String),
    /// A key that cannot have that value.
    NoValue {
        /// The key.
        key: String,
        /// What it has to be.
        expected: &'static str,
    },
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAction { action, .. } => write!(f, "ECR has no action {action}"),
            Self::OnEverything(action) => write!(f, "{action} acts on a repository, and * names none"),
            Self::OtherService { action, resource } => {
                write!(f, "{action} does not act on {resource}, which belongs to another service")
            }
            Self::NoRepository(resource) => write!(f, "no repository is called {resource}"),
            Self::NoValue { key, expected } => write!(f, "{key} is {expected}"),
        }
    }
}

impl std::error::Error for Impossible {}

impl Impossible {
    /// What to do about it.
    pub fn next(&self) -> String {
        match self {
            Self::NoAction { near: Some(near), .. } => format!("if {near} is meant, write that"),
            Self::NoAction { .. } => {
                "see the Service Authorization Reference for ECR's actions, or name a task".to_owned()
            }
            Self::OnEverything(_) => "name the repository's ARN, or an image of it".to_owned(),
            Self::OtherService { .. } => {
                "actions that begin with ecr: act on private repositories, ecr-public: on those of ECR Public (arn:aws:ecr-public::ACCOUNT:repository/NAME)".to_owned()
            }
            Self::NoRepository(_) => {
                "write arn:aws:ecr:REGION:ACCOUNT:repository/NAME: one name, in lower case, without a tag or *".to_owned()
            }
            Self::NoValue { .. } => "correct the value".to_owned(),
        }
    }
}

/// Whether AWS gets such requests for an action on a resource; what other services take is not known here.
///
/// # Errors
/// [`Impossible`], the reason why not.
pub fn request(operation: &str, resource: &str) -> Result<(), Impossible> {
    let action = actions::permission(operation);
    let Some((service, name)) = action.split_once(':') else { return Ok(()) };
    let service = service.to_ascii_lowercase();
    let known = actions::of_service(&service);
    if known.is_empty() {
        return Ok(());
    }
    let Some(scope) = actions::scope(action) else {
        return Err(Impossible::NoAction { action: action.to_owned(), near: nearest(&service, name) });
    };
    let arn = Arn::parse(resource);
    let is_of_ecr = |arn: &Arn<'_>| matches!(arn.service, "ecr" | "ecr-public");
    match (scope, arn) {
        // Whatever is named beside it, it acts on no resource; but it is for one of the two registries.
        (Scope::Everything, Some(arn)) if is_of_ecr(&arn) && arn.service != service => {
            Err(Impossible::OtherService { action: action.to_owned(), resource: resource.to_owned() })
        }
        (Scope::Everything, _) => Ok(()),
        (Scope::Repository, None) if resource == "*" && !lists(name) => {
            Err(Impossible::OnEverything(action.to_owned()))
        }
        (Scope::Repository, None) => Ok(()),
        (Scope::Repository, Some(arn)) if arn.service != service => {
            Err(Impossible::OtherService { action: action.to_owned(), resource: resource.to_owned() })
        }
        (Scope::Repository, Some(arn)) if is_repository(&arn) || lists(name) && is_all(&arn) => Ok(()),
        (Scope::Repository, Some(_)) => Err(Impossible::NoRepository(resource.to_owned())),
    }
}

/// Whether an action may be asked for all repositories at once, `repository/*`.
fn lists(name: &str) -> bool {
    name.eq_ignore_ascii_case("DescribeRepositories")
}

fn is_all(arn: &Arn<'_>) -> bool {
    arn.resource == "repository/*"
}

/// Whether an ARN can be a repository's.
fn is_repository(arn: &Arn<'_>) -> bool {
    let is_name = |name: &str| {
        let image = ImageReference::parse(&format!("localhost/{name}"));
        image.is_ok_and(|image| image.repository == name && image.tag.is_none() && image.digest.is_none())
    };
    (arn.service == "ecr") != arn.region.is_empty()
        && arn.account().is_some()
        && arn.repository().is_some_and(is_name)
}

/// The action of a service whose name differs little from one that it does not have.
fn nearest(service: &str, name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let ranked = actions::of_service(service).iter().map(|(known, _)| {
        let differs = distance(&lower, &known.to_ascii_lowercase());
        (differs, known)
    });
    let (differs, known) = ranked.min()?;
    (differs * 4 <= name.chars().count()).then(|| format!("{service}:{known}"))
}

/// Whether a condition key can have these values.
///
/// # Errors
/// [`Impossible`], what it has to be.
pub fn value(key: &str, values: &[String]) -> Result<(), Impossible> {
    match form(key) {
        Some((expected, fits)) if !values.iter().all(|value| fits(value)) => {
            Err(Impossible::NoValue { key: key.to_owned(), expected })
        }
        _ => Ok(()),
    }
}

type Form = (&'static str, fn(&str) -> bool);

/// What the values of a key look like; none where any text may be one. Source: IAM User Guide, "AWS global condition context
/// keys", the type of each.
fn form(key: &str) -> Option<Form> {
    Some(match key.to_ascii_lowercase().as_str() {
        "aws:sourceip" | "aws:vpcsourceip" | "aws:ec2instancesourceprivateipv4" => {
            ("one address of version 4 or 6", |value| value.parse::<IpAddr>().is_ok())
        }
        "aws:currenttime" | "aws:epochtime" | "aws:tokenissuetime" => {
            ("a time, as 2026-01-31T12:00:00Z or in seconds since 1970", values::is_date)
        }
        "aws:multifactorauthage" => {
            ("a number of seconds", |value| value.parse::<f64>().is_ok_and(f64::is_finite))
        }
        "aws:multifactorauthpresent"
        | "aws:principalisawsservice"
        | "aws:securetransport"
        | "aws:viaawsservice" => ("true or false", |value| {
            value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
        }),
        "aws:principalarn" | "aws:sourcearn" | "aws:sourcevpcarn" => {
            ("an ARN", |value| Arn::parse(value).is_some())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_ask_for_is_told_from_what_may_be_denied() {
        let app = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app";
        let public = "arn:aws:ecr-public::111122223333:repository/app";
        for (action, resource, expected) in [
            ("ecr:PutImage", app, None),
            ("ECR:putimage", app, None),
            ("ecr:ListImageReferrers", app, None),
            ("ecr:GetAuthorizationToken", app, None),
            ("ecr:DescribeRepositories", "*", None),
            ("ecr:DescribeRepositories", "arn:aws:ecr:eu-west-1:111122223333:repository/*", None),
            ("ecr-public:PutImage", public, None),
            ("sts:AssumeRole", "arn:aws:iam::111122223333:role/r", None),
            ("s3:GetObject", "*", None),
            ("ecr:PutImages", app, Some("ECR has no action ecr:PutImages")),
            ("ecr-public:BatchGetImage", public, Some("ECR has no action ecr-public:BatchGetImage")),
            ("ecr:PutImage", "*", Some("acts on a repository, and * names none")),
            ("ecr:BatchGetImage", public, Some("belongs to another service")),
            ("ecr:GetAuthorizationToken", public, Some("belongs to another service")),
            ("ecr-public:PutImage", app, Some("belongs to another service")),
            ("ecr:PutImage", "arn:aws:s3:::bucket", Some("belongs to another service")),
            ("ecr:PutImage", "arn:aws:ecr:eu-west-1:111122223333:repository/Team/app", Some("no repository")),
            ("ecr:PutImage", "arn:aws:ecr:eu-west-1:111122223333:repository/app:1", Some("no repository")),
            ("ecr:PutImage", "arn:aws:ecr:eu-west-1:111122223333:repository/team/*", Some("no repository")),
            ("ecr:PutImage", "arn:aws:ecr::111122223333:repository/app", Some("no repository")),
            ("ecr:PutImage", "arn:aws:ecr:eu-west-1::repository/app", Some("no repository")),
        ] {
            let said = request(action, resource).err().map(|error| error.to_string());
            match expected {
                Some(part) => assert!(said.as_deref().is_some_and(|said| said.contains(part)), "{said:?}"),
                None => assert_eq!(said, None, "{action} {resource}"),
            }
        }
        let next = |action: &str| request(action, app).unwrap_err().next();
        assert_eq!(next("ecr:putimages"), "if ecr:PutImage is meant, write that");
        assert!(next("ecr:Nope").contains("Service Authorization Reference"));
    }

    #[test]
    fn keys_have_values_of_their_kind() {
        for (key, values, fits) in [
            ("aws:SourceIp", &["10.0.0.1"][..], true),
            ("aws:SourceIp", &["2001:db8::1"], true),
            ("AWS:sourceip", &["hello"], false),
            ("aws:SourceIp", &["10.0.0.0/8"], false),
            ("aws:TagKeys", &["a", "b"], true),
            ("aws:CurrentTime", &["2026-01-31T12:00:00Z"], true),
            ("aws:CurrentTime", &["soon"], false),
            ("aws:SecureTransport", &["yes"], false),
            ("aws:MultiFactorAuthAge", &["3600"], true),
            ("aws:PrincipalArn", &["ci"], false),
            ("gitlab.com:sub", &["anything", "else"], true),
        ] {
            let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
            assert_eq!(value(key, &values).is_ok(), fits, "{key} {values:?}");
        }
    }
}
