//! Cases of logins: what the client sends, and what the registry makes of it.

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::PUBLIC_HOST;

use super::{Cases, of};
use crate::support::{Facts, HOST, NOW, ecr_password, healthy, pulling_public, stored_login, unknown};

const EXPIRED: &str = "Your authorization token has expired. Reauthenticate and try again.";
const ELSEWHERE: &str = "this client does not pull it";

/// A stored login of that user name and password.
fn stored(username: &str, password: &str) -> Facts {
    healthy().docker_config(&stored_login(HOST, username, password))
}

pub fn cases() -> Vec<Cases> {
    [private(), entries(), public()].into_iter().flatten().collect()
}

fn private() -> Vec<Cases> {
    let live = ecr_password(NOW + 3600);
    let over = ecr_password(NOW - 7200);
    vec![
        of(DiagnosisId::LoginPasswordCorrupted)
            .found(
                "a line break got into it",
                stored("AWS", &format!("{}\r\n", "x".repeat(300))).login_refused(400, "Bad Request"),
                "has a line break or a space in it",
            )
            .found(
                "a part of it is missing",
                stored("AWS", &"x".repeat(300)).login_refused(400, "Bad Request"),
                "the password is not one that ECR issues, or was altered",
            )
            .found(
                "a line break got into one that says when it ends, and nobody was asked",
                stored("AWS", &format!("{live}\r")).subject(|subject| {
                    subject.login = unknown("not checked (--offline)");
                    subject.daemon_login = unknown("not checked (--offline)");
                }),
                "has a line break or a space in it",
            )
            .clear("it is whole", stored("AWS", &live), "looks like one from ECR")
            .clear(
                "an unknown form, which the registry understands",
                stored("AWS", "new-form").login_refused(403, EXPIRED),
                "the registry can read it",
            )
            .clear("an unknown form, which is taken", stored("AWS", "new-form"), "the registry can read it")
            .unknown("nobody asked the helper", healthy().offline(), "--offline"),
        of(DiagnosisId::NotLoggedIn)
            .found(
                "no entry and no helper",
                healthy().docker_config("{}"),
                "has neither a login nor a credential helper for 123456789012.dkr.ecr.us-east-1.amazonaws.com",
            )
            .clear("the helper answers", healthy(), "the client has credentials to send")
            .clear(
                "the helper is there and fails",
                healthy().helper_failed("docker-credential-ecr-login: no"),
                "there is an entry for this registry, but it gives no credentials",
            )
            .clear("ECR Public", pulling_public(), "ECR Public needs no login")
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::TokenExpired)
            .found(
                "the stored password says so",
                stored("AWS", &over).login_refused(403, EXPIRED),
                "a token that expired 2 h ago",
            )
            .found(
                "a password of unknown form, and the registry says so",
                stored("AWS", "new-form").login_refused(403, EXPIRED),
                "Your authorization token has expired",
            )
            .clear("it is alive", stored("AWS", &live), "ECR issued a token")
            .clear("ECR Public", pulling_public(), "it is ECR Public")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::WrongLoginUsernameOrPassword)
            .found(
                "a user's own name",
                stored("ada", &live).login_refused(401, "Not Authorized"),
                "the user name is another than `AWS`",
            )
            .clear("AWS", stored("AWS", &live), "the user name is `AWS`")
            .clear("nothing", healthy().docker_config("{}"), "nothing is sent")
            .unknown("nobody asked the helper", healthy().offline(), "--offline"),
    ]
}

fn entries() -> Vec<Cases> {
    let broken = |host: &str| format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"%%%\"}}}}}}");
    let beside = stored_login(HOST, "AWS", "new-form")
        .replace("\"auths\"", &format!("\"credHelpers\": {{\"{HOST}\": \"ecr-login\"}}, \"auths\""));
    vec![
        of(DiagnosisId::StaleAuthEntry)
            .found(
                "a login that cannot be read",
                healthy().docker_config(&broken(HOST)),
                "the stored login for 123456789012.dkr.ecr.us-east-1.amazonaws.com",
            )
            .clear(
                "it does not decide beside a helper",
                healthy().docker_config(&beside),
                "does not matter for this registry",
            )
            .clear(
                "it is another registry's",
                healthy().docker_config(&broken("999999999999.dkr.ecr.us-east-1.amazonaws.com")),
                "shows no sign of it",
            )
            .clear("there is none", healthy(), "the configuration shows no sign of it")
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
    ]
}

fn public() -> Vec<Cases> {
    let login = |expires_at| {
        pulling_public().docker_config(&stored_login(PUBLIC_HOST, "AWS", &ecr_password(expires_at)))
    };
    vec![
        of(DiagnosisId::PublicEcrStaleToken)
            .found(
                "an old login, where none is needed",
                login(NOW - 7200).login_refused(403, EXPIRED),
                "an expired login for ECR Public",
            )
            .found(
                "one that the registry refuses",
                login(NOW + 3600).login_refused(403, "Your authorization token is invalid."),
                "login attempt to",
            )
            .clear("no login", pulling_public(), "the login is good, or there is none")
            .clear("a private registry", healthy(), "it is a private registry")
            .unknown("a node pulls", pulling_public().pulled_by_a_node(), ELSEWHERE),
    ]
}
