//! What a configuration means, for people.

use crate::settings::{Scope, Settings};

/// The lines of `check`.
pub fn describe(settings: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    let place = match settings.scope {
        Scope::Cluster => "in the whole cluster",
        Scope::Namespaces => "in the namespaces that are written out",
    };
    lines.push(format!("owner {}, {place}", settings.owner));
    lines.push(format!("{} per half life, by the credentials:", plural(settings.tokens.len(), "call")));
    for token in &settings.tokens {
        lines.push(format!("  {} → {}", token.source, token.registry.api_host()));
    }
    for secret in &settings.pull_secrets {
        lines.push(format!("secret {}, {}:", secret.name, secret.describe()));
        lines.extend(secret.wanted.iter().map(|wanted| format!("  {}", wanted.host)));
    }
    lines
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::{SMALL, settings};

    #[test]
    fn a_configuration_is_told_back() {
        let more = format!(
            "{SMALL}namespaces = [\"shop\"]\nexclude = [\"kube-*\"]\nservice_accounts = [\"a\", \"b-*\"]\n"
        );
        assert_eq!(
            describe(&settings(&more)),
            [
                "owner ecrpass-operator, in the whole cluster",
                "1 call per half life, by the credentials:",
                "  default → api.ecr.eu-west-1.amazonaws.com",
                "secret ecr, in namespaces shop and those labelled `pull=yes`, but not kube-*; for service accounts a, b-*:",
                "  123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            ]
        );
    }
}
