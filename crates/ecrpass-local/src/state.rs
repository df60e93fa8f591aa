//! The state every handler shares: who there is, what was issued, what is stored, what goes wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use ecrpass_core::time::EpochSeconds;
use ecrpass_core::{Partition, Registry, Secret, arn};

use crate::active_faults::Faults;
use crate::calls::Calls;
use crate::clock::Clock;
use crate::faults::{Fault, FaultKind};
use crate::hold::Holds;
use crate::metadata::roles::Metadata;
use crate::principals::Principals;
use crate::registry::presigned::Presigned;
use crate::registry::upstream::Upstream;
use crate::sso::sign_ins::SignIns;
use crate::storage::repositories::{RegistryId, Repositories};
use crate::surroundings::Surroundings;
use crate::tokens::Tokens;

/// Settings that stay as they were given.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The account of the built-in user and roles.
    pub(crate) account: String,
    /// The region instance metadata names, and that of hosts which name none.
    pub(crate) region: String,
    /// The registry that hosts such as `127.0.0.1:5000` mean.
    pub(crate) default_registry: Registry,
    /// Whether a push creates a missing repository.
    pub(crate) create_on_push: bool,
    /// Where layers are redirected to; `None` to send them directly.
    pub(crate) layer_bucket: Option<String>,
    /// The region that authorization tokens are for, whatever region they are asked for in; `None` for that one.
    pub(crate) token_region: Option<String>,
    /// How long sessions from metadata endpoints and SSO live, in seconds.
    pub(crate) session_lifetime: i64,
}

/// Everything.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) holds: Holds,
    pub(crate) calls: Calls,
    pub(crate) principals: Principals,
    pub(crate) tokens: Tokens,
    pub(crate) metadata: Metadata,
    pub(crate) sso: SignIns,
    pub(crate) repositories: Repositories,
    /// The registry that stores the images instead; `None` to store them here.
    pub(crate) upstream: Option<Upstream>,
    pub(crate) presigned: Presigned,
    pub(crate) jwt_key: Secret,
    pub(crate) token_lifetime: AtomicI64,
    pub(crate) ca_pem: String,
    /// What stands around the built-in account.
    pub(crate) surroundings: Mutex<Surroundings>,
}

impl State {
    /// The partition of the configured region.
    pub(crate) fn partition(&self) -> Partition {
        Partition::of_region(&self.settings.region).unwrap_or(Partition::Aws)
    }

    /// Its id, as ARNs have it.
    pub(crate) fn partition_id(&self) -> String {
        self.partition().id().to_owned()
    }

    /// The registry host of an account, in its plain form.
    pub(crate) fn registry_host(&self, account: &str, region: &str) -> String {
        let partition = Partition::of_region(region).unwrap_or(self.partition());
        format!("{account}.dkr.ecr.{region}.{}", partition.dns_suffix())
    }

    /// A repository's ARN.
    pub(crate) fn repository_arn(&self, registry: &RegistryId, name: &str) -> String {
        match registry {
            RegistryId::Private { account, region } => {
                let partition = Partition::of_region(region).unwrap_or(self.partition());
                arn::repository_arn(partition, region, account, name)
            }
            RegistryId::Public => arn::public_repository_arn(&self.settings.account, name),
        }
    }

    /// When a token that is issued now expires.
    pub(crate) fn token_expiry(&self, already: bool) -> EpochSeconds {
        let lifetime = if already { -60 } else { self.token_lifetime.load(Ordering::Relaxed) };
        self.clock.now() + lifetime
    }

    pub(crate) fn add_fault(&self, fault: Fault) {
        if let FaultKind::ClockSkew(seconds) = fault.kind {
            self.clock.set_skew(seconds);
        }
        self.faults.add(fault);
    }

    /// Ends faults by name or text; how many there were.
    pub(crate) fn remove_fault(&self, text: &str) -> usize {
        let removed = self.faults.remove(text);
        self.reset_clock();
        removed
    }

    pub(crate) fn clear_faults(&self) {
        self.faults.clear();
        self.reset_clock();
    }

    /// The last skew still in force counts.
    fn reset_clock(&self) {
        let skew = self.faults.list().iter().rev().find_map(|fault| match fault.kind {
            FaultKind::ClockSkew(seconds) => Some(seconds),
            _ => None,
        });
        self.clock.set_skew(skew.unwrap_or(0));
    }
}
