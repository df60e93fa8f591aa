//! How a local ECR is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use ecrpass_core::account::is_account_id;
use ecrpass_core::time::EpochSeconds;
use ecrpass_core::{Partition, Registry};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::active_faults::Faults;
use crate::calls::Calls;
use crate::clock::Clock;
use crate::defaults::{
    CONTAINER_ROLE, DEFAULT_ACCOUNT, DEPLOY_ROLE, INSTANCE_ROLE, WEB_IDENTITY_AUDIENCE, WEB_IDENTITY_ISSUER,
};
use crate::faults::Fault;
use crate::hold::Holds;
use crate::listener::Listener;
use crate::metadata::roles::Metadata;
use crate::principals::{AccessKey, Principals, Role};
use crate::registry::presigned::Presigned;
use crate::registry::upstream::Upstream;
use crate::server::LocalEcr;
use crate::sso::sign_ins::SignIns;
use crate::start_error::StartError;
use crate::state::{Settings, State};
use crate::storage::objects::Objects;
use crate::storage::repositories::Repositories;
use crate::tls::{Ca, by_region};
use crate::tokens::Tokens;
use crate::{keys, listener, policy, random};

/// Where images are kept.
#[derive(Clone, Debug, Default)]
enum Storage {
    #[default]
    Memory,
    Directory(PathBuf),
}

/// A listener to be.
#[derive(Clone, Debug)]
struct Wanted {
    address: SocketAddr,
    /// The names in the certificate; `None` for plain HTTP.
    names: Option<Vec<String>>,
}

/// Sets up a [`LocalEcr`].
#[derive(Debug)]
pub struct Builder {
    account: String,
    region: String,
    listeners: Vec<Wanted>,
    ca: Option<Ca>,
    storage: Storage,
    forward: Option<String>,
    create_on_push: bool,
    default_registry: Option<Registry>,
    redirect_layers: Option<Option<String>>,
    token_lifetime: i64,
    session_lifetime: i64,
    token_region: Option<String>,
    stopped_clock: Option<EpochSeconds>,
    key: Option<AccessKey>,
    faults: Vec<Fault>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            account: DEFAULT_ACCOUNT.to_owned(),
            region: "us-east-1".to_owned(),
            listeners: Vec::new(),
            ca: None,
            storage: Storage::Memory,
            forward: None,
            create_on_push: false,
            default_registry: None,
            redirect_layers: None,
            token_lifetime: ecrpass_core::token::LIFETIME,
            session_lifetime: 6 * 3_600,
            token_region: None,
            stopped_clock: None,
            key: None,
            faults: Vec::new(),
        }
    }
}

impl LocalEcr {
    /// Sets one up.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts one on 127.0.0.1, any free port, plain HTTP, images in memory.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start() -> Result<Self, StartError> {
        Builder::default().start()
    }
}

impl Builder {
    /// The account of the built-in user and roles; 123456789012 otherwise.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        account.clone_into(&mut self.account);
        self
    }

    /// The region of hosts that name none; `us-east-1` otherwise.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.region);
        self
    }

    /// Answers plain HTTP on this address too. Whoever reaches it may use the built-in key, so leave it on loopback
    /// or give it another [`Builder::access_key`]. Without any listener it is one on 127.0.0.1, any free port.
    #[must_use]
    pub fn plain(mut self, address: SocketAddr) -> Self {
        self.listeners.push(Wanted { address, names: None });
        self
    }

    /// Answers TLS on this address too, with a certificate for these names (DNS names, also with `*`, and IP
    /// addresses); without names, for every host form of whatever region a client names, see [`names_for`](crate::names_for).
    #[must_use]
    pub fn tls(mut self, address: SocketAddr, names: &[&str]) -> Self {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        self.listeners.push(Wanted { address, names: Some(names) });
        self
    }

    /// The CA of the TLS listeners; a new one otherwise.
    #[must_use]
    pub fn ca(mut self, ca: Ca) -> Self {
        self.ca = Some(ca);
        self
    }

    /// Keeps images in a directory; in memory otherwise.
    #[must_use]
    pub fn directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.storage = Storage::Directory(path.into());
        self
    }

    /// Lets another registry (`host:port`, plain HTTP, without authorization) store the images.
    #[must_use]
    pub fn forward_to(mut self, address: &str) -> Self {
        self.forward = Some(address.to_owned());
        self
    }

    /// Creates repositories on push, as ECR does with a creation template; otherwise they must exist.
    #[must_use]
    pub fn create_on_push(mut self, on: bool) -> Self {
        self.create_on_push = on;
        self
    }

    /// The registry that hosts such as `127.0.0.1:5000` mean; otherwise that of account and region.
    #[must_use]
    pub fn default_registry(mut self, registry: Registry) -> Self {
        self.default_registry = Some(registry);
        self
    }

    /// Redirects layers to a bucket, as ECR does: the first plain listener, or this address, where `{region}` stands
    /// for the region of the registry.
    #[must_use]
    pub fn redirect_layers(mut self, bucket: Option<&str>) -> Self {
        self.redirect_layers = Some(bucket.map(str::to_owned));
        self
    }

    /// How long authorization tokens live; 12 hours otherwise.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        self
    }

    /// Issues authorization tokens for this region, whatever region they are asked for in.
    #[must_use]
    pub fn token_region(mut self, region: &str) -> Self {
        self.token_region = Some(region.to_owned());
        self
    }

    /// How long sessions from metadata endpoints and SSO live; 6 hours otherwise.
    #[must_use]
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.session_lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        self
    }

    /// Stops the server's clock at a time, in seconds since 1970, so that what it issues can be compared to the second;
    /// [`LocalEcr::advance_clock`] moves it. Clients must sign for about that time.
    #[must_use]
    pub fn stopped_clock(mut self, at: EpochSeconds) -> Self {
        self.stopped_clock = Some(at);
        self
    }

    /// The access key of the built-in user; the same one for an account at every start otherwise.
    #[must_use]
    pub fn access_key(mut self, id: &str, secret: &str) -> Self {
        self.key = Some(AccessKey {
            id: id.to_owned(),
            secret: ecrpass_core::Secret::new(secret.to_owned()),
            session_token: None,
            expires_at: None,
        });
        self
    }

    /// A fault from the beginning.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// [`StartError`], naming the address, directory or setting.
    pub fn start(mut self) -> Result<LocalEcr, StartError> {
        self.check()?;
        if self.listeners.is_empty() {
            self.listeners.push(Wanted { address: (Ipv4Addr::LOCALHOST, 0).into(), names: None });
        }
        let bound = self.bind()?;
        let ca = Arc::new(match self.ca.take() {
            Some(ca) => ca,
            None => Ca::generate()?,
        });
        let key = self.key.take().unwrap_or_else(|| default_key(&self.account));
        let state = Arc::new(self.state(&key, &bound, &ca)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("local-ecr")
            .enable_all()
            .build()
            .map_err(StartError::Threads)?;
        let mut listeners = Vec::new();
        for (wanted, socket, address) in bound {
            let tls = match &wanted.names {
                Some(names) if names.is_empty() => Some(by_region(&ca, &self.region)?),
                Some(names) => Some(ca.server_config(names)?),
                None => None,
            };
            let is_tls = tls.is_some();
            spawn(&runtime, socket, address, tls.map(TlsAcceptor::from), state.clone())?;
            listeners.push(Listener { address, tls: is_tls });
        }
        for fault in self.faults {
            state.add_fault(fault);
        }
        Ok(LocalEcr::new(runtime, state, listeners, key))
    }

    fn check(&self) -> Result<(), StartError> {
        if !is_account_id(&self.account) {
            return Err(StartError::Setting(format!("the account `{}` is not 12 digits", self.account)));
        }
        for region in std::iter::once(&self.region).chain(&self.token_region) {
            if Partition::of_region(region).is_none() {
                return Err(StartError::Setting(format!("`{region}` is not an AWS region")));
            }
        }
        Ok(())
    }

    fn bind(&self) -> Result<Vec<(Wanted, std::net::TcpListener, SocketAddr)>, StartError> {
        self.listeners
            .iter()
            .map(|wanted| {
                let fail = |source| StartError::Listen { address: wanted.address, source };
                let socket = std::net::TcpListener::bind(wanted.address).map_err(fail)?;
                socket.set_nonblocking(true).map_err(fail)?;
                let address = socket.local_addr().map_err(fail)?;
                Ok((wanted.clone(), socket, address))
            })
            .collect()
    }

    fn state(
        &self,
        key: &AccessKey,
        bound: &[(Wanted, std::net::TcpListener, SocketAddr)],
        ca: &Ca,
    ) -> Result<State, StartError> {
        let objects = match &self.storage {
            Storage::Memory => Objects::memory(),
            Storage::Directory(path) => Objects::directory(path)
                .map_err(|source| StartError::Storage { path: path.clone(), source })?,
        };
        let layer_bucket = match &self.redirect_layers {
            None => None,
            Some(Some(bucket)) => Some(bucket.clone()),
            Some(None) => {
                let plain = bound.iter().find(|(wanted, _, _)| wanted.names.is_none());
                let (_, _, address) = plain.ok_or_else(|| {
                    StartError::Setting(
                        "redirecting layers needs a plain listener, or the bucket's address".to_owned(),
                    )
                })?;
                Some(format!("http://{address}/prod-{}-starport-layer-bucket", self.region))
            }
        };
        let default_registry = match &self.default_registry {
            Some(registry) => registry.clone(),
            None => {
                let suffix = Partition::of_region(&self.region).unwrap_or(Partition::Aws).dns_suffix();
                let host = format!("{}.dkr.ecr.{}.{suffix}", self.account, self.region);
                Registry::parse(&host).map_err(|error| StartError::Setting(error.to_string()))?
            }
        };
        let partition = Partition::of_region(&self.region).unwrap_or(Partition::Aws);
        let role = |name: &str| (self.account.clone(), name.to_owned());
        Ok(State {
            principals: self.principals(partition, key),
            settings: Settings {
                account: self.account.clone(),
                region: self.region.clone(),
                default_registry,
                create_on_push: self.create_on_push,
                layer_bucket,
                session_lifetime: self.session_lifetime,
                token_region: self.token_region.clone(),
            },
            clock: Clock::new(self.stopped_clock),
            faults: Faults::default(),
            holds: Holds::default(),
            calls: Calls::default(),
            tokens: Tokens::default(),
            metadata: Metadata::new(role(INSTANCE_ROLE), role(CONTAINER_ROLE)),
            sso: SignIns::default(),
            repositories: Repositories::new(objects),
            upstream: self.forward.clone().map(|address| Upstream { address }),
            presigned: Presigned::default(),
            jwt_key: ecrpass_core::Secret::new(random::base64(32)),
            token_lifetime: AtomicI64::new(self.token_lifetime),
            ca_pem: ca.pem(),
            surroundings: Mutex::default(),
        })
    }

    fn principals(&self, partition: Partition, key: &AccessKey) -> Principals {
        let principals = Principals::default();
        principals.add_user(partition.id(), &self.account, "local", policy::Policy::allow_all(), key);
        principals.add_role(Role::new(&self.account, INSTANCE_ROLE));
        principals.add_role(Role::new(&self.account, CONTAINER_ROLE));
        principals.add_role(Role::new(&self.account, DEPLOY_ROLE).web_identity(
            crate::principals::WebIdentityTrust {
                issuer: WEB_IDENTITY_ISSUER.to_owned(),
                audience: WEB_IDENTITY_AUDIENCE.to_owned(),
                subject: "*".to_owned(),
            },
        ));
        principals
    }
}

/// The built-in user's key: always the same for an account, so that exported variables outlive a restart. It
/// opens nothing but this server.
fn default_key(account: &str) -> AccessKey {
    AccessKey {
        id: keys::encode("AKIA", account, [0x2a, 0x10, 0xca, 0x1e, 0xc2]),
        secret: ecrpass_core::Secret::new("local+only/opens+nothing/at+AWS/ecrpass0".to_owned()),
        session_token: None,
        expires_at: None,
    }
}

fn spawn(
    runtime: &Runtime,
    socket: std::net::TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    state: Arc<State>,
) -> Result<(), StartError> {
    let _guard = runtime.enter();
    let socket =
        tokio::net::TcpListener::from_std(socket).map_err(|source| StartError::Listen { address, source })?;
    runtime.spawn(listener::serve(socket, tls, state));
    Ok(())
}
