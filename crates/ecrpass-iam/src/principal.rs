//! Who makes a request: users, roles and their sessions, federated identities, services.

use ecrpass_core::Arn;

/// Whoever makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    text: String,
    kind: PrincipalKind,
}

/// What kind of principal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// An IAM user.
    User,
    /// A role, of which any session may be meant.
    Role,
    /// A session of a role.
    Session,
    /// A federated user, made by `GetFederationToken`.
    FederatedUser,
    /// The account's root user.
    Root,
    /// An AWS service that calls in its own name, `lambda.amazonaws.com`.
    Service,
    /// An identity of an OpenID Connect or SAML provider: its ARN, or the name of one that IAM knows itself.
    Federated,
}

impl Principal {
    /// Reads an ARN, a service's name or an identity provider's; `None` when it is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        let kind = match Arn::parse(text) {
            Some(arn) => Self::kind_of(&arn)?,
            None if WEB_IDENTITIES.contains(&text) => PrincipalKind::Federated,
            None if is_service(text) => PrincipalKind::Service,
            None => return None,
        };
        Some(Self { text: text.to_owned(), kind })
    }

    /// An AWS service that calls in its own name.
    pub fn service(name: &str) -> Self {
        Self { text: name.to_owned(), kind: PrincipalKind::Service }
    }

    fn kind_of(arn: &Arn<'_>) -> Option<PrincipalKind> {
        let is = |kind: &str| arn.resource_of_kind(kind).is_some();
        match arn.service {
            "iam" if arn.resource == "root" => Some(PrincipalKind::Root),
            "iam" if is("user") => Some(PrincipalKind::User),
            "iam" if is("role") => Some(PrincipalKind::Role),
            "iam" if is("oidc-provider") || is("saml-provider") => Some(PrincipalKind::Federated),
            "sts" if is("assumed-role") => Some(PrincipalKind::Session),
            "sts" if is("federated-user") => Some(PrincipalKind::FederatedUser),
            _ => None,
        }
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What kind it is.
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// Its ARN; `None` for services and providers that have only a name.
    pub fn arn(&self) -> Option<Arn<'_>> {
        Arn::parse(&self.text)
    }

    /// The account whose policies speak for it; `None` for services and federated identities, which have none.
    pub fn account(&self) -> Option<&str> {
        if self.is_outside_of_accounts() { None } else { self.arn()?.account() }
    }

    /// Whether it has no identity policies: only the resource's own policy can let it in.
    pub fn is_outside_of_accounts(&self) -> bool {
        matches!(self.kind, PrincipalKind::Service | PrincipalKind::Federated)
    }
}

/// The identity providers that a policy names without an ARN. Source: IAM User Guide, "AWS JSON policy elements:
/// Principal".
const WEB_IDENTITIES: [&str; 4] =
    ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];

/// `ecs-tasks.amazonaws.com`, `ec2.amazonaws.com.cn`, `pullthroughcache.ecr.amazonaws.com`.
fn is_service(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    text.contains(".amazon") && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        use PrincipalKind::{Federated, FederatedUser, Role, Root, Service, Session, User};
        for (text, kind, account) in [
            ("arn:aws:iam::111122223333:user/path/ci-bot", Some(User), Some("111122223333")),
            ("arn:aws-cn:iam::111122223333:role/ci", Some(Role), Some("111122223333")),
            ("arn:aws:sts::111122223333:assumed-role/ci/me", Some(Session), Some("111122223333")),
            ("arn:aws:sts::111122223333:federated-user/me", Some(FederatedUser), Some("111122223333")),
            ("arn:aws:iam::111122223333:root", Some(Root), Some("111122223333")),
            ("arn:aws:iam::111122223333:oidc-provider/gitlab.com", Some(Federated), None),
            ("accounts.google.com", Some(Federated), None),
            ("lambda.amazonaws.com", Some(Service), None),
            ("ec2.amazonaws.com.cn", Some(Service), None),
            ("arn:aws:iam::111122223333:group/g", None, None),
            ("arn:aws:s3:::bucket", None, None),
            ("*", None, None),
            ("somebody", None, None),
        ] {
            let read = Principal::parse(text);
            assert_eq!(read.as_ref().map(Principal::kind), kind, "{text}");
            assert_eq!(read.as_ref().and_then(Principal::account), account, "{text}");
        }
    }
}
