//! What is known in general: the causes that a kind of failure has, by what failed and where, the likeliest first. It is
//! asked where no cause's own signature knows the words of a log.

use ecrpass_core::DiagnosisId;
use ecrpass_core::DiagnosisId as Id;

use super::entry::{Signature, says};

/// The most that something known in general weighs: what a signature says weighs more.
pub const MOST: u8 = 49;

/// A kind of failure and its causes.
struct Row {
    /// What the line tells of: tags of `engine/explain/failures.rs`, and others.
    tells: &'static [&'static str],
    /// Who pulls or pushes, if it makes a difference.
    near: &'static [&'static str],
    causes: &'static [DiagnosisId],
}

const fn anywhere(tells: &'static [&'static str], causes: &'static [DiagnosisId]) -> Row {
    Row { tells, near: &[], causes }
}

const fn at(
    near: &'static [&'static str],
    tells: &'static [&'static str],
    causes: &'static [DiagnosisId],
) -> Row {
    Row { tells, near, causes }
}

/// A node that pulls for pods.
const KUBELET: &[&str] =
    &["kubelet", "errimagepull", "imagepullbackoff", "failed to pull image", "kuberuntime"];
/// ECS, Fargate and Batch.
const ECS: &[&str] = &[
    "cannotpull",
    "fargate",
    "stoppedreason",
    "stopped reason",
    "status reason",
    "resourceinitializationerror",
    "ecs ",
];
const LAMBDA: &[&str] = &["lambda"];
const SAGEMAKER: &[&str] = &["sagemaker", "trainingjob", "createmodel"];
const APP_RUNNER: &[&str] = &["apprunner", "app runner"];
/// Programs that pull with a login that somebody gave them once.
const KEEPERS_OF_LOGINS: &[&str] = &[
    "argocd",
    "argo-cd",
    "helmrepository",
    "helmchart",
    "imagerepository",
    "image-updater",
    "renovate",
    "keel",
    "watchtower",
    "diun",
    "kargo",
    "portainer",
    "harbor",
    "tags/list",
];

const ROWS: &[Row] = &[
    // Nobody, or nobody that is known.
    at(
        KUBELET,
        &["@fails-identity"],
        &[Id::KubeletCredentialProviderMissing, Id::K8sPullSecretMissing, Id::NotLoggedIn],
    ),
    at(ECS, &["@fails-identity"], &[Id::EcsExecutionRoleMissing]),
    at(APP_RUNNER, &["@fails-identity"], &[Id::AppRunnerAccessRole]),
    anywhere(
        &["@fails-identity", "@with-api"],
        &[Id::NoAwsCredentials, Id::InvalidAccessKey, Id::ExpiredSessionToken],
    ),
    anywhere(
        &["@fails-identity", "@with-login"],
        &[Id::WrongLoginUsernameOrPassword, Id::LoginPasswordCorrupted, Id::NotLoggedIn],
    ),
    anywhere(
        &["@fails-identity", "@with-push"],
        &[Id::NotLoggedIn, Id::ClientIgnoresCredHelper, Id::TokenExpired],
    ),
    anywhere(
        &["@fails-identity", "@with-repository"],
        &[Id::NotLoggedIn, Id::ClientIgnoresCredHelper, Id::TokenExpired],
    ),
    anywhere(
        &["@fails-identity", "@with-image"],
        &[Id::NotLoggedIn, Id::ClientIgnoresCredHelper, Id::TokenExpired],
    ),
    // Somebody who may not.
    at(&["public.ecr.aws"], &["@fails-access", "@public-registry"], &[Id::PublicEcrStaleToken]),
    at(
        KUBELET,
        &["@fails-access", "@private-registry"],
        &[Id::IamMissingPullAction, Id::CrossAccountRepoPolicyMissing, Id::K8sPullSecretExpired],
    ),
    at(
        ECS,
        &["@fails-access"],
        &[Id::EcsExecutionRoleMissing, Id::CrossAccountRepoPolicyMissing, Id::IamMissingPullAction],
    ),
    at(LAMBDA, &["@fails-access"], &[Id::LambdaRepoPolicyMissing]),
    at(SAGEMAKER, &["@fails-access"], &[Id::IamMissingPullAction, Id::CrossAccountRepoPolicyMissing]),
    at(APP_RUNNER, &["@fails-access"], &[Id::AppRunnerAccessRole]),
    at(
        KEEPERS_OF_LOGINS,
        &["@fails-access", "@private-registry"],
        &[Id::TokenExpired, Id::IamMissingPullAction],
    ),
    anywhere(&["@fails-access", "@with-api"], &[Id::IamMissingGetAuthorizationToken, Id::ExplicitDenyPolicy]),
    anywhere(&["@fails-access", "@with-login"], &[Id::WrongLoginUsernameOrPassword, Id::TokenExpired]),
    anywhere(
        &["@fails-access", "@with-push"],
        &[Id::IamMissingPushAction, Id::TokenExpired, Id::RepositoryNotFound],
    ),
    anywhere(
        &["@fails-access", "@with-repository"],
        &[Id::IamMissingPullAction, Id::CrossAccountRepoPolicyMissing, Id::TokenExpired],
    ),
    anywhere(
        &["@fails-access", "@with-image"],
        &[Id::IamMissingPullAction, Id::CrossAccountRepoPolicyMissing, Id::TokenExpired],
    ),
    // Something that is not there.
    at(&["amazonaws"], &["@fails-missing", "@pull-through"], &[Id::PullThroughCacheError]),
    anywhere(&["@fails-missing", "@with-push"], &[Id::RepositoryNotFound, Id::ImageMissingLocally]),
    anywhere(
        &["@fails-missing", "@with-repository"],
        &[Id::RepositoryNotFound, Id::TagNotFound, Id::WrongRegistryAccount],
    ),
    anywhere(&["@fails-missing", "@with-image"], &[Id::TagNotFound, Id::RepositoryNotFound]),
    // A login that has ended.
    at(KUBELET, &["@fails-expired", "@with-image"], &[Id::K8sPullSecretExpired, Id::TokenExpired]),
    anywhere(&["@fails-expired", "@with-api"], &[Id::ExpiredSessionToken, Id::SsoSessionExpired]),
    anywhere(&["@fails-expired", "@with-login"], &[Id::TokenExpired, Id::ExpiredSessionToken]),
    anywhere(&["@fails-expired", "@with-push"], &[Id::TokenExpired, Id::StaleAuthEntry]),
    anywhere(&["@fails-expired", "@with-image"], &[Id::TokenExpired, Id::StaleAuthEntry]),
    // A request that is wrong.
    anywhere(
        &["@fails-request", "@with-login"],
        &[Id::WrongRegistryRegion, Id::LoginPasswordCorrupted, Id::WrongLoginUsernameOrPassword],
    ),
    anywhere(
        &["@fails-request", "@with-push"],
        &[Id::ManifestTypeUnsupported, Id::TagImmutable, Id::MalformedImageReference],
    ),
    anywhere(
        &["@fails-request", "@with-repository"],
        &[Id::MalformedImageReference, Id::RepoNameIncludesRegistry],
    ),
    anywhere(
        &["@fails-request", "@with-image"],
        &[Id::MalformedImageReference, Id::WrongLoginUsernameOrPassword, Id::ManifestTypeUnsupported],
    ),
    // The way there.
    anywhere(&["@fails-network", "@with-api"], &[Id::NetworkTimeoutEcrApi, Id::ProxyMisconfigured]),
    anywhere(&["@fails-network", "@with-login"], &[Id::NetworkTimeoutRegistry, Id::ProxyMisconfigured]),
    anywhere(&["@fails-network", "@with-push"], &[Id::NetworkTimeoutRegistry, Id::ProxyMisconfigured]),
    anywhere(&["@fails-network", "@with-repository"], &[Id::NetworkTimeoutRegistry, Id::ProxyMisconfigured]),
    anywhere(&["@fails-network", "@with-image"], &[Id::NetworkTimeoutRegistry, Id::ProxyMisconfigured]),
    anywhere(&["@fails-name"], &[Id::DnsResolutionFailure, Id::MalformedRegistryHost]),
    anywhere(&["@fails-trust"], &[Id::TlsCaUntrusted, Id::ProxyMisconfigured]),
    anywhere(
        &["@fails-server", "@with-push"],
        &[Id::AwsServiceTransient, Id::RepositoryNotFound, Id::IamMissingPushAction],
    ),
    anywhere(&["@fails-server"], &[Id::AwsServiceTransient]),
    // ECR ends a push to a repository that it does not have, without a word.
    anywhere(
        &["@fails-midway", "@with-push"],
        &[Id::RepositoryNotFound, Id::AwsServiceTransient, Id::NetworkTimeoutRegistry],
    ),
    anywhere(&["@fails-midway"], &[Id::NetworkTimeoutRegistry, Id::AwsServiceTransient]),
    // What the registry, or who pulls, does not take.
    anywhere(&["@fails-rate"], &[Id::Throttled]),
    anywhere(&["@fails-quota"], &[Id::QuotaExceeded]),
    anywhere(&["@fails-immutable"], &[Id::TagImmutable]),
    anywhere(&["@fails-platform"], &[Id::PlatformMismatch]),
    anywhere(&["@fails-media"], &[Id::ManifestTypeUnsupported]),
    // No reason at all.
    at(
        KUBELET,
        &["@fails-somehow", "@private-registry"],
        &[Id::KubeletCredentialProviderMissing, Id::IamMissingPullAction, Id::TagNotFound],
    ),
    at(ECS, &["@fails-somehow"], &[Id::EcsExecutionRoleMissing, Id::NetworkTimeoutRegistry, Id::TagNotFound]),
    at(APP_RUNNER, &["@fails-somehow"], &[Id::AppRunnerAccessRole, Id::PlatformMismatch]),
    anywhere(
        &["@fails-somehow", "@with-api"],
        &[Id::IamMissingGetAuthorizationToken, Id::NoAwsCredentials, Id::InvalidAccessKey],
    ),
    anywhere(
        &["@fails-somehow", "@with-login"],
        &[Id::WrongLoginUsernameOrPassword, Id::LoginPasswordCorrupted, Id::DockerDaemonUnreachable],
    ),
    anywhere(
        &["@fails-somehow", "@with-push"],
        &[Id::NotLoggedIn, Id::RepositoryNotFound, Id::IamMissingPushAction],
    ),
    anywhere(
        &["@fails-somehow", "@with-image"],
        &[Id::NotLoggedIn, Id::TagNotFound, Id::IamMissingPullAction],
    ),
];

/// Each cause with what speaks for it; what depends on more outweighs what depends on less, and the place on all.
pub fn signatures() -> impl Iterator<Item = (DiagnosisId, Signature)> {
    ROWS.iter().flat_map(|row| {
        let most = match (row.near.is_empty(), row.tells.len()) {
            (false, _) => MOST,
            (true, 0 | 1) => MOST - 6,
            (true, _) => MOST - 3,
        };
        row.causes
            .iter()
            .zip((0..=most).rev())
            .map(move |(cause, weight)| (*cause, says(row.tells).near(row.near).about_ecr().weight(weight)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_known_in_general_outweighs_a_signature_that_proves_something() {
        assert!(signatures().all(|(_, signature)| signature.weight <= MOST && signature.weight > 40));
        assert!(ROWS.iter().all(|row| row.causes.len() <= 3));
    }
}
