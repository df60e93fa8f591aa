//! From what AWS answered to facts: what may be written down of it.

use ecrpass_aws::FreshToken;
use ecrpass_aws::inspect::{self, AwsObservation, RepositoryRefusal, RepositoryRefusalKind};
use ecrpass_aws::permissions::{Answer, Simulated, Tried};
use ecrpass_core::DiagnosisId;
use ecrpass_core::time::milliseconds;
use ecrpass_credentials::refusal::Refusal;
use ecrpass_diagnosis::facts::{
    Call, Identity, Permission, PermissionSource, Refused, Repository, Seen, Token, Verdict, Word,
};
use ecrpass_oci::Login;

/// What one answer says.
pub(super) enum AwsFact {
    /// The token, or why there is none.
    Token(Call<Token>),
    /// Who the credentials are.
    Identity(Seen<Call<Identity>>),
    /// A repository.
    Repository(String, Call<Repository>),
    /// What may be done there.
    Permissions(String, Vec<Permission>),
    /// Whether the account of the credentials has a repository of that name, too.
    InOwnAccount(String, bool),
    /// The other regions in which there is a repository of that name.
    InRegions(String, Vec<String>),
    /// The profiles whose credentials are of the registry's account.
    Profiles(Vec<String>),
}

/// The fact in an answer, and the login that may be used and not written down.
pub(super) fn fact(told: AwsObservation) -> (AwsFact, Option<Login>) {
    match told {
        AwsObservation::Token(call) => {
            let login = call.answer.as_ref().ok().map(|fresh| Login {
                username: fresh.token.username.clone(),
                password: fresh.token.password.clone(),
            });
            (AwsFact::Token(seen(call, token, by_refusal)), login)
        }
        AwsObservation::Identity(Ok(call)) => {
            (AwsFact::Identity(Seen::Known(seen(call, identity, by_refusal))), None)
        }
        AwsObservation::Identity(Err(why)) => (AwsFact::Identity(Seen::Unknown(why)), None),
        AwsObservation::Repository(name, call) => {
            (AwsFact::Repository(name, seen(call, repository, by_repository_refusal)), None)
        }
        AwsObservation::Permissions(name, all, simulations) => {
            let permissions =
                all.into_iter().map(tried).chain(simulations.into_iter().map(simulated)).collect();
            (AwsFact::Permissions(name, permissions), None)
        }
        AwsObservation::InRegions(name, regions) => (AwsFact::InRegions(name, regions), None),
        AwsObservation::InOwnAccount(name, is_there) => (AwsFact::InOwnAccount(name, is_there), None),
    }
}

fn seen<A, T, E>(call: inspect::AwsCall<A, E>, answer: fn(A) -> T, refused: fn(E) -> Refused) -> Call<T> {
    let took_ms = milliseconds(call.took);
    let (answer, refused) = match call.answer {
        Ok(given) => (Some(answer(given)), None),
        Err(why) => (None, Some(refused(why))),
    };
    Call { answer, refused, exchanges: call.exchanges, took_ms }
}

fn by_refusal(refusal: Refusal) -> Refused {
    Refused::from(&refusal)
}

fn token(fresh: FreshToken) -> Token {
    Token { expires_at: fresh.expires_at, proxy_endpoint: fresh.proxy_endpoint }
}

fn identity(given: inspect::Identity) -> Identity {
    Identity { account: given.account, arn: given.arn }
}

fn repository(given: inspect::RepositoryDescription) -> Repository {
    Repository { immutable: given.immutable, policy: given.policy.map_or_else(Seen::Unknown, Seen::Known) }
}

fn by_repository_refusal(refusal: RepositoryRefusal) -> Refused {
    let id = match refusal.kind {
        RepositoryRefusalKind::NotFound => DiagnosisId::RepositoryNotFound.into(),
        // No cause of a failing pull or push, which take no such permission.
        RepositoryRefusalKind::NotPermitted => Word::read("not-permitted-to-look"),
        RepositoryRefusalKind::Other => DiagnosisId::AwsServiceTransient.into(),
    };
    Refused { id, what: refusal.words, next: String::new(), step: None, transient: false }
}

fn tried(tried: Tried) -> Permission {
    let (verdict, message) = match tried.answer {
        Answer::Allowed => (Verdict::Allowed, String::new()),
        Answer::Denied(words) => (Verdict::Denied, words),
        Answer::Unknown(words) => (Verdict::Unknown, words),
    };
    Permission { action: tried.action.to_owned(), verdict, by: PermissionSource::Probe.into(), message }
}

fn simulated(simulated: Simulated) -> Permission {
    // It knows nothing of the repository's policy, so its no is not the last word.
    let (verdict, message) = match simulated.allowed {
        true => (Verdict::Allowed, String::new()),
        false => (Verdict::Unknown, format!("IAM's simulation says {}", simulated.decision)),
    };
    Permission { action: simulated.action, verdict, by: PermissionSource::Simulation.into(), message }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_may_not_be_looked_at_is_no_cause() {
        for (kind, id) in [
            (RepositoryRefusalKind::NotFound, Some(DiagnosisId::RepositoryNotFound)),
            (RepositoryRefusalKind::NotPermitted, None),
            (RepositoryRefusalKind::Other, Some(DiagnosisId::AwsServiceTransient)),
        ] {
            let refusal = RepositoryRefusal { kind, words: "Code: words".to_owned() };
            let call = inspect::AwsCall {
                answer: Err(refusal),
                exchanges: Vec::new(),
                took: Duration::from_millis(7),
            };
            let (AwsFact::Repository(_, call), None) =
                fact(AwsObservation::Repository("app".to_owned(), call))
            else {
                unreachable!("a repository is a repository")
            };
            let refused = call.refused.as_ref().map(|refused| (refused.id.known(), refused.what.as_str()));
            assert_eq!((refused, call.took_ms), (Some((id, "Code: words")), 7));
        }
    }

    #[test]
    fn a_simulations_no_is_not_the_last_word() {
        let all = vec![
            Tried { action: "ecr:PutImage", answer: Answer::Denied("no".to_owned()) },
            Tried { action: "ecr:UploadLayerPart", answer: Answer::Allowed },
        ];
        let simulations = [true, false].map(|allowed| Simulated {
            action: "ecr:PutImage".to_owned(),
            allowed,
            decision: if allowed { "allowed" } else { "implicitDeny" }.to_owned(),
        });
        let told = AwsObservation::Permissions("app".to_owned(), all, simulations.to_vec());
        let (AwsFact::Permissions(_, permissions), None) = fact(told) else {
            unreachable!("permissions are permissions")
        };
        let seen: Vec<(Verdict, &str)> =
            permissions.iter().map(|one| (one.verdict, one.message.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Verdict::Denied, "no"),
                (Verdict::Allowed, ""),
                (Verdict::Allowed, ""),
                (Verdict::Unknown, "IAM's simulation says implicitDeny"),
            ]
        );
    }
}
