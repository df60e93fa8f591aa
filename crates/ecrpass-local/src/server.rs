//! A running local ECR, and what a test or a demonstration does with it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ecrpass_core::Secret;
use ecrpass_core::time::EpochSeconds;
use tokio::runtime::{Handle, Runtime};

use crate::calls::Call;
use crate::defaults::{WEB_IDENTITY_AUDIENCE, WEB_IDENTITY_ISSUER};
use crate::faults::Fault;
use crate::hold::Hold;
use crate::jwt::{self, Claims};
use crate::keys;
use crate::listener::Listener;
use crate::policy::Policy;
use crate::principals::{AccessKey, Role};
use crate::resource_policy;
use crate::sso::sign_ins::SsoCacheFile;
use crate::state::State;
use crate::storage::repositories::{RegistryId, Repository};
use crate::tokens::{Known, Scope};

/// A running Amazon ECR on loopback. It stops when this is dropped.
pub struct LocalEcr {
    pub(crate) runtime: Option<Runtime>,
    pub(crate) state: Arc<State>,
    listeners: Vec<Listener>,
    key: AccessKey,
}

impl fmt::Debug for LocalEcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEcr").field("listeners", &self.listeners).finish_non_exhaustive()
    }
}

impl LocalEcr {
    pub(crate) fn new(runtime: Runtime, state: Arc<State>, listeners: Vec<Listener>, key: AccessKey) -> Self {
        Self { runtime: Some(runtime), state, listeners, key }
    }

    /// Waits until the user interrupts (Ctrl-C) or the system asks to stop.
    ///
    /// # Errors
    /// When the system's signals cannot be listened for.
    pub fn run_until_interrupted(&self) -> io::Result<()> {
        let Some(runtime) = &self.runtime else { return Ok(()) };
        runtime.block_on(async {
            #[cfg(unix)]
            {
                use tokio::signal::unix::{SignalKind, signal};
                let mut terminate = signal(SignalKind::terminate())?;
                tokio::select! {
                    result = tokio::signal::ctrl_c() => result,
                    _ = terminate.recv() => Ok(()),
                }
            }
            #[cfg(not(unix))]
            tokio::signal::ctrl_c().await
        })
    }

    /// The addresses it answers on, in the order they were asked for.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// The first listener's URL, `http://127.0.0.1:port`: the endpoint of every AWS API and of metadata.
    pub fn url(&self) -> String {
        self.listeners.first().map(Listener::url).unwrap_or_default()
    }

    /// The first listener's `127.0.0.1:port`: the registry, as an image reference names it.
    pub fn registry_address(&self) -> String {
        self.url().split_once("://").map(|(_, address)| address.to_owned()).unwrap_or_default()
    }

    /// The real host of the built-in account's registry, `123456789012.dkr.ecr.us-east-1.amazonaws.com`.
    pub fn registry_host(&self) -> String {
        self.state.registry_host(self.account(), self.region())
    }

    /// The certificate of the CA behind the TLS listeners.
    pub fn ca_pem(&self) -> String {
        self.state.ca_pem.clone()
    }

    /// The account of the built-in user and roles.
    pub fn account(&self) -> &str {
        &self.state.settings.account
    }

    /// The region of hosts that name none.
    pub fn region(&self) -> &str {
        &self.state.settings.region
    }

    /// The access key of the built-in user, who may do everything.
    pub fn access_key(&self) -> &AccessKey {
        &self.key
    }

    /// The environment that makes AWS tools talk to this server.
    pub fn env(&self) -> Vec<(String, String)> {
        let url = self.url();
        [
            ("AWS_ACCESS_KEY_ID", self.key.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.key.secret.expose().to_owned()),
            ("AWS_REGION", self.region().to_owned()),
            ("AWS_DEFAULT_REGION", self.region().to_owned()),
            ("AWS_ENDPOINT_URL", url.clone()),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    // --- who there is ---

    /// Adds a user with a new access key.
    pub fn add_user(&self, account: &str, name: &str, policy: Policy) -> AccessKey {
        let key = AccessKey {
            id: keys::access_key_id("AKIA", account),
            secret: keys::secret_access_key(),
            session_token: None,
            expires_at: None,
        };
        self.state.principals.add_user(&self.state.partition_id(), account, name, policy, &key);
        key
    }

    /// Adds a role, or replaces the one of that name; its ARN.
    pub fn add_role(&self, role: Role) -> String {
        let arn = self.role_arn(role.account(), role.name());
        self.state.principals.add_role(role);
        arn
    }

    /// The ARN of a role.
    pub fn role_arn(&self, account: &str, name: &str) -> String {
        format!("arn:{}:iam::{account}:role/{name}", self.state.partition_id())
    }

    /// A session of a role that ends in `lifetime` seconds (before now when negative); `None` for no such role.
    pub fn issue_session(&self, role_arn: &str, session_name: &str, lifetime: i64) -> Option<AccessKey> {
        let role = self.state.principals.role_by_arn(role_arn)?;
        let expires_at = self.state.clock.now() + lifetime;
        let partition = self.state.partition_id();
        Some(self.state.principals.start_session(&partition, &role, session_name, expires_at).0)
    }

    /// Forgets an access key, as when it is deleted; tokens minted with it are refused from then on.
    pub fn revoke_key(&self, id: &str) -> bool {
        self.state.principals.revoke(id)
    }

    /// Attaches a role (account and name) to the instance behind the metadata service, or none.
    pub fn set_instance_role(&self, role: Option<(&str, &str)>) {
        let role = role.map(|(account, name)| (account.to_owned(), name.to_owned()));
        self.state.metadata.set_instance_role(role);
    }

    /// A web identity token of the local issuer for AWS, that ends in `lifetime` seconds.
    pub fn web_identity_token(&self, subject: &str, lifetime: i64) -> Secret {
        self.web_identity_token_of(WEB_IDENTITY_ISSUER, WEB_IDENTITY_AUDIENCE, subject, lifetime)
    }

    /// A web identity token with any issuer and audience.
    pub fn web_identity_token_of(
        &self,
        issuer: &str,
        audience: &str,
        subject: &str,
        lifetime: i64,
    ) -> Secret {
        let claims = Claims {
            issuer: issuer.to_owned(),
            audience: vec![audience.to_owned()],
            subject: subject.to_owned(),
            account_uid: None,
            expires_at: self.state.clock.now() + lifetime,
        };
        jwt::sign(&self.state.jwt_key, &claims)
    }

    /// The token of a Kubernetes service account, as the kubelet sends it to a credential provider.
    pub fn service_account_token(&self, namespace: &str, name: &str, uid: &str, lifetime: i64) -> Secret {
        let claims = Claims {
            issuer: WEB_IDENTITY_ISSUER.to_owned(),
            audience: vec![WEB_IDENTITY_AUDIENCE.to_owned()],
            subject: format!("system:serviceaccount:{namespace}:{name}"),
            account_uid: Some(uid.to_owned()),
            expires_at: self.state.clock.now() + lifetime,
        };
        jwt::sign(&self.state.jwt_key, &claims)
    }

    /// The path for `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`.
    pub fn container_credentials_relative_uri(&self) -> String {
        format!("/v2/credentials/{}", self.state.metadata.container_id)
    }

    /// The address for `AWS_CONTAINER_CREDENTIALS_FULL_URI` as EKS Pod Identity sets it.
    pub fn pod_identity_uri(&self) -> String {
        format!("{}{}", self.url(), crate::metadata::container::POD_IDENTITY_PATH)
    }

    /// The token Pod Identity wants, for `AWS_CONTAINER_AUTHORIZATION_TOKEN` or its file.
    pub fn pod_identity_token(&self) -> Secret {
        self.state.metadata.pod_token.clone()
    }

    /// Signs somebody in to IAM Identity Center: a file for `~/.aws/sso/cache/`.
    ///
    /// `session_or_url` is the profile's `sso_session`, or its `sso_start_url` where it has no session. The access
    /// token ends in `lifetime` seconds (before now when negative) and can be renewed when `refreshable`.
    pub fn sso_sign_in(
        &self,
        session_or_url: &str,
        start_url: &str,
        lifetime: i64,
        refreshable: bool,
    ) -> SsoCacheFile {
        let expires_at = self.state.clock.now() + lifetime;
        self.state.sso.sign_in(session_or_url, start_url, self.region(), expires_at, refreshable)
    }

    // --- what is stored ---

    /// Creates a repository in the built-in account and region; false when it exists.
    ///
    /// # Errors
    /// When the storage directory fails.
    pub fn create_repository(&self, name: &str) -> io::Result<bool> {
        self.create_repository_in(self.account(), self.region(), name, false)
    }

    /// Creates a repository anywhere; the account `public` is ECR Public.
    ///
    /// # Errors
    /// When the storage directory fails.
    pub fn create_repository_in(
        &self,
        account: &str,
        region: &str,
        name: &str,
        immutable: bool,
    ) -> io::Result<bool> {
        let repository = Repository::new(name, self.state.clock.now(), immutable);
        self.state.repositories.create(&registry(account, region), &repository)
    }

    /// Lets the principals of another account into a repository, as its repository policy would; false when there
    /// is no such repository.
    ///
    /// # Errors
    /// When the storage directory fails.
    pub fn share_repository(&self, account: &str, region: &str, name: &str, with: &str) -> io::Result<bool> {
        let registry = registry(account, region);
        let store = &self.state.repositories;
        let Some(mut repository) = store.repository(&registry, name)? else { return Ok(false) };
        let partition = self.state.partition_id();
        repository.policy = Some(resource_policy::share(repository.policy.as_deref(), &partition, with));
        store.update(&registry, &repository)?;
        Ok(true)
    }

    /// The tags in a repository.
    ///
    /// # Errors
    /// When the storage directory fails.
    pub fn tags(&self, account: &str, region: &str, name: &str) -> io::Result<Vec<String>> {
        self.state.repositories.tags(&registry(account, region), name)
    }

    // --- tokens ---

    /// A registry password of the built-in user for a region, which ends in `lifetime` seconds (before now when
    /// negative): a token to plant.
    pub fn forge_password(&self, region: &str, lifetime: i64) -> Secret {
        self.forge(Scope::Region(region.to_owned()), lifetime)
    }

    /// The same for ECR Public.
    pub fn forge_public_password(&self, lifetime: i64) -> Secret {
        self.forge(Scope::PublicLogin, lifetime)
    }

    fn forge(&self, scope: Scope, lifetime: i64) -> Secret {
        let principal = self.state.principals.key(&self.key.id).map(|key| key.principal);
        self.state.tokens.issue(Known {
            principal,
            key_id: Some(self.key.id.clone()),
            scope,
            expires_at: self.state.clock.now() + lifetime,
        })
    }

    /// The access key that a token was issued to, and when it expires; `None` for one that is not from here.
    pub fn issued_to(&self, token: &str) -> Option<(String, EpochSeconds)> {
        let known = self.state.tokens.look_up(token)?;
        Some((known.key_id?, known.expires_at))
    }

    /// How many authorization and bearer tokens were issued, forged ones included.
    pub fn tokens_issued(&self) -> u64 {
        self.state.tokens.issued()
    }

    /// How long tokens live from now on.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        self.state.token_lifetime.store(seconds, Ordering::Relaxed);
    }

    /// The server's idea of now.
    pub fn now(&self) -> EpochSeconds {
        self.state.clock.now()
    }

    /// Lets time pass at once for the server: what it issued ends so much sooner.
    pub fn advance_clock(&self, by: Duration) {
        self.state.clock.advance(i64::try_from(by.as_secs()).unwrap_or(i64::MAX));
    }

    // --- faults and calls ---

    /// One more fault, from now on.
    pub fn add_fault(&self, fault: Fault) {
        self.state.add_fault(fault);
    }

    /// The faults in force.
    pub fn faults(&self) -> Vec<Fault> {
        self.state.faults.list()
    }

    /// Ends the faults of a name, or written exactly so; how many there were.
    pub fn remove_fault(&self, text: &str) -> usize {
        self.state.remove_fault(text)
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.state.clear_faults();
    }

    /// Holds up every request to a target (an operation, a service, `service:operation`, or `*`) until the answer is
    /// dropped.
    #[must_use = "the requests go on when it is dropped"]
    pub fn hold(&self, target: &str) -> Hold {
        self.state.holds.add(target)
    }

    /// The latest calls, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls.log()
    }

    /// How many calls there were to a target: an operation, a service, `service:operation`, or `*`.
    pub fn call_count(&self, target: &str) -> u64 {
        self.state.calls.count(target)
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.state.calls.clear();
    }
}

impl Drop for LocalEcr {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // Waiting would panic inside another runtime.
        if Handle::try_current().is_ok() {
            runtime.shutdown_background();
        } else {
            runtime.shutdown_timeout(Duration::from_millis(500));
        }
    }
}

pub(crate) fn registry(account: &str, region: &str) -> RegistryId {
    match account {
        "public" => RegistryId::Public,
        account => RegistryId::Private { account: account.to_owned(), region: region.to_owned() },
    }
}
