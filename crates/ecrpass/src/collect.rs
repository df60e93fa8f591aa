//! Facts from this machine, AWS and registries: what `ecrpass doctor` looks at, under one deadline.

mod ask;
pub mod audit_settings;
pub mod audit_tree;
pub mod aws_audit;
mod aws_facts;
pub mod baseline_file;
pub mod bundle_file;
pub mod canary;
mod client_credentials;
pub mod cluster;
mod compression;
pub mod configurations;
mod credentials;
mod daemon;
mod denial_policies;
pub mod installation;
pub mod instance_metadata;
pub mod kept;
pub mod known_machine;
mod listen;
mod live;
pub mod logs;
mod machine_facts;
#[cfg(unix)]
pub mod node;
mod os_release;
pub mod package;
pub mod policy_files;
pub mod principal_policies;
mod program_file;
mod registry_client;
mod registry_facts;
pub mod registry_session;
pub mod targets;
pub mod text_file;
pub mod token_users;
pub mod trail;
mod work;

pub use live::collect;
pub use work::Asked;
