//! Where the region comes from, with the same key everywhere.

use crate::home::Home;

pub fn homes() -> Vec<Home> {
    let profile = "[default]\nregion = eu-west-1\n[profile p]\nregion = eu-west-1\n{{key file}}";
    let home = |name: &str| Home::new(format!("region: {name}")).keys().set("WITHOUT_REGION", "1");
    vec![
        home("nowhere"),
        home("AWS_REGION").set("AWS_REGION", "eu-west-1"),
        home("AWS_DEFAULT_REGION").set("AWS_DEFAULT_REGION", "eu-west-1"),
        home("both").set("AWS_DEFAULT_REGION", "eu-west-1").set("AWS_REGION", "us-east-1"),
        home("empty").set("AWS_DEFAULT_REGION", "").set("AWS_REGION", ""),
        home("default profile").config(profile),
        home("default profile and AWS_REGION").config(profile).set("AWS_REGION", "us-east-1"),
        home("default profile and AWS_DEFAULT_REGION").config(profile).set("AWS_DEFAULT_REGION", "us-east-1"),
        home("named profile").config(profile).profile("p"),
        home("credentials file").credentials("[default]\nregion = eu-west-1\n{{key creds}}"),
        home("both files").config(profile).credentials("[default]\nregion = us-east-1\n"),
        home("with a comment").config("[default]\nregion = eu-west-1 # Ireland\n"),
        home("in capitals").config("[default]\nREGION = eu-west-1\n"),
        home("in a section without prefix").config("[p]\nregion = eu-west-1\n"),
    ]
}
