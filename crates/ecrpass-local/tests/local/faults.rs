//! Every fault, on every service it makes sense for.

use std::time::{Duration, Instant};

use ecrpass_local::{ALL_FAULTS, Fault, LocalEcr, TinyImage};
use serde_json::Value;

use crate::registry::push;
use crate::support::{
    MORNING, PATIENCE, Signer, at, authorization_token, password, password_of, request, stopped, wait_until,
};

fn faulty(fault: &str) -> LocalEcr {
    LocalEcr::builder().fault(fault.parse().unwrap()).start().unwrap()
}

/// Each fault has a test below; a new one without a test fails here.
#[test]
fn every_fault_has_its_test() {
    let source = include_str!("faults.rs");
    for fault in ALL_FAULTS {
        let tested = source.matches(&format!("\"{}", fault.name)).count();
        assert!(tested > 0, "no test for the fault {}", fault.name);
    }
}

#[test]
fn the_api_words_each_refusal() {
    for (fault, status, code, sts_status, sts_code) in [
        ("throttle", 400, "ThrottlingException", 400, "Throttling"),
        ("deny", 400, "AccessDeniedException", 403, "AccessDenied"),
        ("expired-session", 400, "ExpiredTokenException", 403, "ExpiredToken"),
        ("invalid-credentials", 400, "UnrecognizedClientException", 403, "InvalidClientTokenId"),
        ("server-error", 500, "ServerException", 500, "InternalFailure"),
    ] {
        let ecr = faulty(fault);
        let key = ecr.access_key().clone();
        let (found_status, found, message) = authorization_token(&ecr, &key).json_error();
        assert_eq!((found_status, found.as_str()), (status, code));
        match fault {
            "throttle" => assert_eq!(message, "Rate exceeded"),
            "deny" => assert_eq!(
                message,
                "User: arn:aws:iam::123456789012:user/local is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action"
            ),
            _ => assert!(!message.is_empty()),
        }
        let sts = Signer::new(&ecr, &key, "sts").form("Action=GetCallerIdentity").send(&ecr).xml_error();
        assert_eq!((sts.0, sts.1.as_str()), (sts_status, sts_code));
        assert_eq!(ecr.calls()[0].faults, [fault]);
        ecr.clear_faults();
        assert_eq!(authorization_token(&ecr, &key).status, 200);
    }
}

#[test]
fn a_fault_hits_its_target_as_often_as_asked() {
    let ecr = faulty("throttle:GetAuthorizationToken=2");
    let key = ecr.access_key().clone();
    assert_eq!(Signer::new(&ecr, &key, "sts").form("Action=GetCallerIdentity").send(&ecr).status, 200);
    let statuses: Vec<u16> = (0..3).map(|_| authorization_token(&ecr, &key).status).collect();
    assert_eq!(statuses, [400, 400, 200]);
    assert!(ecr.faults().is_empty());
}

#[test]
fn the_registry_words_each_refusal() {
    for (fault, status, code, message) in [
        ("throttle:registry", 429, "TOOMANYREQUESTS", "Rate exceeded"),
        (
            "expired-session:registry",
            403,
            "DENIED",
            "Your authorization token has expired. Reauthenticate and try again.",
        ),
        (
            "invalid-credentials:registry",
            403,
            "DENIED",
            "The security token included in the request is invalid.",
        ),
        (
            "deny:registry",
            403,
            "DENIED",
            "User: arn:aws:iam::123456789012:user/local is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/app because no identity-based policy allows the ecr:BatchGetImage action",
        ),
        ("server-error:registry", 500, "UNKNOWN", "the fault server-error is on"),
    ] {
        let ecr = LocalEcr::start().unwrap();
        ecr.create_repository("app").unwrap();
        let password = password(&ecr, ecr.access_key());
        push(&ecr, &password, "app", "v1", &TinyImage::new("x"));
        ecr.add_fault(fault.parse().unwrap());
        let pull = || request("GET", "/v2/app/manifests/v1");
        let found = pull().password(&password).send(&ecr).registry_error();
        assert_eq!(found, (status, code.to_owned(), message.to_owned()));
        // Who presents nothing is challenged as ever.
        assert_eq!(pull().send(&ecr).status, 401);
        ecr.clear_faults();
        assert_eq!(pull().password(&password).send(&ecr).status, 200);
    }
}

#[test]
fn tokens_are_missing_broken_or_without_an_end() {
    let answered = |fault: &str| {
        let ecr = faulty(fault);
        let key = ecr.access_key().clone();
        let answer = authorization_token(&ecr, &key);
        assert_eq!(answer.status, 200, "{fault}");
        answer.json()["authorizationData"].clone()
    };
    assert_eq!(answered("no-tokens"), serde_json::json!([]));
    let broken = answered("broken-tokens");
    assert_eq!(broken[0]["authorizationToken"], "Zm9v");
    assert!(broken[0]["expiresAt"].is_number());
    let endless = answered("endless-tokens");
    assert!(endless[0]["authorizationToken"].is_string());
    assert!(endless[0]["expiresAt"].is_null());
}

#[test]
fn the_issuer_of_a_web_identity_can_be_out_of_reach() {
    let ecr = faulty("identity-provider");
    let form = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/ci&RoleSessionName=ci&WebIdentityToken=a.b.c";
    let (status, code, _) = request("POST", "/")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form)
        .send(&ecr)
        .xml_error();
    assert_eq!((status, code.as_str()), (400, "IDPCommunicationError"));
}

#[test]
fn the_challenge_does_not_use_a_fault_up() {
    let ecr = faulty("throttle:registry=1");
    let password = ecr.forge_password("us-east-1", 60);
    assert_eq!(request("GET", "/v2/").send(&ecr).status, 401);
    assert_eq!(request("GET", "/v2/").password(&password).send(&ecr).status, 429);
    assert_eq!(request("GET", "/v2/").password(&password).send(&ecr).status, 200);
}

#[test]
fn metadata_and_identity_center_have_their_own_words() {
    let imds = |ecr: &LocalEcr| {
        request("PUT", "/latest/api/token")
            .header("X-aws-ec2-metadata-token-ttl-seconds", "60")
            .send(ecr)
            .status
    };
    let container =
        |ecr: &LocalEcr| request("GET", &ecr.container_credentials_relative_uri()).send(ecr).status;
    let sso = |ecr: &LocalEcr| {
        let file = ecr.sso_sign_in("s", "https://x", 60, false);
        let cached: Value = serde_json::from_str(file.content.expose()).unwrap();
        request("GET", "/federation/credentials?role_name=deploy&account_id=123456789012")
            .header("x-amz-sso_bearer_token", cached["accessToken"].as_str().unwrap())
            .send(ecr)
            .status
    };
    for (fault, expected) in [
        ("deny", [403, 403, 403]),
        ("throttle", [503, 429, 429]),
        ("server-error", [500, 500, 500]),
        ("invalid-credentials", [401, 400, 401]),
        ("expired-session", [200, 200, 401]),
    ] {
        let ecr = faulty(fault);
        assert_eq!([imds(&ecr), container(&ecr), sso(&ecr)], expected, "{fault}");
    }
    let ecr = faulty("expired-session:container");
    let credentials = request("GET", &ecr.container_credentials_relative_uri()).send(&ecr).json();
    let ended = credentials["Expiration"].as_str().unwrap().to_owned();
    assert!(ended < ecrpass_core::time::rfc3339(ecr.now()), "{ended}");
    let answer = authorization_token(&ecr, &crate::metadata::key_of(&credentials));
    assert_eq!(answer.json_error().1, "ExpiredTokenException");
}

#[test]
fn instances_without_role_and_too_far_away() {
    let ecr = faulty("no-role");
    let token = request("PUT", "/latest/api/token")
        .header("X-aws-ec2-metadata-token-ttl-seconds", "60")
        .send(&ecr)
        .text();
    let role = request("GET", "/latest/meta-data/iam/security-credentials/")
        .header("X-aws-ec2-metadata-token", &token)
        .send(&ecr);
    assert_eq!(role.status, 404);
    assert_eq!(request("GET", &ecr.container_credentials_relative_uri()).send(&ecr).status, 404);

    let ecr = faulty("hop-limit");
    let listener = ecr.listeners()[0];
    let stream = std::net::TcpStream::connect(listener.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let put = request("PUT", "/latest/api/token").header("X-aws-ec2-metadata-token-ttl-seconds", "60");
    let silence = put.exchange(stream, "169.254.169.254").unwrap_err();
    assert!(matches!(silence.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
    assert_eq!(request("GET", "/latest/meta-data/").send(&ecr).status, 401);
}

#[test]
fn answers_come_late_or_never() {
    let ecr = faulty("latency=300ms");
    let started = Instant::now();
    assert_eq!(request("GET", "/v2/").send(&ecr).status, 401);
    assert!(started.elapsed() >= Duration::from_millis(300));

    let ecr = faulty("hang:registry=1");
    let stream = std::net::TcpStream::connect(ecr.listeners()[0].address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let silence = request("GET", "/v2/").exchange(stream, "localhost").unwrap_err();
    assert!(matches!(silence.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
    assert_eq!(request("GET", "/v2/").send(&ecr).status, 401);
    // Also a call that nobody waited for is in the log, once the server has seen that the client is gone.
    wait_until("the call that hung is in the log", || {
        ecr.calls().iter().any(|call| call.status == 0 && call.faults == ["hang"])
    });
    assert_eq!(ecr.call_count("Ping"), 2);
}

#[test]
fn requests_are_held_up_until_they_are_let_go() {
    let ecr = LocalEcr::start().unwrap();
    let hold = ecr.hold("registry:Ping");
    std::thread::scope(|scope| {
        let held = scope.spawn(|| request("GET", "/v2/").send(&ecr).status);
        assert!(hold.wait_for_requests(1, PATIENCE));
        // Others pass meanwhile.
        assert_eq!(authorization_token(&ecr, ecr.access_key()).status, 200);
        assert!(!held.is_finished());
        // It counts, and is not over.
        assert_eq!(
            (ecr.call_count("Ping"), ecr.calls().iter().any(|call| call.operation == "Ping")),
            (1, false)
        );
        assert!(!hold.wait_for_requests(2, Duration::ZERO));
        drop(hold);
        assert_eq!(held.join().unwrap(), 401);
    });
    assert_eq!(request("GET", "/v2/").send(&ecr).status, 401);
}

#[test]
fn connections_drop_and_answers_break_off() {
    let ecr = faulty("drop=1");
    let gone = request("GET", "/v2/").try_send(&ecr).unwrap_err();
    assert!(
        matches!(gone.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset),
        "{gone}"
    );
    assert_eq!(request("GET", "/v2/").send(&ecr).status, 401);
    assert_eq!(ecr.calls()[0].status, 0);

    let ecr = faulty("truncate:GetAuthorizationToken=1");
    let key = ecr.access_key().clone();
    let call =
        Signer::new(&ecr, &key, "ecr").json(&format!("{}GetAuthorizationToken", crate::support::ECR), "{}");
    let half = call.try_send(&ecr).unwrap_err();
    assert_eq!(half.kind(), std::io::ErrorKind::UnexpectedEof, "{half}");
    assert_eq!(authorization_token(&ecr, &key).status, 200);
}

#[test]
fn garbage_is_a_success_with_nonsense() {
    let ecr = faulty("garbage:ecr");
    let answer = authorization_token(&ecr, &ecr.access_key().clone());
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err(), "{}", answer.text());
}

#[test]
fn tokens_can_be_born_expired() {
    let ecr = stopped();
    ecr.add_fault("expired-tokens".parse().unwrap());
    let answer = authorization_token(&ecr, &ecr.access_key().clone());
    let expires_at = answer.json()["authorizationData"][0]["expiresAt"].as_f64().unwrap();
    assert_eq!(expires_at as i64, MORNING - 60);
    let password = password_of(&answer);
    assert_eq!(request("GET", "/v2/").password(&password).send(&ecr).status, 403);
}

#[test]
fn the_clock_can_be_wrong() {
    let ecr = stopped();
    ecr.add_fault("clock-skew=1200".parse().unwrap());
    let key = ecr.access_key().clone();
    let target = format!("{}GetAuthorizationToken", crate::support::ECR);
    let call = || Signer::new(&ecr, &key, "ecr").time(at(MORNING)).json(&target, "{}").send(&ecr);
    let answer = call();
    let date = ecrpass_core::time::parse_http_date(answer.header("date")).unwrap();
    let (_, code, message) = answer.json_error();
    assert_eq!(code, "InvalidSignatureException");
    assert!(message.starts_with("Signature expired: "), "{message}");
    assert_eq!((date, ecr.now()), (MORNING + 1_200, MORNING + 1_200));
    assert_eq!(ecr.remove_fault("clock-skew"), 1);
    assert_eq!(ecr.now(), MORNING);
    assert_eq!(call().status, 200);
    let ahead: Fault = "clock-skew=-1200".parse().unwrap();
    ecr.add_fault(ahead);
    let message = call().json_error().2;
    assert!(message.starts_with("Signature not yet current: "), "{message}");
}

#[test]
fn the_bucket_can_be_closed() {
    let ecr = LocalEcr::builder().redirect_layers(None).start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let image = TinyImage::new("x");
    push(&ecr, &password, "app", "v1", &image);
    let path = format!("/v2/app/blobs/{}", image.blobs()[0].digest);
    let redirect = request("GET", &path).password(&password).send(&ecr);
    let location = redirect.header("location").strip_prefix(&ecr.url()).unwrap().to_owned();
    for (fault, status, code) in [
        ("deny:bucket", 403, "AccessDenied"),
        ("throttle:bucket", 503, "SlowDown"),
        ("server-error:bucket", 500, "InternalError"),
        ("expired-session:bucket", 403, "AccessDenied"),
    ] {
        ecr.add_fault(fault.parse().unwrap());
        let answer = request("GET", &location).send(&ecr);
        assert_eq!((answer.status, answer.element("Code").as_str()), (status, code));
        assert_eq!(ecr.remove_fault(fault), 1);
    }
    assert_eq!(request("GET", &location).send(&ecr).status, 200);
}

#[test]
fn an_endpoints_policy_is_named_by_the_api_and_the_registry() {
    let ecr = faulty("vpc-endpoint-deny");
    let key = ecr.access_key().clone();
    let (status, code, message) = authorization_token(&ecr, &key).json_error();
    assert_eq!((status, code.as_str()), (400, "AccessDeniedException"));
    assert_eq!(
        message,
        "User: arn:aws:iam::123456789012:user/local is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no VPC endpoint policy allows the ecr:GetAuthorizationToken action"
    );
    let call = Signer::new(&ecr, &key, "ecr");
    let body = r#"{"repositoryName":"app"}"#;
    let listed = call.json(&format!("{}ListImages", crate::support::ECR), body).send(&ecr).json_error();
    assert_eq!(
        listed.2,
        "User: arn:aws:iam::123456789012:user/local is not authorized to perform: ecr:ListImages on resource: arn:aws:ecr:us-east-1:123456789012:repository/app because no VPC endpoint policy allows the ecr:ListImages action"
    );
    ecr.clear_faults();
    let password = password(&ecr, &key);
    ecr.add_fault("vpc-endpoint-deny:registry".parse().unwrap());
    let (status, code, message) =
        request("GET", "/v2/app/manifests/v1").password(&password).send(&ecr).registry_error();
    assert_eq!((status, code.as_str()), (403, "DENIED"));
    assert!(
        message.ends_with(" because no VPC endpoint policy allows the ecr:BatchGetImage action"),
        "{message}"
    );
}

#[test]
fn one_operation_of_the_api_fails_alone() {
    for (fault, status, says) in [
        ("throttle:ecr:ListImages", 400, "ThrottlingException"),
        ("server-error:ecr:ListImages", 500, "ServerException"),
        ("garbage:ecr:ListImages", 200, "<!doctype html>"),
        ("deny:ecr:ListImages", 400, "no identity-based policy allows the ecr:ListImages action"),
    ] {
        let ecr = faulty(fault);
        ecr.create_repository("app").unwrap();
        let target = format!("{}ListImages", crate::support::ECR);
        let signer = Signer::new(&ecr, ecr.access_key(), "ecr");
        let answer = signer.json(&target, r#"{"repositoryName":"app"}"#).send(&ecr);
        assert_eq!(answer.status, status, "{fault}");
        assert!(answer.text().contains(says), "{fault}: {}", answer.text());
        assert_eq!(authorization_token(&ecr, ecr.access_key()).status, 200);
    }
}

#[test]
fn the_registry_and_sts_fail_apart() {
    for (fault, registry, sts) in [
        ("throttle:registry", 429, 200),
        ("server-error:registry", 500, 200),
        ("throttle:sts", 200, 400),
        ("server-error:sts", 200, 500),
    ] {
        let ecr = LocalEcr::start().unwrap();
        let key = ecr.access_key().clone();
        let password = password(&ecr, &key);
        ecr.add_fault(fault.parse().unwrap());
        assert_eq!(request("GET", "/v2/").password(&password).send(&ecr).status, registry, "{fault}");
        let identity = Signer::new(&ecr, &key, "sts").form("Action=GetCallerIdentity").send(&ecr);
        assert_eq!(identity.status, sts, "{fault}");
    }
    let ecr = faulty("garbage:registry");
    assert!(request("GET", "/v2/").send(&ecr).text().starts_with("<!doctype html>"));
    ecr.clear_faults();
    ecr.add_fault("garbage:sts".parse().unwrap());
    let identity = Signer::new(&ecr, ecr.access_key(), "sts").form("Action=GetCallerIdentity").send(&ecr);
    assert!(identity.text().starts_with("<!doctype html>"));
}
