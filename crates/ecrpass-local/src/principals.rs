//! Who may call: users, roles, sessions and their access keys.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ecrpass_core::time::EpochSeconds;
use ecrpass_core::wildcard;
use ecrpass_core::{Arn, Secret};
use serde_json::json;

use crate::keys;
use crate::policy::Policy;
use crate::random;

/// An access key as a client configures it.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The access key id; it encodes the account, as AWS's do.
    pub id: String,
    /// The secret access key.
    pub secret: Secret,
    /// The session token; none for a user's own key.
    pub session_token: Option<Secret>,
    /// When the session ends; none for a user's own key.
    pub expires_at: Option<EpochSeconds>,
}

/// Somebody who calls: a user, or a session of a role.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) arn: String,
    /// What the key `aws:PrincipalArn` holds: the role of a session, with its path.
    pub(crate) principal_arn: String,
    pub(crate) account: String,
    /// What `GetCallerIdentity` calls the user id.
    pub(crate) unique_id: String,
    pub(crate) policy: Policy,
}

/// A role that can be assumed.
#[derive(Clone, Debug)]
pub struct Role {
    account: String,
    name: String,
    policy: Policy,
    trusted: Vec<String>,
    external_id: Option<String>,
    web_identity: Option<WebIdentityTrust>,
}

/// The web identity tokens a role trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebIdentityTrust {
    /// The issuer, `iss`, without `https://`.
    pub issuer: String,
    /// The audience, `aud`.
    pub audience: String,
    /// The subject, `sub`, with `*`.
    pub subject: String,
}

impl Role {
    /// A role that may do everything and that everybody in its own account may assume.
    pub fn new(account: &str, name: &str) -> Self {
        Self {
            account: account.to_owned(),
            name: name.to_owned(),
            policy: Policy::allow_all(),
            trusted: vec![format!("arn:*:*::{account}:*")],
            external_id: None,
            web_identity: None,
        }
    }

    /// What its sessions may do.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Lets only principals whose ARN matches one of `arns` (with `*`) assume it; an empty list lets nobody.
    #[must_use]
    pub fn trust(mut self, arns: &[&str]) -> Self {
        self.trusted = arns.iter().map(|&arn| arn.to_owned()).collect();
        self
    }

    /// Demands this external id.
    #[must_use]
    pub fn external_id(mut self, external_id: &str) -> Self {
        self.external_id = Some(external_id.to_owned());
        self
    }

    /// Lets web identities assume it.
    #[must_use]
    pub fn web_identity(mut self, trust: WebIdentityTrust) -> Self {
        self.web_identity = Some(trust);
        self
    }

    /// The part of the ARN after `role/`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The account it belongs to.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Whether `caller` may assume it with that external id.
    pub(crate) fn trusts(&self, caller: &str, external_id: Option<&str>) -> bool {
        self.trusted.iter().any(|pattern| wildcard::matches(pattern, caller))
            && self.external_id.as_deref().is_none_or(|wanted| external_id == Some(wanted))
    }

    /// Its trust policy, as IAM has it.
    pub(crate) fn trust_policy(&self) -> String {
        let trusted = json!({"aws:PrincipalArn": self.trusted});
        let condition = match &self.external_id {
            Some(id) => json!({"ArnLike": trusted, "StringEquals": {"sts:ExternalId": id}}),
            None => json!({"ArnLike": trusted}),
        };
        let mut statements = vec![json!({
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
            "Condition": condition,
        })];
        if let Some(trust) = &self.web_identity {
            let issuer = trust.issuer.trim_start_matches("https://");
            statements.push(json!({
                "Effect": "Allow",
                "Principal": {"Federated": format!("arn:aws:iam::{}:oidc-provider/{issuer}", self.account)},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {format!("{issuer}:aud"): trust.audience},
                    "StringLike": {format!("{issuer}:sub"): trust.subject},
                },
            }));
        }
        json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    }

    pub(crate) fn web_identity_trust(&self) -> Option<&WebIdentityTrust> {
        self.web_identity.as_ref()
    }
}

/// Whoever signed a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) principal: Arc<Principal>,
    pub(crate) key_id: String,
    /// Whether it is a session, whose further sessions AWS limits to an hour.
    pub(crate) is_session: bool,
}

/// What an access key id stands for.
#[derive(Clone)]
pub(crate) struct KnownKey {
    pub(crate) principal: Arc<Principal>,
    pub(crate) secret: Secret,
    pub(crate) session_token: Option<Secret>,
    pub(crate) expires_at: Option<EpochSeconds>,
}

impl fmt::Debug for KnownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownKey({})", self.principal.arn)
    }
}

/// What IAM tells of a user's own key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyHistory {
    /// When it was made; none for long ago.
    pub created_at: Option<EpochSeconds>,
    /// When it was last used, and for which service.
    pub last_used: Option<(EpochSeconds, String)>,
    /// Whether it was switched off.
    pub is_inactive: bool,
}

/// The table of everybody.
#[derive(Debug, Default)]
pub(crate) struct Principals(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    keys: HashMap<String, KnownKey>,
    histories: HashMap<String, KeyHistory>,
    roles: HashMap<(String, String), Arc<Role>>,
}

impl Principals {
    /// Adds a user with a given key pair.
    pub(crate) fn add_user(
        &self,
        partition: &str,
        account: &str,
        name: &str,
        policy: Policy,
        key: &AccessKey,
    ) {
        let arn = Arn::iam(partition, account, &format!("user/{name}")).to_string();
        let principal = Arc::new(Principal {
            principal_arn: arn.clone(),
            arn,
            account: account.to_owned(),
            unique_id: keys::unique_id("AIDA"),
            policy,
        });
        let known = KnownKey { principal, secret: key.secret.clone(), session_token: None, expires_at: None };
        self.lock().keys.insert(key.id.clone(), known);
    }

    pub(crate) fn add_role(&self, role: Role) {
        self.lock().roles.insert((role.account.clone(), role.name.clone()), Arc::new(role));
    }

    /// The role an ARN names, with or without a path.
    pub(crate) fn role_by_arn(&self, arn: &str) -> Option<Arc<Role>> {
        let arn = Arn::parse(arn)?;
        self.role(arn.account, arn.resource_of_kind("role")?)
    }

    pub(crate) fn role(&self, account: &str, name: &str) -> Option<Arc<Role>> {
        self.lock().roles.get(&(account.to_owned(), name.to_owned())).cloned()
    }

    /// The role of an account that has this name, whatever its path.
    pub(crate) fn role_named(&self, account: &str, name: &str) -> Option<Arc<Role>> {
        let inner = self.lock();
        let mut roles = inner.roles.values();
        roles.find(|role| role.account == account && role.name.rsplit('/').next() == Some(name)).cloned()
    }

    /// The user or role of an ARN.
    pub(crate) fn by_arn(&self, arn: &str) -> Option<Principal> {
        if let Some(role) = self.role_by_arn(arn) {
            return Some(Principal {
                arn: arn.to_owned(),
                principal_arn: arn.to_owned(),
                account: role.account.clone(),
                unique_id: String::new(),
                policy: role.policy.clone(),
            });
        }
        let inner = self.lock();
        let mut users = inner.keys.values().map(|key| &key.principal);
        users.find(|user| user.arn == arn && user.arn == user.principal_arn).map(|user| (**user).clone())
    }

    /// Whoever has a managed policy or a group attached, to look up what is known by its own name only.
    pub(crate) fn policies(&self) -> Vec<Policy> {
        let inner = self.lock();
        let of_roles = inner.roles.values().map(|role| role.policy.clone());
        of_roles.chain(inner.keys.values().map(|key| key.principal.policy.clone())).collect()
    }

    /// A new session of a role.
    pub(crate) fn start_session(
        &self,
        partition: &str,
        role: &Role,
        session_name: &str,
        expires_at: EpochSeconds,
    ) -> (AccessKey, Arc<Principal>) {
        self.start_session_within(partition, role, session_name, expires_at, None)
    }

    /// The same, that may do no more than a policy allows.
    pub(crate) fn start_session_within(
        &self,
        partition: &str,
        role: &Role,
        session_name: &str,
        expires_at: EpochSeconds,
        within: Option<&str>,
    ) -> (AccessKey, Arc<Principal>) {
        let policy = match within {
            Some(document) => role.policy.clone().in_session(document),
            None => role.policy.clone(),
        };
        let name = role.name.rsplit('/').next().unwrap_or_default();
        let principal = Arc::new(Principal {
            arn: Arn::sts(partition, &role.account, &format!("assumed-role/{name}/{session_name}"))
                .to_string(),
            principal_arn: Arn::iam(partition, &role.account, &format!("role/{}", role.name)).to_string(),
            account: role.account.clone(),
            unique_id: format!("{}:{session_name}", keys::unique_id("AROA")),
            policy,
        });
        let key = AccessKey {
            id: keys::access_key_id("ASIA", &role.account),
            secret: keys::secret_access_key(),
            // Real ones begin like this and measure some 700 to 1,000 characters.
            session_token: Some(Secret::new(format!("IQoJb3JpZ2luX2Vj{}", random::base64(540)))),
            expires_at: Some(expires_at),
        };
        let known = KnownKey {
            principal: principal.clone(),
            secret: key.secret.clone(),
            session_token: key.session_token.clone(),
            expires_at: key.expires_at,
        };
        self.lock().keys.insert(key.id.clone(), known);
        (key, principal)
    }

    pub(crate) fn key(&self, id: &str) -> Option<KnownKey> {
        self.lock().keys.get(id).cloned()
    }

    /// Says what IAM tells of a key.
    pub(crate) fn set_history(&self, id: &str, history: KeyHistory) {
        self.lock().histories.insert(id.to_owned(), history);
    }

    /// The keys of a user, sorted, with what IAM tells of them.
    pub(crate) fn keys_of(&self, arn: &str) -> Vec<(String, KeyHistory)> {
        let inner = self.lock();
        let own =
            inner.keys.iter().filter(|(_, key)| key.session_token.is_none() && key.principal.arn == arn);
        let mut found: Vec<(String, KeyHistory)> =
            own.map(|(id, _)| (id.clone(), inner.histories.get(id).cloned().unwrap_or_default())).collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found
    }

    /// Forgets a key; true when it was known.
    pub(crate) fn revoke(&self, id: &str) -> bool {
        self.lock().keys.remove(id).is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_wants_the_caller_and_the_external_id() {
        let role = Role::new("210987654321", "deploy")
            .trust(&["arn:aws:iam::123456789012:user/*"])
            .external_id("blue");
        assert!(role.trusts("arn:aws:iam::123456789012:user/a", Some("blue")));
        assert!(!role.trusts("arn:aws:iam::123456789012:user/a", None));
        assert!(!role.trusts("arn:aws:iam::123456789012:user/a", Some("red")));
        assert!(!role.trusts("arn:aws:iam::210987654321:user/a", Some("blue")));
    }

    #[test]
    fn sessions_belong_to_the_roles_account() {
        let principals = Principals::default();
        principals.add_role(Role::new("210987654321", "path/deploy"));
        let role = principals.role_by_arn("arn:aws:iam::210987654321:role/path/deploy").unwrap();
        let (key, principal) = principals.start_session("aws", &role, "me", 100);
        assert_eq!(principal.arn, "arn:aws:sts::210987654321:assumed-role/deploy/me");
        assert_eq!(keys::account_of(&key.id).as_deref(), Some("210987654321"));
        assert!(principals.key(&key.id).is_some());
        assert!(principals.revoke(&key.id));
        assert!(principals.key(&key.id).is_none());
        assert!(principals.role_by_arn("arn:aws:iam::210987654321:role/deploy").is_none());
    }

    #[test]
    fn nothing_secret_is_printed() {
        let principals = Principals::default();
        let role = Role::new("210987654321", "r");
        let (key, _) = principals.start_session("aws", &role, "me", 100);
        let printed = format!("{key:?} {principals:?}");
        assert!(!printed.contains(key.secret.expose()));
        assert!(!printed.contains(key.session_token.as_ref().unwrap().expose()));
    }
}
