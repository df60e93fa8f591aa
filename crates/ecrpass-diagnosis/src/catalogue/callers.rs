//! Remedies that depend on who calls: what can be given a policy, and where it is given.

use ecrpass_core::CallerKind;

use super::remedy::{Remedy, by_hand};

/// Roles with policies of their own.
pub const ROLE: &[CallerKind] = &[CallerKind::Role];
/// Users.
pub const USER: &[CallerKind] = &[CallerKind::User];
/// The roles of IAM Identity Center, which only it may change.
pub const RESERVED: &[CallerKind] = &[CallerKind::ReservedSsoRole];
/// AWS services.
pub const SERVICE: &[CallerKind] = &[CallerKind::Service];
/// Those that policies of resources name by an ARN.
pub const NAMED: &[CallerKind] =
    &[CallerKind::User, CallerKind::Role, CallerKind::Federated, CallerKind::Root];
/// Those to which policies are attached.
pub const WITH_POLICIES: &[CallerKind] = &[CallerKind::User, CallerKind::Role, CallerKind::ReservedSsoRole];
/// Those whose policies IAM simulates. Source: IAM API Reference, `SimulatePrincipalPolicy`.
pub const SIMULATED: &[CallerKind] = &[CallerKind::User, CallerKind::Role];

/// For the roles of IAM Identity Center.
const IN_PERMISSION_SET: Remedy = by_hand(
    "allow it in the permission set {permission-set}, in IAM Identity Center, and provision it again: its roles cannot be changed in the account",
)
.for_callers(RESERVED);

/// For services.
const IN_REPOSITORY_POLICY: Remedy =
    by_hand("allow it to {caller} in the repository's policy: a service has no policy of its own")
        .for_callers(SERVICE);

/// For federated sessions.
const IN_FEDERATING_POLICY: Remedy = by_hand(
    "allow it both in the policy of the user who asked for the federated session and in the policy of the session",
)
.for_callers(&[CallerKind::Federated]);

/// For the root user.
const NOT_AS_ROOT: Remedy = by_hand(
    "use a user or a role: the root user has no policies, so that a policy of the organization or of the repository denies",
)
.for_callers(&[CallerKind::Root]);

/// For somebody unknown.
const IN_POLICY_OF_CALLER: Remedy = by_hand(
    "allow it in the policy of the role or user who calls, or in the permission set; `aws sts get-caller-identity` says who that is",
)
.for_unknown_caller();

/// What there is for those whom no policy of their own can be given by a command.
pub const OTHERWISE: &[Remedy] =
    &[IN_PERMISSION_SET, IN_REPOSITORY_POLICY, IN_FEDERATING_POLICY, NOT_AS_ROOT, IN_POLICY_OF_CALLER];
