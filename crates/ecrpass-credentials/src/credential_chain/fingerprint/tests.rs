//! What has to change the key, and what must not.

use ecrpass_core::environment::EnvironmentInMemory;
use ecrpass_core::registry::Registry;

use super::super::tests::files;
use super::super::{Override, Surroundings};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

struct Case<'a> {
    variables: Vec<(&'a str, &'a str)>,
    config: &'a str,
    over: Override,
    host: &'a str,
    boot: &'a str,
    /// The content of the token file, `/t`.
    token: Option<String>,
    machine: &'a str,
    directory: &'a str,
}

fn jwt(claims: &str) -> String {
    use base64::Engine as _;
    format!("e30.{}.sig", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims))
}

impl Case<'_> {
    fn key(&self) -> String {
        let mut environment = EnvironmentInMemory::of_variables(self.variables.iter().copied());
        environment.boot_id = Some(self.boot.to_owned());
        environment.host_name = Some(self.machine.to_owned());
        environment.directory = Some(self.directory.into());
        environment.files = self.token.iter().map(|token| ("/t".into(), token.clone())).collect();
        let surroundings = Surroundings { environment: &environment, files: &files(self.config, "") };
        let selection = surroundings.select(&self.over).unwrap();
        let key = selection.fingerprint(&surroundings, &Registry::parse(self.host).unwrap());
        assert!(key.as_str().len() == 64 && key.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
        key.0
    }
}

const CHAIN: &str = "[profile p]\nrole_arn = arn:aws:iam::1:role/p\nsource_profile = base\n[profile base]\naws_access_key_id = k\naws_secret_access_key = s\n";

fn profile_case() -> Case<'static> {
    Case {
        variables: vec![("AWS_PROFILE", "p")],
        config: CHAIN,
        over: Override::default(),
        host: HOST,
        boot: "b",
        token: None,
        machine: "m",
        directory: "/",
    }
}

/// Each source, and what changes its principal while everything else stays.
#[test]
fn whom_a_source_speaks_for_is_part_of_the_key() {
    let web = vec![("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")];
    let pod = vec![
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/t"),
    ];
    let in_profile = "[profile p]\nrole_arn = arn:aws:iam::1:role/p\nweb_identity_token_file = /t\n";
    for (variables, config) in [(web, ""), (pod, ""), (vec![("AWS_PROFILE", "p")], in_profile)] {
        let key = |token: &str| {
            Case { variables: variables.clone(), config, token: Some(token.to_owned()), ..profile_case() }
                .key()
        };
        let first =
            key(&jwt(r#"{"iss":"i","sub":"system:serviceaccount:a:a","aud":["x"],"exp":1,"jti":"1"}"#));
        let renewed =
            key(&jwt(r#"{"iss":"i","sub":"system:serviceaccount:a:a","aud":["x"],"exp":2,"jti":"2"}"#));
        assert_eq!(first, renewed, "{variables:?}");
        for other in [
            jwt(r#"{"iss":"i","sub":"system:serviceaccount:a:b","aud":["x"],"exp":1}"#),
            jwt(r#"{"iss":"j","sub":"system:serviceaccount:a:a","aud":["x"],"exp":1}"#),
            jwt(
                r#"{"iss":"i","sub":"system:serviceaccount:a:a","aud":["x"],"https://aws.amazon.com/tags":{"t":1}}"#,
            ),
            "opaque".to_owned(),
            String::new(),
        ] {
            assert_ne!(first, key(&other), "{variables:?} {other}");
        }
        assert_ne!(key("opaque"), key("opaque2"));
    }
    let container = |token| {
        let variables = vec![
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", token),
        ];
        Case { variables, config: "", ..profile_case() }.key()
    };
    assert_ne!(container("a"), container("b"));
    let process = |name, value| {
        let config = "[profile p]\ncredential_process = /bin/x\n";
        Case { variables: vec![("AWS_PROFILE", "p"), (name, value)], config, ..profile_case() }.key()
    };
    assert_ne!(process("VAULT_ROLE", "a"), process("VAULT_ROLE", "b"));
    assert_eq!(process("SHLVL", "1"), process("SHLVL", "2"));
    assert_eq!(process("PWD", "/a"), process("PWD", "/b"));
    for command in ["./x", "aws-vault exec prod --json", "/bin/x", "terraform output"] {
        let config = format!("[profile p]\ncredential_process = {command}\n");
        let at = |directory| Case { config: &config, directory, ..profile_case() }.key();
        assert_ne!(at("/a"), at("/b"), "{command}");
    }
    for (command, name, is_named) in
        [("x /a/$TERM/b", "TERM", true), ("x ${OLDPWD}", "OLDPWD", true), ("x", "TERM", false)]
    {
        let config = format!("[profile p]\ncredential_process = {command}\n");
        let of = |value| {
            Case { variables: vec![("AWS_PROFILE", "p"), (name, value)], config: &config, ..profile_case() }
                .key()
        };
        assert_eq!(of("a") != of("b"), is_named, "{command}");
    }
    let sso = |home| {
        let config =
            "[profile p]\nsso_start_url = https://x\nsso_region = y\nsso_account_id = 1\nsso_role_name = r\n";
        Case { variables: vec![("AWS_PROFILE", "p"), ("HOME", home)], config, ..profile_case() }.key()
    };
    assert_ne!(sso("/a"), sso("/b"));
    let instance = |machine| Case { variables: vec![], config: "", machine, ..profile_case() }.key();
    assert_ne!(instance("a"), instance("b"));
    let source = |name, value| {
        let config = "[profile p]\nrole_arn = arn:aws:iam::1:role/p\ncredential_source = Environment\n";
        Case { variables: vec![("AWS_PROFILE", "p"), (name, value)], config, ..profile_case() }.key()
    };
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        assert_ne!(source(name, "a"), source(name, "b"), "{name}");
    }
}

#[test]
fn the_account_and_unrelated_settings_do_not_matter() {
    let key = profile_case().key();
    let other_account = Case { host: "999999999999.dkr.ecr.us-east-1.amazonaws.com", ..profile_case() };
    assert_eq!(other_account.key(), key);
    let mut unrelated = profile_case();
    unrelated.variables.extend([("TERM", "x"), ("AWS_REGION", "eu-west-1"), ("AWS_PAGER", "")]);
    assert_eq!(unrelated.key(), key);
    let output = format!("{CHAIN}[profile other]\nregion = x\n")
        .replace("[profile base]", "output = json\n[profile base]");
    assert_eq!(Case { config: &output, ..profile_case() }.key(), key);
    assert_eq!(Case { machine: "other", ..profile_case() }.key(), key);
}

#[test]
fn whatever_changes_the_principal_or_the_endpoint_matters() {
    let mut keys = vec![profile_case().key()];
    for host in [
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com",
        "123456789012.dkr-ecr.us-east-1.on.aws",
        "public.ecr.aws",
    ] {
        keys.push(Case { host, ..profile_case() }.key());
    }
    for (from, to) in
        [("role/p", "role/q"), ("key_id = k", "key_id = l"), ("[profile p]", "[profile p]\nregion = x")]
    {
        keys.push(Case { config: &CHAIN.replace(from, to), ..profile_case() }.key());
    }
    for variable in [("AWS_ENDPOINT_URL", "http://x"), ("AWS_ENDPOINT_URL_ECR", "http://x")] {
        let mut case = profile_case();
        case.variables.push(variable);
        keys.push(case.key());
    }
    let role = Override { role_arn: Some("arn:r".to_owned()), ..Override::default() };
    let external = Override { external_id: Some("e".to_owned()), ..role.clone() };
    for over in [role, external] {
        keys.push(Case { over, ..profile_case() }.key());
    }
    keys.push(Case { boot: "c", ..profile_case() }.key());
    for boot in ["b", "c"] {
        keys.push(Case { variables: vec![], config: "", boot, ..profile_case() }.key());
    }
    let environment = |id, secret| Case {
        variables: vec![("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)],
        ..profile_case()
    };
    keys.extend([environment("a", "b").key(), environment("ab", "b").key(), environment("a", "c").key()]);
    // Without a profile's credentials, its settings still say who is asked.
    for settings in [
        "ec2_metadata_service_endpoint = http://127.0.0.1:1",
        "ec2_metadata_service_endpoint = http://127.0.0.1:2",
        "ec2_metadata_service_endpoint_mode = IPv6",
        "endpoint_url = http://127.0.0.1:1",
        "use_fips_endpoint = true",
    ] {
        let config = format!("[default]\n{settings}\n");
        keys.push(Case { variables: vec![], config: &config, ..profile_case() }.key());
    }
    let total = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), total);
}
