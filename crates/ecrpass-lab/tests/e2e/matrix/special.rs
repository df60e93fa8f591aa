//! The configurations of the matrix that only some clients understand: their own files, their own patterns, and the
//! variable that some read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_lab::HOST;
use serde_json::{Value, json};

use super::configuration::{Behaviour, Configuration};
use super::configurations::login;

/// Configurations with the files only podman, skopeo and buildah read. `XDG_RUNTIME_DIR` is the home.
pub fn podman_family() -> Vec<Configuration> {
    const RUNTIME: &str = "containers/auth.json";
    const CONFIG: &str = ".config/containers/auth.json";
    let auths = |user: &str| json!({"auths": {HOST: login(user)}}).to_string();
    let helper = json!({"credHelpers": {HOST: "one"}});
    let namespaced = json!({"auths": {
        format!("{HOST}/team"): login("team"),
        format!("{HOST}/team/app"): login("app"),
        format!("{HOST}/te"): login("te"),
        HOST: login("host"),
    }});
    let mut all = vec![
        Configuration::new("auth.json").text(RUNTIME, auths("runtime")),
        Configuration::new("auth.json in the configuration directory").text(CONFIG, auths("config")),
        Configuration::new("both auth.json").text(RUNTIME, auths("runtime")).text(CONFIG, auths("config")),
        Configuration::docker("auth.json beats docker's helper", &helper)
            .text(RUNTIME, auths("stale"))
            .helper("one", Behaviour::Answers),
        Configuration::new("a helper in auth.json")
            .text(RUNTIME, helper.to_string())
            .helper("one", Behaviour::Answers),
        Configuration::docker("a helper in auth.json fails", &json!({"auths": {HOST: login("file")}}))
            .text(RUNTIME, helper.to_string())
            .helper("one", Behaviour::Fails),
        Configuration::docker(
            "a helper in auth.json finds nothing",
            &json!({"auths": {HOST: login("file")}}),
        )
        .text(RUNTIME, helper.to_string())
        .helper("one", Behaviour::NotFound),
        Configuration::new("namespaces").text(RUNTIME, namespaced.to_string()),
        Configuration::docker("an empty auth.json", &json!({"auths": {HOST: login("file")}}))
            .text(RUNTIME, ""),
        Configuration::docker("a broken auth.json", &json!({"auths": {HOST: login("file")}}))
            .text(RUNTIME, "{"),
        Configuration::docker("auth.json without an entry", &json!({"auths": {HOST: login("file")}}))
            .text(RUNTIME, "{\"auths\": {}}"),
        Configuration::new("REGISTRY_AUTH_FILE")
            .text("named.json", auths("named"))
            .text(RUNTIME, auths("runtime"))
            .variable("REGISTRY_AUTH_FILE", "{home}/named.json"),
        Configuration::docker(
            "REGISTRY_AUTH_FILE without an entry",
            &json!({"auths": {HOST: login("file")}}),
        )
        .text("named.json", "{}")
        .text(RUNTIME, auths("runtime"))
        .variable("REGISTRY_AUTH_FILE", "{home}/named.json"),
        Configuration::docker("REGISTRY_AUTH_FILE without a file", &json!({"auths": {HOST: login("file")}}))
            .variable("REGISTRY_AUTH_FILE", "{home}/nowhere.json"),
        Configuration::new("REGISTRY_AUTH_FILE and DOCKER_CONFIG")
            .text("named.json", auths("named"))
            .text("elsewhere/config.json", auths("elsewhere"))
            .variable("REGISTRY_AUTH_FILE", "{home}/named.json")
            .variable("DOCKER_CONFIG", "{home}/elsewhere"),
        Configuration::new("DOCKER_CONFIG and auth.json")
            .text("elsewhere/config.json", auths("elsewhere"))
            .text(RUNTIME, auths("runtime"))
            .variable("DOCKER_CONFIG", "{home}/elsewhere"),
    ];
    all.push(
        Configuration::docker(
            "a runtime directory that does not exist",
            &json!({"auths": {HOST: login("file")}}),
        )
        .variable("XDG_RUNTIME_DIR", "{home}/nowhere"),
    );
    all
}

/// Configurations with `DOCKER_AUTH_CONFIG`.
pub fn variables_family() -> Vec<Configuration> {
    const VARIABLE: &str = "DOCKER_AUTH_CONFIG";
    let url = format!("https://{HOST}");
    let variable = json!({"auths": {HOST: login("variable")}}).to_string();
    let file = json!({"auths": {HOST: login("file")}});
    let helper = json!({"credHelpers": {HOST: "one"}});
    let store = json!({"credsStore": "two"});
    let beside = |name: &str, text: String| Configuration::docker(name, &file).variable(VARIABLE, text);
    vec![
        Configuration::new("the variable without a file").variable(VARIABLE, variable.clone()),
        Configuration::docker("the variable and a helper", &helper)
            .variable(VARIABLE, variable.clone())
            .helper("one", Behaviour::Answers),
        Configuration::docker("the variable and a failing helper", &helper)
            .variable(VARIABLE, variable.clone())
            .helper("one", Behaviour::Fails),
        Configuration::docker("the variable and a store", &store)
            .variable(VARIABLE, variable)
            .helper("two", Behaviour::Answers),
        beside("a variable with a URL", json!({"auths": {url: login("variable")}}).to_string()),
        beside(
            "a variable for another registry",
            json!({"auths": {"registry.example": login("variable")}}).to_string(),
        ),
        beside(
            "a variable with user and password",
            json!({"auths": {HOST: {"username": "variable", "password": "p"}}}).to_string(),
        ),
        beside(
            "a variable with one word too many",
            json!({"auths": {HOST: login("variable")}, "credHelpers": {}}).to_string(),
        ),
        Configuration::docker("a variable with a helper", &file)
            .variable(VARIABLE, json!({"credHelpers": {HOST: "one"}}).to_string())
            .helper("one", Behaviour::Answers),
        Configuration::docker("a variable with a store", &file)
            .variable(VARIABLE, json!({"credsStore": "two"}).to_string())
            .helper("two", Behaviour::Answers),
        beside("a variable that is no JSON", "{".to_owned()),
        beside("a variable that is empty", String::new()),
    ]
}

/// Configurations with Helm's own file.
pub fn helm_family() -> Vec<Configuration> {
    const OWN: &str = ".config/helm/registry/config.json";
    let own = json!({"auths": {HOST: login("helm")}}).to_string();
    let docker = json!({"auths": {HOST: login("file")}});
    let helper = json!({"credHelpers": {HOST: "one"}});
    vec![
        Configuration::new("helm's file").text(OWN, own.clone()),
        Configuration::docker("helm's file beats docker's", &docker).text(OWN, own.clone()),
        Configuration::docker("helm's file beats docker's helper", &helper)
            .text(OWN, own.clone())
            .helper("one", Behaviour::Answers),
        Configuration::docker("helm's file without an entry", &docker).text(OWN, "{\"auths\": {}}"),
        Configuration::docker("helm's file with an empty entry", &docker)
            .text(OWN, json!({"auths": {HOST: {}}}).to_string()),
        Configuration::docker("helm's file is empty", &docker).text(OWN, ""),
        Configuration::docker("helm's file is no JSON", &docker).text(OWN, "{"),
        Configuration::docker("a helper in helm's file", &docker)
            .text(OWN, helper.to_string())
            .helper("one", Behaviour::Answers),
        Configuration::docker("a helper in helm's file finds nothing", &docker)
            .text(OWN, helper.to_string())
            .helper("one", Behaviour::NotFound),
        Configuration::docker("a helper in helm's file fails", &docker)
            .text(OWN, helper.to_string())
            .helper("one", Behaviour::Fails),
        Configuration::docker("HELM_REGISTRY_CONFIG", &docker)
            .text("own.json", own.clone())
            .variable("HELM_REGISTRY_CONFIG", "{home}/own.json"),
        Configuration::docker("HELM_CONFIG_HOME", &docker)
            .text("helm/registry/config.json", own)
            .variable("HELM_CONFIG_HOME", "{home}/helm"),
    ]
}

/// Configurations with regctl's own file.
pub fn regctl_family() -> Vec<Configuration> {
    const OWN: &str = ".regctl/config.json";
    let own = json!({"hosts": {HOST: {"user": "regctl", "pass": "p"}}}).to_string();
    let docker = json!({"auths": {HOST: login("file")}});
    let helper = json!({"credHelpers": {HOST: "one"}});
    let listed = |behaviour| {
        Configuration::docker(format!("a store that lists, {behaviour:?}"), &json!({"credsStore": "two"}))
            .helper("two", behaviour)
    };
    vec![
        Configuration::new("regctl's file").text(OWN, own.clone()),
        Configuration::docker("regctl's file beats docker's", &docker).text(OWN, own.clone()),
        Configuration::docker("regctl's file and docker's helper", &helper)
            .text(OWN, own)
            .helper("one", Behaviour::Answers),
        Configuration::docker("regctl's file without a user", &docker)
            .text(OWN, json!({"hosts": {HOST: {"tls": "enabled"}}}).to_string()),
        Configuration::docker("regctl's file names a helper", &docker)
            .text(OWN, json!({"hosts": {HOST: {"credHelper": "docker-credential-one"}}}).to_string())
            .helper("one", Behaviour::Answers),
        listed(Behaviour::Answers),
    ]
}

/// Configurations with what only the kubelet understands.
pub fn kubelet_family() -> Vec<Configuration> {
    let auths = |name: &str, auths: Value| Configuration::docker(name, &json!({"auths": auths}));
    let unpadded = |user: &str| STANDARD.encode(format!("{user}:secre")).trim_end_matches('=').to_owned();
    vec![
        auths(
            "several prefixes",
            json!({
                format!("{HOST}/team"): login("team"),
                format!("{HOST}/team/app"): login("app"),
                format!("{HOST}/te"): login("te"),
                HOST: login("host"),
            }),
        ),
        auths(
            "a pattern and the host",
            json!({"*.dkr.ecr.*.amazonaws.com": login("pattern"), HOST: login("host")}),
        ),
        auths(
            "a pattern with a letter for a letter",
            json!({"12345678901?.dkr.ecr.us-east-1.amazonaws.com": login("pattern")}),
        ),
        auths("a pattern with a set", json!({"[0-9]*.dkr.ecr.us-east-1.amazonaws.com": login("pattern")})),
        auths("a pattern over labels", json!({"*.amazonaws.com": login("pattern")})),
        auths("an empty entry for a prefix", json!({format!("{HOST}/team"): {}, HOST: login("host")})),
        auths(
            "the same host twice",
            json!({format!("https://{HOST}"): login("url"), format!("{HOST}/"): login("slash")}),
        ),
        auths("a path of the API and a prefix", json!({format!("https://{HOST}/v2/team"): login("team")})),
        auths("an API's name without a slash", json!({format!("https://{HOST}/v2"): login("v2")})),
        auths("unpadded", json!({HOST: {"auth": unpadded("unpadded")}})),
        auths("another entry undecodable", json!({HOST: login("host"), "other.example": {"auth": "%"}})),
        auths(
            "another entry without a colon",
            json!({HOST: login("host"), "other.example": {"auth": STANDARD.encode("x")}}),
        ),
        auths("a user without a password", json!({HOST: {"username": "alone"}})),
        auths("a URL with another scheme", json!({format!("ftp://{HOST}"): login("ftp")})),
        auths("a URL with a user", json!({format!("https://me@{HOST}"): login("me")})),
    ]
}
