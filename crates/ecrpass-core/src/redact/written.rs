//! Secrets as people write them: in shells, in documents, over lines. And what stays of the text around them.

use proptest::prelude::*;

use super::redact;

const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Texts with hunter2 in them, and what must stay of them.
#[test]
fn secrets_go_however_they_are_written() {
    let wrapped = format!("eyJwYXlsb2FkIjoi{0}\n{0}\n  {0}\nhunter2A==\n", "Ab3/hunter2".repeat(7));
    for (text, stays) in [
        (r#"{"log":"\nAuthorization: Basic aHVudGVyMnNlY3JldA==\nHost: h"}"#, r#"\nHost: h"}"#),
        (r"\nghp_hunter2secrethunter2secrethunter2se", r"\n["),
        ("\u{1b}[1;32mghp_hunter2secrethunter2secrethunter2se\u{1b}[0m", "\u{1b}[1;32m["),
        (r"\u001b[32mghp_hunter2secrethunter2secrethunter2se\u001b[0m", r"]\u001b[0m"),
        (r"C:\token=hunter2", "token=["),
        (r#"docker login -u AWS -p "hunter2" h"#, r#"" h"#),
        ("docker login -p 'hunter2 x' h", "' h"),
        ("docker login -p=hunter2 h", "] h"),
        ("docker login --password  hunter2 h", "] h"),
        (r#"["docker","login","--password","hunter2","h"]"#, r#"","h"]"#),
        (r#"["docker", "login", "-p", "hunter2", "h"]"#, r#"", "h"]"#),
        (r#"\"--password\", \"hunter2\", \"h\""#, r#"\", \"h\""#),
        ("'Authorization': b'Basic hunter2hunter2', 'Host': 'h'", ", 'Host': 'h'"),
        (r#"{"Authorization": ["Basic hunter2hunter2"], "a": 1}"#, r#""], "a": 1}"#),
        ("sent Bearer hunter2hunter2 to h", " to h"),
        ("Proxy-Authorization: Digest hunter2", ": ["),
        (r#"{"password": "o'hunter2", "a": 1}"#, r#"", "a": 1}"#),
        (r#"{"password": "o\"hunter2", "a": 1}"#, r#"", "a": 1}"#),
        (r#""{\"password\": \"o\\\"hunter2\", \"a\": 1}""#, r#"\", \"a\": 1}""#),
        (&wrapped, "]\n[redacted]\n  ["),
        ("arn:aws:iam::1:role/x;password=hunter2", "role/x;password="),
        ("arn:aws:iam::1:role/x|password=hunter2&a=1", "&a=1"),
        ("DOCKER_PASS=hunter2", "DOCKER_PASS="),
        ("CI_JOB_TOKEN=hunter2", "="),
        ("X-Vault-Token: hvs.hunter2", "X-Vault-Token: "),
        ("MYSQL_PWD=hunter2", "="),
        ("Cookie: a=b; session=hunter2", "Cookie: ["),
        ("hosts:\n  - h\n    auth: hunter2A=\n  x: y", "\n  x: y"),
        ("a: b\ntoken: hunter2\n", "token: ["),
        ("skopeo copy --src-creds u:hunter2 --dest-creds=u:hunter2 a b", "u:[redacted] a b"),
        ("skopeo inspect --creds 'u:hunter2' a", "' a"),
        ("curl -s -u u:hunter2 https://h", "] https://h"),
        ("git clone https://hunter2Secret@h.example/x", "@h.example/x"),
        ("keys: user:hunter2Passw0rd@host.tld", "user:[redacted]@host.tld"),
        ("user:p@hunter2@host.tld", "@host.tld"),
        (r#"{"httpProxy":"u:hunter2@p:80"}"#, r#""u:[redacted]@p:80""#),
        ("HTTPS_PROXY=u:hunter2@proxy:3128/", "@proxy:3128/"),
        ("docker login -u AWS --password-stdin <<< hunter2 denied: x", "<<< [redacted] denied: x"),
        ("docker login --password-stdin h <<<'hunter2 x' denied: x", "h <<<'[redacted]' denied"),
        ("echo hunter2 | docker login -u AWS --password-stdin h", "echo [redacted] | docker login -u"),
        ("+ echo -n \"hunter2 x\" | docker login --password-stdin h", "-n \"[redacted]\" | docker"),
        ("printf %s hunter2 | docker login --password-stdin h", "printf %s [redacted] | docker"),
        ("printf '%s\\n' 'hunter2'|docker login --password-stdin h", "'%s\\n' '[redacted]'|docker"),
        ("proxy=user:hunter2@proxy:80 x", "proxy=user:[redacted]@proxy:80 x"),
        ("https_proxy=user:hunter2@proxy x", "user:[redacted]@proxy x"),
        ("sshpass -p hunter2 ssh h", "-p [redacted] ssh h"),
        ("sshpass -phunter2 ssh h", "-p[redacted] ssh h"),
        ("docker login -u AWS -phunter2 h", "-p[redacted] h"),
        ("curl -k AWS:hunter2 h", "AWS:[redacted] h"),
        ("Token hunter2 denied: x", "Token [redacted] denied: x"),
        ("passwd hunter2 denied: x", "passwd [redacted] denied: x"),
        ("the PASSWORD is hunter2. x", "is [redacted]. x"),
        ("the password was \"hunter2\" x", "was \"[redacted]\" x"),
        ("x: Token: Hunter2hunter2 x", "Token: [redacted] x"),
        ("external_id=hunter2 x", "external_id=[redacted] x"),
        ("ExternalId hunter2 x", "ExternalId [redacted] x"),
        ("aws sts assume-role --external-id hunter2 x", "[redacted] x"),
    ] {
        let output = redact(text);
        assert!(!output.contains("hunter2") && output.contains(stays), "{text}\n{output}");
        assert_eq!(redact(&output), output);
    }
    for (text, safe) in [
        ("Token SECRETSAUCE denied: x", "Token [redacted] denied: x"),
        ("passwd SECRETSAUCE x", "passwd [redacted] x"),
        ("PASSWORD is SECRETSAUCE x", "PASSWORD is [redacted] x"),
        ("password is openSesame x", "password is [redacted] x"),
        ("ExternalId SECRETSAUCE x", "ExternalId [redacted] x"),
    ] {
        assert_eq!(redact(text), safe);
    }
    assert_eq!(redact("a: b\npassword: swordfish"), "a: b\npassword: [redacted]");
    for text in [
        format!("key is {SECRET_KEY}."),
        format!(r"\t{SECRET_KEY}\n"),
        "AKIAIOSFODNN7EXAMPLE.".to_owned(),
        r"\tAKIAIOSFODNN7EXAMPLE".to_owned(),
        "Credential=AKIAIOSFODNN7EXAMPLE/20250101/us-east-1".to_owned(),
        "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20250101".to_owned(),
        "x%3DAKIAIOSFODNN7EXAMPLE".to_owned(),
    ] {
        let output = redact(&text);
        assert!(!output.contains(SECRET_KEY) && !output.contains("IOSFODNN7EX"), "{output}");
        assert_eq!(redact(&output), output);
    }
}

/// A password's word of a shell goes whole, and what stands beside it stays.
#[test]
fn a_shells_word_goes_whole() {
    for (text, safe) in [
        ("docker login -u me -p $'hunter2 x\\'y' h", "docker login -u me -p [redacted] h"),
        (r"docker login -u me -p two\ wordshunter2 h", "docker login -u me -p [redacted] h"),
        (r#"docker login --password='it'"'"'shunter2' h"#, "docker login --password=[redacted] h"),
        (r#"docker login -p "x"'hunter2' h"#, "docker login -p [redacted] h"),
        (r#"docker login -p x"hunter2 y"z h"#, "docker login -p [redacted] h"),
        (r#"docker login -p ""'hunter2' h"#, "docker login -p [redacted] h"),
        ("docker login -p $(echo hunter2) h", "docker login -p $(echo [redacted]) h"),
        ("docker login -p \"$(echo hunter2)\" h", "docker login -p \"$(echo [redacted])\" h"),
        ("docker login -p `echo hunter2` h", "docker login -p `echo [redacted]` h"),
        ("docker login -p $(printf %s 'hunter2 x') h", "docker login -p $(printf %s '[redacted]') h"),
        ("docker login -p $(base64 -d <<< hunter2) h", "docker login -p $(base64 -d <<< [redacted]) h"),
        ("docker login -p pre-hunter2$(aws ecr x) h", "docker login -p [redacted] h"),
        ("docker login -p ${PW:-hunter2} h", "docker login -p [redacted] h"),
        ("docker login -u me \\\n  -p hunter2 && docker push x", "-p [redacted] && docker push x"),
        ("docker login --password \\\n  hunter2 h", "--password \\\n  [redacted] h"),
        (r#""run": "docker login --password \\\n  hunter2 h""#, r#"[redacted] h""#),
        (r#""run": "docker login -p \"x\"'hunter2' h""#, r#"-p [redacted] h""#),
        (r#"sh -c "docker login -p hunter2""#, r#"-p [redacted]""#),
        ("PW=hunter2; x", "PW=[redacted]; x"),
        ("pw=hunter2", "pw=[redacted]"),
        ("PASS=\"a b hunter2\" x", "PASS=\"[redacted]\" x"),
        ("passphrase=hunter2", "passphrase=[redacted]"),
        ("export CREDS=me:hunter2; x", "CREDS=[redacted]; x"),
        ("APP_PW=a'hunter2'b x", "APP_PW=[redacted] x"),
        ("PW=a'hunter2'; curl -u me:'hunter2' h", "PW=[redacted]; curl -u me:[redacted] h"),
        ("# it's; docker login -p x'hunter2' h", "-p [redacted] h"),
        ("curl -u me:'hunter2' https://h", "curl -u me:[redacted] https://h"),
        ("curl https://hunter2Tok3n:x-oauth-basic@h/", "https://[redacted]:x-oauth-basic@h/"),
        ("curl https://u:p/shunter2@h/x", "https://u:[redacted]@h/x"),
        ("x u:S3hunter2@h y", "x u:[redacted]@h y"),
        ("docker pull IMAGE -p hunter2", "-p [redacted]"),
        ("mysql -phunter2 db", "mysql -p[redacted] db"),
        ("mysql -p'hunter2 x' db", "mysql -p'[redacted]' db"),
        ("[mysqld, -phunter2]", "[mysqld, -p[redacted]]"),
        ("vault login hunter2", "vault login [redacted]"),
        ("x y # pass: hunter2", "[redacted]"),
        ("curl -ume:hunter2 https://h", "-ume:[redacted] https://h"),
        ("redis-cli -a hunter2 ping", "-a [redacted] ping"),
        ("REDISCLI_AUTH=hunter2 redis-cli", "=[redacted] redis-cli"),
        ("X_KEY='S3hunter2Key9abc'", "X_KEY='[redacted]'"),
        ("docker login --password-stdin h <<EOF\nhunter2\nEOF\nx", "<<EOF\n[redacted]\nEOF\nx"),
        ("docker login --password-stdin h < <(echo hunter2)", "<(echo [redacted])"),
    ] {
        let output = redact(text);
        is_safe(text, &output, safe);
    }
    let slack = format!("xoxb-979955271774-{}", "aB3dE6gH9jK2mN5pQ8sT1vW4");
    assert_eq!(redact(&format!("t {slack} x")), "t [redacted] x");
}

/// A secret that somebody passes as a session's or a repository's name is one there, too.
#[test]
fn a_secret_in_the_place_of_a_name_goes() {
    let jwt =
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIiwicCI6IjhEa2xaRE9DajJJIn0.xUdl7dXTPyLsxPFkThf4VucSmEHg";
    for secret in [SECRET_KEY, "ghp_5jMTF7eBSdE0g9cRYN687NElFJvhQ8XIm0og", jwt] {
        for (before, after) in [
            ("arn:aws:sts::123456789012:assumed-role/r/", " is not authorized"),
            ("arn:aws:iam::123456789012:role/", "\""),
            ("arn:aws:ecr:us-east-1:123456789012:repository/", "\n"),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com/", ":1"),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com/team/", "@sha256:80"),
            ("https://u:x@ghcr.io/", ""),
        ] {
            let text = format!("{before}{secret}{after}");
            let safe = redact(&text);
            assert!(
                !safe.contains(secret.get(..10).unwrap_or_default()) && safe.ends_with(after),
                "{text}\n{safe}"
            );
            assert!(safe.starts_with(before) || before.contains("u:x"), "{safe}");
            assert_eq!(redact(&safe), safe);
        }
    }
    for text in [
        "arn:aws:iam::123456789012:role/AWSServiceRoleForAmazonElasticFileSystem",
        "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me@example.com",
        "/home/Runner1/work/Application/Service/Production/x",
    ] {
        assert_eq!(redact(text), text);
    }
}

/// What only refers to a secret is what a reader has to see.
#[test]
fn references_and_prose_stay() {
    for text in [
        "docker login -u AWS -p $(aws ecr get-login-password --region r) 1.dkr.ecr.r.amazonaws.com",
        "docker login -u AWS -p \"$(aws ecr get-login-password --region r)\" h",
        "docker login -u AWS --password=\"$(aws ecr get-login-password)\" h",
        "docker login -u AWS -p `aws ecr get-login-password` h",
        r#"{"scripts":{"login":"docker login -u AWS -p \"$(aws ecr get-login-password)\" h"}}"#,
        r#"sh "docker login -u AWS -p \"\$(aws ecr get-login-password)\" h""#,
        "docker login -u AWS -p $(shell aws ecr get-login-password) h",
        "docker login -p $PASSWORD h",
        "docker login -p \"${PASSWORD}\" h",
        "docker login --password ${{ secrets.TOKEN }} h",
        "docker login -p %ECR_PASSWORD% h",
        "  password: ${{ secrets.TOKEN }}",
        "  password: \"{{ .Values.password }}\"",
        "PASSWORD=$(aws ecr get-login-password --region us-east-1)",
        "curl -u me:$TOKEN https://h",
        "id_tokens: {ID_TOKEN: {aud: https://gitlab.com}}",
        "id_tokens:\n  ID_TOKEN:\n    aud: https://gitlab.com",
        "MasterUserPassword: !Ref DbPassword",
        "- name: API_TOKEN\n  valueFrom:\n    secretKeyRef: {name: db, key: token}",
        "- name: LOG_LEVEL\n  value: debug\n- name: API_TOKEN\n  valueFrom: x",
        "{\"name\": \"REGION\", \"value\": \"us-east-1\"}, {\"name\": \"API_TOKEN\", \"valueFrom\": \"arn\"}",
        "PASS: TestLogin2",
        "InvalidIdentityToken: No OpenIDConnect provider found",
        "docker-credential-pass: pass not initialized",
        "tests: 12, pass: 12, fail: 0",
        "--- PASS: TestPush (0.01s)",
        "mysql -p app",
        "vault login -method=aws role=ci",
        "CACHE_KEY=v1-deps-2024 KMS_KEY=alias/Ecr2Key S3_KEY=builds/App1.zip",
        "<password>${env.HUB_PASSWORD}</password>",
        "docker login --password-stdin h <<EOF\n$PASSWORD\nEOF\nx",
        "npm:react@17 and pkg:npm/react@17",
        "http://localhost:8080/@scope/pkg",
        "/home/me/dockerconfig.json:3:12: this is no JSON",
        "see docker-config.json:14",
        "docker run -p 8080:80 x",
    ] {
        assert_eq!(redact(text), text);
    }
}

/// Names and values that stand in different places, and values over lines.
#[test]
fn documents_are_read_as_documents() {
    for (text, safe) in [
        (
            "env:\n- name: API_TOKEN\n  value: hunter2 x\n- name: B\n  value: y",
            "  value: [redacted]\n- name: B\n  value: y",
        ),
        ("env:\n- value: hunter2\n  name: API_TOKEN\n", "- value: [redacted]\n  name"),
        ("- {name: DB_PASSWORD, value: hunter2}", "value: [redacted]}"),
        ("- {value: hunter2, name: DB_PASSWORD}", "{value: [redacted], name"),
        ("[{\"name\":\"API_TOKEN\",\n \"value\":\"hunter2\"}]", "\"value\":\"[redacted]\"}]"),
        ("{\n \"value\": \"hunter2\",\n \"name\": \"API_TOKEN\"\n}", "\"value\": \"[redacted]\",\n"),
        ("- ParameterKey: DbPassword\n  ParameterValue: hunter2", "ParameterValue: [redacted]"),
        ("{\n  name  = \"DB_PASSWORD\"\n  value = \"hunter2\"\n}", "value = \"[redacted]\"\n}"),
        (
            "- name: API_TOKEN\n  value: |\n    hunter2\n    hunter2\n- name: B",
            "|\n    [redacted]\n    [redacted]\n- name: B",
        ),
        ("password: >-\n  hunter2\nuser: x", ">-\n  [redacted]\nuser: x"),
        ("password: |\n  hunter2\n\n  hunter2 y\nuser: x", "\n\n  [redacted]\nuser: x"),
        ("password:\n  hunter2\nuser: x", "password:\n  [redacted]\nuser: x"),
        ("{\"auth\":\n  \"hunter2\", \"x\": 1}", "\n  \"[redacted]\", \"x\": 1}"),
        ("password: \"x\n  hunter2\"\nuser: x", "\nuser: x"),
        ("password: correct horse hunter2 # c", "password: [redacted] # c"),
        ("environment:\n  - DB_PASSWORD=a hunter2\n  - X=y", "DB_PASSWORD=[redacted]\n  - X=y"),
        ("password: !!str hunter2\n", "!!str [redacted]\n"),
        ("password: &a hunter2 x\n", "&a [redacted]\n"),
        ("DB_PASSWORD: # it is\n  hunter2\n", "# it is\n  [redacted]\n"),
        ("{'password' => 'hunter2', 'x' => 1}", "=> '[redacted]', 'x' => 1}"),
        ("<server><password>hunter2</password></server>", "<password>[redacted]</password>"),
        ("args:\n  - \"--password\"\n  - hunter2\n  - x", "\n  - [redacted]\n  - x"),
        ("args:\n    - --password\n    - hunter2\n", "\n    - [redacted]\n"),
        ("[\"--requirepass\", \"hunter2\"]", "\"[redacted]\"]"),
        (
            "[\n  \"docker\", \"login\",\n  \"-p\",\n  \"hunter2\",\n  \"h\"\n]",
            "\"-p\",\n  \"[redacted]\",\n",
        ),
        ("- docker\n- login\n- -p\n- hunter2\n- h", "- -p\n- [redacted]\n- h"),
        ("- mysqld\n- -phunter2\n", "- -p[redacted]\n"),
        ("[mysqld, --password, hunter2, x]", "--password, [redacted], x]"),
        (
            "a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  hunter2\n  hunter2\n  -----END RSA PRIVATE KEY-----\nb: 1",
            "-----\n  [redacted]\n  [redacted]\n  -----END RSA PRIVATE KEY-----\nb: 1",
        ),
    ] {
        let output = redact(text);
        is_safe(text, &output, safe);
        assert_eq!(output.lines().count(), text.lines().count());
    }
}

pub(super) fn is_safe(text: &str, output: &str, safe: &str) {
    assert!(!output.contains("hunter2") && output.contains(safe), "{text}\n{output}");
    assert_eq!(redact(output), output);
}

/// Quotes far in front do not make a document another one.
#[test]
fn a_long_minified_line_stays_a_document() {
    for length in [10, 990, 1000, 1001, 5000] {
        for value in [r#"docker login -p \"hunter2\" h"#, "docker login -p hunter2", "x PASSWORD=hunter2"] {
            let text = format!(r#"{{"a":"{}","b":"{value}","c":"d"}}"#, r#"it's \"x "#.repeat(length / 8));
            let safe = redact(&text);
            let read: Result<serde_json::Value, _> = serde_json::from_str(&safe);
            assert!(read.is_ok_and(|value| value["c"] == "d") && !safe.contains("hunter2"), "{safe}");
        }
    }
}

proptest! {
    /// Whatever a password is made of, and however it is quoted, nothing of it is left in any place.
    #[test]
    fn no_place_shows_a_password(
        secret in "[A-Z][a-z]{3}[0-9]{3}[A-Za-z0-9]{4,12}",
        odd in prop::sample::select(vec!["", "!", "#", "@x", ":", "/", "+=", "?", "~", "^", "."]),
        quoting in 0..7_usize,
        place in prop::sample::select(vec![
            "docker login -u me -p @@ h", "docker login -u me --password @@ h", "docker login --password=@@ h",
            "docker login \\\n -u me \\\n -p @@ h", "PW=@@", "export DB_PASSWORD=@@; x", "sshpass -p @@ ssh h",
            "docker login -p $(echo @@) h", "echo @@ | docker login --password-stdin h", "curl -u me:@@ https://h",
            "args:\n- --password\n- @@\n", "X_CREDS=@@ y", "docker login --password \\\n @@ h", "mysql -p@@ db",
        ]),
    ) {
        let value = format!("{secret}{odd}{secret}");
        let (first, second) = value.split_at(4);
        let word = match quoting {
            0 => value.clone(),
            1 => format!("'{value}'"),
            2 => format!("\"{value}\""),
            3 => format!("\"{first}\"'{second}'"),
            4 => format!("$'{value}'"),
            5 => format!("{first}'{second}'"),
            _ => format!("'{first} '\"'\"'{second}'"),
        };
        let text = place.replace("@@", &word);
        let output = redact(&text);
        prop_assert!(!output.contains(secret.get(..6).unwrap_or_default()), "{}\n{}", text, output);
        prop_assert!(!output.contains(secret.get(4..).unwrap_or_default()), "{}\n{}", text, output);
        prop_assert_eq!(redact(&output), output.as_ref());
    }

    /// The same of documents: fields, pairs in either order, scalars over lines.
    #[test]
    fn no_document_shows_a_password(
        secret in "[A-Z][a-z]{3}[0-9]{3}[A-Za-z0-9]{4,12}",
        name in prop::sample::select(vec!["API_TOKEN", "DB_PASSWORD", "password", "clientSecret", "X_PASS"]),
        place in prop::sample::select(vec![
            "NAME: @@", "NAME: '@@'", "NAME: \"@@\"", "x:\n  - NAME: @@ and @@", "NAME: |\n  @@\n  @@\nx: y",
            "NAME: >-\n  @@ x\nx: y", "NAME:\n  @@\nx: y", "- name: NAME\n  value: @@\n", "- value: '@@'\n  name: NAME\n",
            "- {name: NAME, value: \"@@\"}", "- {value: @@, name: NAME}", "{\"name\": \"NAME\", \"value\": \"@@\"}",
            "{\n  \"value\": \"@@\",\n  \"name\": \"NAME\"\n}", "{\"NAME\":\n \"@@\"}", "- name: NAME\n  value: >-\n    @@\n",
            "a = {\n  name = \"NAME\"\n  value = \"@@\"\n}", "environment:\n  - NAME=@@ x @@\n",
            "- key: NAME\n  value: \"@@\"", "NAME: \"a\n  @@\"\nx: y",
        ]),
        before in prop::sample::select(vec!["", "a: b\n", "# it's\n", "- name: A\n  value: b\n"]),
    ) {
        let text = format!("{before}{}", place.replace("NAME", name).replace("@@", &secret));
        let output = redact(&text);
        prop_assert!(!output.contains(&secret), "{}\n{}", text, output);
        prop_assert_eq!(output.lines().count(), text.lines().count());
        prop_assert_eq!(redact(&output), output.as_ref());
    }
}

/// Names end as [`may_end_a_name`](super::named) knows.
#[test]
fn every_name_of_a_secret_is_one() {
    for name in super::named::names() {
        let text = format!("x {name}=hunter2 y");
        let text = if name.starts_with(['_', '-']) { text.replace("x ", "x A") } else { text };
        assert!(!redact(&text).contains("hunter2"), "{text}");
    }
}
