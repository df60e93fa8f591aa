//! The configurations of the matrix: every way in which hosts are spelt, helpers named and helpers fail.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_lab::HOST;
use serde_json::{Value, json};

use super::configuration::{Behaviour, Configuration};

/// An entry of `auths` for that user.
pub fn login(user: &str) -> Value {
    json!({"auth": STANDARD.encode(format!("{user}:secret"))})
}

/// Configurations that docker, docker-py and, as far as they read them, podman and its family are given.
pub fn docker_family() -> Vec<Configuration> {
    let mut all = vec![
        Configuration::new("no file"),
        Configuration::docker("an empty object", &json!({})),
        Configuration::new("an empty file").text(".docker/config.json", ""),
    ];
    all.extend(spellings());
    all.extend(entries());
    all.extend(helpers());
    all.extend(stores());
    all.extend(damaged());
    all.extend(elsewhere());
    all
}

fn spellings() -> Vec<Configuration> {
    let upper = HOST.to_uppercase();
    let keys = [
        HOST.to_owned(),
        format!("https://{HOST}"),
        format!("http://{HOST}"),
        format!("https://{HOST}/"),
        format!("https://{HOST}/v2/"),
        format!("{HOST}/"),
        format!("{HOST}/team/app"),
        format!("{HOST}/team"),
        format!("{HOST}/other"),
        format!("{HOST}:443"),
        upper,
        "*.dkr.ecr.us-east-1.amazonaws.com".to_owned(),
    ];
    let mut all = Vec::new();
    for key in &keys {
        all.push(Configuration::docker(
            format!("auths {key}"),
            &json!({"auths": {key.as_str(): login("file")}}),
        ));
        // The same spelling as a helper's key, and a login beside it.
        let config = json!({"credHelpers": {key.as_str(): "one"}, "auths": {HOST: login("file")}});
        all.push(
            Configuration::docker(format!("credHelpers {key}, auths exact"), &config)
                .helper("one", Behaviour::Answers),
        );
    }
    all
}

fn entries() -> Vec<Configuration> {
    let url = format!("https://{HOST}");
    let encoded = |text: &str| json!({"auth": STANDARD.encode(text)});
    vec![
        Configuration::docker(
            "an empty entry and a URL's",
            &json!({"auths": {HOST: {}, url.as_str(): login("url")}}),
        ),
        Configuration::docker(
            "exact and URL",
            &json!({"auths": {HOST: login("exact"), url.as_str(): login("url")}}),
        ),
        Configuration::docker(
            "username and password",
            &json!({"auths": {HOST: {"username": "apart", "password": "p"}}}),
        ),
        Configuration::docker(
            "auth beats username",
            &json!({"auths": {HOST: {"auth": STANDARD.encode("inside:p"), "username": "apart", "password": "p"}}}),
        ),
        Configuration::docker("identity token", &json!({"auths": {HOST: {"identitytoken": "t"}}})),
        Configuration::docker(
            "identity token and auth",
            &json!({"auths": {HOST: {"auth": STANDARD.encode("file:p"), "identitytoken": "t"}}}),
        ),
        Configuration::docker("a null entry", &json!({"auths": {HOST: null}})),
        Configuration::docker("an empty password", &json!({"auths": {HOST: encoded("file:")}})),
        Configuration::docker("a colon in the password", &json!({"auths": {HOST: encoded("file:a:b")}})),
        Configuration::docker("no colon", &json!({"auths": {HOST: encoded("file")}})),
        Configuration::docker("no base64", &json!({"auths": {HOST: {"auth": "%%%"}}})),
        Configuration::docker(
            "no padding",
            &json!({"auths": {HOST: {"auth": STANDARD.encode("file:secre").trim_end_matches('=')}}}),
        ),
        Configuration::docker("another registry", &json!({"auths": {"registry.example": login("other")}})),
        Configuration::docker("empty auths", &json!({"auths": {}})),
    ]
}

fn helpers() -> Vec<Configuration> {
    let mut all = Vec::new();
    for behaviour in Behaviour::ALL {
        for (what, auths) in [("", json!({})), (" beside auths", json!({HOST: login("file")}))] {
            let config = json!({"credHelpers": {HOST: "one"}, "auths": auths});
            all.push(
                Configuration::docker(format!("credHelpers, {behaviour:?}{what}"), &config)
                    .helper("one", behaviour),
            );
        }
    }
    let beside = json!({HOST: login("file")});
    all.extend([
        Configuration::docker("credHelpers, missing", &json!({"credHelpers": {HOST: "gone"}})),
        Configuration::docker(
            "credHelpers, missing, beside auths",
            &json!({"credHelpers": {HOST: "gone"}, "auths": beside}),
        ),
        Configuration::docker(
            "credHelpers with the program's whole name",
            &json!({"credHelpers": {HOST: "docker-credential-one"}}),
        )
        .helper("one", Behaviour::Answers),
        Configuration::docker("credHelpers empty", &json!({"credHelpers": {HOST: ""}, "auths": beside})),
        Configuration::docker(
            "credHelpers empty, store answers",
            &json!({"credHelpers": {HOST: ""}, "credsStore": "two", "auths": beside}),
        )
        .helper("two", Behaviour::Answers),
        Configuration::docker(
            "credHelpers null, store answers",
            &json!({"credHelpers": {HOST: null}, "credsStore": "two"}),
        )
        .helper("two", Behaviour::Answers),
        Configuration::docker(
            "helper missing, store answers",
            &json!({"credHelpers": {HOST: "gone"}, "credsStore": "two"}),
        )
        .helper("two", Behaviour::Answers),
        Configuration::docker(
            "helper not-found, store answers",
            &json!({"credHelpers": {HOST: "one"}, "credsStore": "two"}),
        )
        .helper("one", Behaviour::NotFound)
        .helper("two", Behaviour::Answers),
        Configuration::docker(
            "helper answers, store fails",
            &json!({"credHelpers": {HOST: "one"}, "credsStore": "two"}),
        )
        .helper("one", Behaviour::Answers)
        .helper("two", Behaviour::Fails),
        Configuration::docker(
            "another host's helper fails",
            &json!({"credHelpers": {"registry.example": "one"}, "auths": beside}),
        )
        .helper("one", Behaviour::Fails),
    ]);
    all
}

fn stores() -> Vec<Configuration> {
    let mut all = Vec::new();
    for behaviour in Behaviour::ALL {
        for (what, auths) in [("", json!({})), (" beside auths", json!({HOST: login("file")}))] {
            let config = json!({"credsStore": "two", "auths": auths});
            all.push(
                Configuration::docker(format!("credsStore, {behaviour:?}{what}"), &config)
                    .helper("two", behaviour),
            );
        }
    }
    all.extend([
        Configuration::docker("credsStore, missing", &json!({"credsStore": "desktop"})),
        Configuration::docker(
            "credsStore, missing, beside auths",
            &json!({"credsStore": "desktop", "auths": {HOST: login("file")}}),
        ),
        Configuration::docker(
            "credsStore, missing, beside {}",
            &json!({"credsStore": "desktop", "auths": {HOST: {}}}),
        ),
        Configuration::docker("credsStore empty", &json!({"credsStore": "", "auths": {HOST: login("file")}})),
        Configuration::new("no file, secretservice installed").helper("secretservice", Behaviour::Answers),
        Configuration::docker(
            "nothing configured, secretservice installed",
            &json!({"detachKeys": "ctrl-x"}),
        )
        .helper("secretservice", Behaviour::Answers),
        Configuration::docker("empty auths, secretservice installed", &json!({"auths": {}}))
            .helper("secretservice", Behaviour::Answers),
        Configuration::docker("an entry, secretservice installed", &json!({"auths": {HOST: login("file")}}))
            .helper("secretservice", Behaviour::Answers),
        Configuration::docker("pass without its helper, secretservice installed", &json!({}))
            .program("pass")
            .helper("secretservice", Behaviour::Answers),
        Configuration::docker("pass and its helper", &json!({}))
            .program("pass")
            .helper("pass", Behaviour::Answers),
    ]);
    all
}

fn damaged() -> Vec<Configuration> {
    let encoded = STANDARD.encode("file:secret");
    let again = STANDARD.encode("again:secret");
    let raw = |name: &str, text: String| Configuration::new(name).text(".docker/config.json", text);
    vec![
        raw("no JSON", "{\"auths\": ".to_owned()),
        raw("a trailing comma", format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{encoded}\"}},}}}}")),
        raw("a comment", format!("{{// x\n\"auths\": {{\"{HOST}\": {{\"auth\": \"{encoded}\"}}}}}}")),
        raw(
            "a byte order mark",
            format!("\u{feff}{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{encoded}\"}}}}}}"),
        ),
        raw(
            "an entry twice",
            format!(
                "{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{encoded}\"}}, \"{HOST}\": {{\"auth\": \"{again}\"}}}}}}"
            ),
        ),
        raw(
            "auths twice",
            format!(
                "{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{encoded}\"}}}}, \"auths\": {{\"other.example\": {{\"auth\": \"{again}\"}}}}}}"
            ),
        ),
        raw("auths null", format!("{{\"auths\": null, \"credHelpers\": {{\"{HOST}\": \"one\"}}}}"))
            .helper("one", Behaviour::Answers),
        raw("auths an array", format!("{{\"auths\": [], \"credHelpers\": {{\"{HOST}\": \"one\"}}}}"))
            .helper("one", Behaviour::Answers),
        raw(
            "experimental true beside auths",
            format!("{{\"experimental\": true, \"auths\": {{\"{HOST}\": {{\"auth\": \"{encoded}\"}}}}}}"),
        ),
        raw(
            "experimental true beside a helper",
            format!("{{\"experimental\": true, \"credHelpers\": {{\"{HOST}\": \"one\"}}}}"),
        )
        .helper("one", Behaviour::Answers),
        raw(
            "a login with a line break",
            format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{}\\n\"}}}}}}", encoded),
        ),
        Configuration::docker(
            "another entry undecodable, helper answers",
            &json!({"auths": {"other.example": {"auth": "%"}}, "credHelpers": {HOST: "one"}}),
        )
        .helper("one", Behaviour::Answers),
    ]
}

fn elsewhere() -> Vec<Configuration> {
    let elsewhere = json!({"auths": {HOST: login("elsewhere")}}).to_string();
    let home = json!({"auths": {HOST: login("home")}});
    vec![
        Configuration::docker("DOCKER_CONFIG", &home)
            .text("elsewhere/config.json", elsewhere)
            .variable("DOCKER_CONFIG", "{home}/elsewhere"),
        Configuration::docker("DOCKER_CONFIG without a file", &home)
            .variable("DOCKER_CONFIG", "{home}/nowhere"),
        Configuration::new("the legacy file").text(".dockercfg", json!({HOST: login("legacy")}).to_string()),
        Configuration::docker("the legacy file beside the current one", &json!({}))
            .text(".dockercfg", json!({HOST: login("legacy")}).to_string()),
        Configuration::docker("DOCKER_AUTH_CONFIG", &home)
            .variable("DOCKER_AUTH_CONFIG", json!({"auths": {HOST: login("variable")}}).to_string()),
    ]
}
