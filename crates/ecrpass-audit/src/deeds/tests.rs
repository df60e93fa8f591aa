//! What commands do, by client.

use crate::deed::{Deed, What};
use crate::deeds::{get_login, of_script, password};
use crate::known::Known;
use crate::passage::Passage;
use crate::shell::{Dialect, Script, read};

fn script(text: &str) -> Script {
    read(&Passage::verbatim(text, 0), Dialect::Posix, &|_| None, false)
}

/// A deed in a line.
fn line(deed: &Deed) -> String {
    let shown = |known: &Known| known.alternatives().collect::<Vec<_>>().join("|");
    match &deed.what {
        What::Credentials { account, from_keys, from_oidc, .. } => {
            format!("credentials {} keys={from_keys} oidc={from_oidc}", shown(account))
        }
        What::Fetch { region, is_public } => {
            format!("fetch {}{}", shown(region), if *is_public { " public" } else { "" })
        }
        What::Login { client, host, user, region, .. } => {
            format!("login {client} {} {} {}", shown(host), shown(user), shown(region))
        }
        What::Logout { host } => format!("logout {}", shown(host)),
        What::Helper { hosts } => format!("helper {}", hosts.join(",")),
        What::Push { client, image } => format!("push {client} {}", shown(image)),
        What::Pull { client, image } => format!("pull {client} {}", shown(image)),
        What::MayLogIn => "may log in".to_owned(),
    }
}

fn deeds(text: &str) -> Vec<String> {
    of_script(&script(text)).iter().map(line).collect()
}

#[test]
fn commands_of_all_clients_are_known() {
    for (text, expected) in [
        (
            "aws ecr get-login-password --region r | docker login -u AWS --password-stdin h",
            vec!["fetch r", "login docker h AWS r"],
        ),
        (
            "aws --profile p ecr get-login-password --region=r | podman login --username=AWS --password-stdin h",
            vec!["fetch r", "login podman h AWS r"],
        ),
        (
            "PW=$(aws ecr get-login-password --region r)\ndocker login -u AWS -p $PW h",
            vec!["fetch r", "login docker h AWS r"],
        ),
        (
            "docker run --rm amazon/aws-cli ecr get-login-password --region r | docker login -u AWS --password-stdin h",
            vec!["fetch r", "login docker h AWS r"],
        ),
        (
            "aws ecr get-login-password > f; docker login -u AWS --password-stdin h < f",
            vec!["fetch ${?}", "login docker h AWS ${?}"],
        ),
        (
            "export AWS_REGION=r; aws ecr get-login-password | helm registry login -u AWS --password-stdin h",
            vec!["fetch r", "login helm h AWS r"],
        ),
        (
            "aws ecr-public get-login-password --region r | crane auth login public.ecr.aws -u AWS --password-stdin",
            vec!["fetch r public", "login crane public.ecr.aws AWS r"],
        ),
        (
            "$(aws ecr get-login --no-include-email --region r)",
            vec!["login docker ${account}.dkr.ecr.r.amazonaws.com AWS r"],
        ),
        ("docker --config d push h/a:1; docker image push h/b", vec!["push docker h/a:1", "push docker h/b"]),
        ("docker buildx build --push -t h/a -t h/b .", vec!["push docker h/a", "push docker h/b"]),
        ("docker buildx build -o type=image,name=h/a,push=true .", vec!["push docker h/a"]),
        ("docker build -t h/a .", vec![]),
        ("skopeo copy docker://x/a docker://h/a", vec!["pull skopeo x/a", "push skopeo h/a"]),
        ("skopeo copy docker-archive:a.tar docker://h/a", vec!["push skopeo h/a"]),
        ("crane copy x/a h/a; oras push h/b f", vec!["pull crane x/a", "push crane h/a", "push oras h/b"]),
        ("helm push c.tgz oci://h/charts", vec!["push helm h/charts"]),
        ("/kaniko/executor --context . --destination=h/a", vec!["push kaniko h/a"]),
        ("buildah push h/a; buildah push x docker://h/b", vec!["push buildah h/a", "push buildah h/b"]),
        ("docker logout h; docker logout", vec!["logout h", "logout docker.io"]),
        (
            "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/x",
            vec!["credentials 123456789012 keys=false oidc=false"],
        ),
        ("export AWS_ACCESS_KEY_ID=x", vec!["credentials ${?} keys=true oidc=false"]),
        ("echo '{\"credsStore\":\"ecr-login\"}' > ~/.docker/config.json", vec!["helper "]),
        ("echo '{\"credHelpers\":{\"a.b\":\"ecr-login\"}}' > ~/.docker/config.json", vec!["helper a.b"]),
        ("ssh host 'docker login h'", vec!["may log in"]),
        ("if false; then docker push h/a; fi", vec![]),
        ("echo 'docker push h/a'; grep -r 'docker login' .", vec![]),
    ] {
        assert_eq!(deeds(text), expected, "{text}");
    }
}

#[test]
fn functions_happen_when_they_are_called() {
    let text = "push() { docker push $1; }\naws ecr get-login-password --region r | docker login -u AWS --password-stdin h\npush h/a\n";
    assert_eq!(deeds(text), ["fetch r", "login docker h AWS r", "push docker h/a"]);
    let never = of_script(&script("push() { docker push h/a; }"));
    assert!(!never[0].certain);
    assert!(!of_script(&script("[ -n \"$X\" ] && docker push h/a"))[0].certain);
}

#[test]
fn passwords_are_followed() {
    let of_value = |text: &str| {
        let script = script(text);
        password::in_word(script.commands.last().unwrap().words.last().unwrap())
    };
    assert!(of_value("x \"$(aws ecr get-login-password | tr -d '\\n')\"").is_some());
    assert!(of_value("get() { aws ecr get-login-password; }\nP=$(get); x $P").is_some());
    assert!(of_value("x $(aws ecr get-login-password | wc -c)").is_none());
    assert!(
        of_value("x $(aws ecr get-authorization-token --query 'authorizationData[].expiresAt')").is_none()
    );
    assert!(of_value("x 'aws ecr get-login-password'").is_none());
    let token = of_value(
        "T=$(aws ecr get-authorization-token --query 'authorizationData[].authorizationToken'); x $T",
    )
    .unwrap();
    assert!(token.is_encoded);
    let decoded = of_value("T=$(aws ecr get-authorization-token --output text --query 'authorizationData[].authorizationToken' | base64 -d | cut -d: -f2); x $T").unwrap();
    assert!(!decoded.is_encoded);
    let of_input = |text: &str| password::of_input(&script(text), script(text).commands.len() - 1);
    assert!(
        of_input("aws ecr get-authorization-token --query 'a.authorizationToken' | docker login h")
            .unwrap()
            .is_encoded
    );
    assert!(!of_input("aws ecr get-authorization-token --query 'a.authorizationToken' | base64 -d | cut -d: -f2 | docker login h").unwrap().is_encoded);
    assert!(of_input("P=$(aws ecr get-login-password); docker login h <<< \"$P\"").is_some());
    assert!(of_input("aws ecr get-login-password > f; cat f | docker login h").is_some());
    assert!(of_input("cat g | docker login h").is_none());
}

#[test]
fn only_the_old_command_is_the_old_command() {
    let is_old = |text: &str| script(text).commands.iter().any(|command| get_login(command).is_some());
    for text in
        ["$(aws ecr get-login)", "eval `aws ecr get-login --region r`", "aws --region r ecr get-login | sh"]
    {
        assert!(is_old(text), "{text}");
    }
    for text in ["aws ecr get-login-password", "echo 'aws ecr get-login'", "grep 'aws ecr get-login' x"] {
        assert!(!is_old(text), "{text}");
    }
}
