//! ECR Public: bearer tokens, anonymous pulls, and the traps around them.

use ecrpass_core::{AuthorizationToken, Registry, Secret};
use ecrpass_local::{LocalEcr, Policy, TinyImage};

use crate::support::{Answer, PUBLIC, Request, Signer, request};

const HOST: &str = "public.ecr.aws";

fn to<'a>(method: &'a str, path: &'a str) -> Request<'a> {
    request(method, path).header("Host", HOST)
}

fn token(ecr: &LocalEcr, login: Option<&Secret>) -> Answer {
    let path = "/token/?service=public.ecr.aws&scope=aws";
    match login {
        Some(password) => to("GET", path).password(password).send(ecr),
        None => to("GET", path).send(ecr),
    }
}

fn bearer(ecr: &LocalEcr, login: Option<&Secret>) -> String {
    let answer = token(ecr, login);
    assert_eq!(answer.status, 200, "{}", answer.text());
    format!("Bearer {}", answer.json()["token"].as_str().unwrap())
}

fn api_password(ecr: &LocalEcr) -> Secret {
    let answer = Signer::new(ecr, ecr.access_key(), "ecr-public")
        .json(&format!("{PUBLIC}GetAuthorizationToken"), "{}")
        .send(ecr);
    let token = answer.json()["authorizationData"]["authorizationToken"].as_str().unwrap().to_owned();
    AuthorizationToken::decode(&token).unwrap().password
}

#[test]
fn the_api_answers_in_two_regions() {
    let ecr = LocalEcr::start().unwrap();
    let call = |region| {
        Signer::new(&ecr, ecr.access_key(), "ecr-public")
            .region(region)
            .json(&format!("{PUBLIC}GetAuthorizationToken"), "{}")
            .send(&ecr)
    };
    for region in ["us-east-1", "us-west-2"] {
        let data = call(region).json()["authorizationData"].clone();
        assert!(data.is_object() && data.get("proxyEndpoint").is_none(), "{data}");
    }
    assert_eq!(call("eu-west-1").json_error().1, "UnsupportedCommandException");
    let wrong_service = Signer::new(&ecr, ecr.access_key(), "ecr")
        .json(&format!("{PUBLIC}GetAuthorizationToken"), "{}")
        .send(&ecr);
    assert_eq!(wrong_service.json_error().1, "InvalidSignatureException");
}

#[test]
fn the_api_wants_two_permissions() {
    let ecr = LocalEcr::start().unwrap();
    let policy = Policy::nothing().allow("ecr-public:*", "*");
    let user = ecr.add_user("123456789012", "half", policy);
    let answer = Signer::new(&ecr, &user, "ecr-public")
        .json(&format!("{PUBLIC}GetAuthorizationToken"), "{}")
        .send(&ecr);
    let (_, code, message) = answer.json_error();
    assert_eq!(code, "AccessDeniedException");
    assert!(message.contains("sts:GetServiceBearerToken"), "{message}");
}

#[test]
fn anybody_pulls_and_whoever_logged_in_pushes() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository_in("public", "", "alias/app", false).unwrap();
    let challenge = to("GET", "/v2/").send(&ecr);
    assert_eq!(
        (challenge.status, challenge.header("www-authenticate")),
        (401, "Bearer realm=\"http://public.ecr.aws/token/\",service=\"public.ecr.aws\",scope=\"aws\"")
    );
    let pusher = bearer(&ecr, Some(&api_password(&ecr)));
    let image = TinyImage::new("public");
    for blob in image.blobs() {
        let path = format!("/v2/alias/app/blobs/uploads/?digest={}", blob.digest);
        let pushed = to("POST", &path).header("Authorization", &pusher).body(blob.data.to_vec()).send(&ecr);
        assert_eq!(pushed.status, 201, "{}", pushed.text());
    }
    let pushed = to("PUT", "/v2/alias/app/manifests/v1")
        .header("Authorization", &pusher)
        .header("Content-Type", image.manifest().media_type)
        .body(image.manifest().data.to_vec())
        .send(&ecr);
    assert_eq!(pushed.status, 201, "{}", pushed.text());

    let anonymous = bearer(&ecr, None);
    let get = |path: &str| to("GET", path).header("Authorization", &anonymous).send(&ecr);
    assert_eq!(get("/v2/alias/app/manifests/v1").body, image.manifest().data);
    assert_eq!(get("/v2/alias/nope/manifests/v1").registry_error().1, "NAME_UNKNOWN");
    let start = to("POST", "/v2/alias/app/blobs/uploads/").header("Authorization", &anonymous).send(&ecr);
    assert_eq!(start.registry_error().0, 403);
}

#[test]
fn basic_and_spoilt_bearers_are_invalid() {
    let ecr = LocalEcr::start().unwrap();
    let invalid = (400, "DENIED".to_owned(), "Your Authorization Token is invalid.".to_owned());
    let login = api_password(&ecr);
    assert_eq!(to("GET", "/v2/").password(&login).send(&ecr).registry_error(), invalid);
    let spoilt = format!("{}x", bearer(&ecr, None));
    let answer = to("GET", "/v2/").header("Authorization", &spoilt).send(&ecr);
    assert_eq!(answer.registry_error(), invalid);
    ecr.add_fault("expired-tokens:public-registry".parse().unwrap());
    let expired = bearer(&ecr, None);
    let answer = to("GET", "/v2/").header("Authorization", &expired).send(&ecr);
    assert_eq!(answer.registry_error(), invalid);
}

#[test]
fn a_stale_login_bars_the_way() {
    let ecr = LocalEcr::start().unwrap();
    let stale = token(&ecr, Some(&ecr.forge_public_password(-1))).registry_error();
    assert_eq!(
        stale,
        (
            403,
            "DENIED".to_owned(),
            "Your authorization token has expired. Reauthenticate and try again.".to_owned()
        )
    );
    let private = token(&ecr, Some(&ecr.forge_password("us-east-1", 60))).registry_error();
    assert_eq!(private.0, 400);
    assert_eq!(token(&ecr, None).status, 200);
}

#[test]
fn loopback_can_mean_the_public_registry() {
    let public = Registry::parse(HOST).unwrap();
    let ecr = LocalEcr::builder().default_registry(public).start().unwrap();
    let challenge = request("GET", "/v2/").send(&ecr);
    let realm = format!("Bearer realm=\"{}/token/\"", ecr.url());
    assert!(challenge.header("www-authenticate").starts_with(&realm));
    assert_eq!(request("GET", "/token/").send(&ecr).status, 200);
}
