//! Cases of registries and repositories: their names, accounts and regions, their limits.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::facts::Seen;

use super::{Cases, of};
use crate::support::{
    Asked, HOST, NOW, ecr_password, healthy, pulling_public, pushing, stored_login, unknown,
};

pub fn cases() -> Vec<Cases> {
    [names(), repositories(), places()].into_iter().flatten().collect()
}

fn names() -> Vec<Cases> {
    const SHORT: &str = "12345.dkr.ecr.us-east-1.amazonaws.com/team/app:1";
    let key = |host: &str| format!("{{\"credHelpers\": {{\"{host}\": \"ecr-login\"}}}}");
    vec![
        of(DiagnosisId::MalformedRegistryHost)
            .found("an account that is too short", healthy().named(SHORT), "the account id must be 12 digits")
            .found(
                "a key of the configuration",
                healthy().docker_config(&key("12345.dkr.ecr.us-east-1.amazonaws.com")),
                "12345.dkr.ecr.us-east-1.amazonaws.com",
            )
            .clear("the whole name", healthy(), "the configuration shows no sign of it")
            .unknown("wrong in another way", healthy().named("team/app:1"), "wrong in another way"),
        of(DiagnosisId::RepoNameIncludesRegistry)
            .found(
                "the host twice",
                healthy().named(&format!("{HOST}/{HOST}/team/app:1")),
                "The repository's name holds a registry's host",
            )
            .clear("the whole name", healthy(), "the name is well-formed")
            .unknown("wrong in another way", healthy().named("team/app:1"), "wrong in another way"),
    ]
}

fn repositories() -> Vec<Cases> {
    const UPSTREAM: &str = "The authentication to the upstream registry failed. Verify that the credentials provided in the pull through cache rule are correct, and try again.";
    const FULL: &str = "The repository with name 'team/app' in registry with id '123456789012' already has the maximum allowed number of images which is '10000'";
    let in_own = |facts: crate::support::Facts| {
        facts.in_another_account().subject(|subject| subject.also_in_own_account = Some(true))
    };
    vec![
        of(DiagnosisId::PullThroughCacheError)
            .found(
                "the upstream's password is wrong",
                healthy().manifest_refused(403, "DENIED", UPSTREAM),
                "The authentication to the upstream registry failed",
            )
            .clear("it is had", healthy(), "the registry did what it was asked")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::QuotaExceeded)
            .found("too many images", pushing().upload_refused(403, "DENIED", FULL), "maximum allowed number")
            .clear("an upload begins", pushing(), "the registry did what it was asked")
            .unknown("nobody was asked", pushing().offline(), "--offline"),
        of(DiagnosisId::RepositoryNotFound)
            .found("a pull", healthy().no_repository(), "does not exist in the registry with id")
            .found("a push", pushing().no_repository(), "does not exist in the registry with id")
            .found(
                "it is in another region",
                healthy().no_repository().subject(|subject| {
                    subject.also_in_regions = vec!["eu-west-1".to_owned()];
                }),
                "does not exist in the registry with id",
            )
            .clear("it exists", healthy(), "it exists")
            .clear("a push begins", pushing(), "it exists")
            .clear("it is in the caller's own account", in_own(healthy().no_repository()), "see that finding")
            .clear(
                "the name holds the host twice",
                healthy().named(&format!("{HOST}/{HOST}/team/app:1")),
                "see that finding",
            )
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::WrongRegistryAccount)
            .found(
                "the image is in the caller's account",
                in_own(healthy().no_repository()),
                "account 999999999999 has a repository `team/app`, and 123456789012 has none",
            )
            .found(
                "the image is in the caller's account, as the daemon alone has heard",
                in_own(healthy().no_repository()).subject(|subject| {
                    subject.manifest = unknown("no answer within 15 s");
                }),
                "account 999999999999 has a repository `team/app`, and 123456789012 has none",
            )
            .clear("the same account", healthy(), "belong to the same account")
            .clear(
                "another account's, and the repository is there",
                in_own(healthy()),
                "nothing says that the account is wrong",
            )
            .unknown("nobody was asked", healthy().offline(), "is not known")
            .unknown("ECR Public has no account", pulling_public(), "is not known"),
    ]
}

fn places() -> Vec<Cases> {
    let login = || healthy().docker_config(&stored_login(HOST, "AWS", &ecr_password(NOW + 3600)));
    vec![
        of(DiagnosisId::WrongRegistryRegion)
            .found(
                "a whole token that the registry cannot read",
                login().login_refused(400, "Bad Request"),
                "the token is intact and has not expired, but it is from another region",
            )
            .found(
                "the token that was just issued is for another region",
                login().login_refused(400, "Bad Request").subject(|subject| {
                    subject.resolved = None;
                    let Seen::Known(call) = &mut subject.token else { return };
                    let endpoint = "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com".to_owned();
                    if let Some(token) = &mut call.answer {
                        token.proxy_endpoint = Some(endpoint);
                    }
                }),
                "the token is intact",
            )
            .found(
                "a region that is not enabled",
                healthy().token_refused(Asked::with_key().refused(
                    "GetAuthorizationToken",
                    403,
                    "RegionDisabledException",
                    "",
                )),
                "Region us-east-1 is not enabled",
            )
            .clear("the registry takes it", login(), "the registry takes the token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::PublicEcrWrongRegion)
            .found(
                "a token of ECR Public's, asked for elsewhere",
                pulling_public().token_refused(Asked::with_key().refused(
                    "GetAuthorizationToken",
                    400,
                    "UnsupportedCommandException",
                    "",
                )),
                "ECR Public issues tokens in us-east-1 only",
            )
            .clear("a token is issued", pulling_public(), "ECR issued a token")
            .unknown("nobody was asked", pulling_public().offline(), "--offline"),
    ]
}
