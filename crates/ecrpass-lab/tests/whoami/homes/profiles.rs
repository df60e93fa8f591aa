//! Roles of profiles: chains, circles, sources of every kind, none and two.

use crate::home::{Home, Instance};

const BASE: &str = "[profile base]\n{{key base}}";

pub fn homes() -> Vec<Home> {
    let home = |name: &str, text: &str| Home::new(name).config(text);
    let role = |name: &str, settings: &str| {
        home(name, &format!("[default]\nrole_arn = {{{{role one}}}}\n{settings}{BASE}"))
    };
    let mut homes = vec![
        role("a role", "source_profile = base\n"),
        role("a role without source", ""),
        role("a role with a missing source", "source_profile = gone\n"),
        role("a role with both sources", "source_profile = base\ncredential_source = Environment\n").keys(),
        role("a role with both sources, no keys", "source_profile = base\ncredential_source = Environment\n"),
        role("a role with MFA", "source_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n"),
        role("a role with an external id", "source_profile = base\nexternal_id = partner-7\n"),
        role("a role with a short external id", "source_profile = base\nexternal_id = x\n"),
        role("a role with an empty external id", "source_profile = base\nexternal_id =\n"),
        role("a role with a session name", "source_profile = base\nrole_session_name = me\n"),
        role("a role with a short session name", "source_profile = base\nrole_session_name = m\n"),
        role("a role with a duration", "source_profile = base\nduration_seconds = 900\n"),
        role("a role with a short duration", "source_profile = base\nduration_seconds = 60\n"),
        role("a role with a duration in words", "source_profile = base\nduration_seconds = 1h\n"),
        role("a role, and keys of the environment", "source_profile = base\n").keys(),
        role("a role and credential_process", "source_profile = base\ncredential_process = gone\n"),
        role("a role of an empty name", "source_profile =\n"),
        role("a role whose source is of another case", "source_profile = Base\n"),
        role("a role with keys of its own and no source", "{{key own}}"),
        role("a role of itself", "source_profile = default\n{{key own}}"),
        role("a role of itself without keys", "source_profile = default\n"),
        role("a role beside keys", "source_profile = base\n{{key own}}"),
        home("no role but a source", &format!("[default]\nsource_profile = base\n{BASE}")),
        home(
            "no role but a source, and keys",
            &format!("[default]\nsource_profile = base\n{{{{key own}}}}{BASE}"),
        ),
        home(
            "a chain",
            &format!(
                "[default]\nrole_arn = {{{{role two}}}}\nsource_profile = mid\n[profile mid]\nrole_arn = {{{{role one}}}}\nsource_profile = base\n{BASE}"
            ),
        ),
        home(
            "a chain whose middle has keys",
            &format!(
                "[default]\nrole_arn = {{{{role two}}}}\nsource_profile = mid\n[profile mid]\nrole_arn = {{{{role one}}}}\nsource_profile = base\n{{{{key mid}}}}{BASE}"
            ),
        ),
        home(
            "a circle",
            "[default]\nrole_arn = {{role one}}\nsource_profile = s\n[profile s]\nrole_arn = {{role two}}\nsource_profile = default\n",
        ),
        home(
            "a circle with keys",
            "[default]\nrole_arn = {{role one}}\nsource_profile = s\n{{key own}}[profile s]\nrole_arn = {{role two}}\nsource_profile = default\n",
        ),
        home(
            "a circle below",
            "[default]\nrole_arn = {{role one}}\nsource_profile = s\n[profile s]\nrole_arn = {{role two}}\nsource_profile = t\n[profile t]\nrole_arn = {{role two}}\nsource_profile = s\n",
        ),
        home(
            "a source without credentials",
            "[default]\nrole_arn = {{role one}}\nsource_profile = s\n[profile s]\nregion = us-east-1\n",
        ),
        home(
            "a source with half a key",
            "[default]\nrole_arn = {{role one}}\nsource_profile = s\n[profile s]\naws_access_key_id = {{id base}}\n",
        ),
        home(
            "a source with a source and no role",
            &format!(
                "[default]\nrole_arn = {{{{role one}}}}\nsource_profile = s\n[profile s]\nsource_profile = base\n{BASE}"
            ),
        ),
        home(
            "a source with MFA",
            &format!(
                "[default]\nrole_arn = {{{{role two}}}}\nsource_profile = s\n[profile s]\nrole_arn = {{{{role one}}}}\nmfa_serial = x\nsource_profile = base\n{BASE}"
            ),
        ),
        Home::new("a source in the credentials file")
            .config("[profile r]\nrole_arn = {{role one}}\nsource_profile = base\n")
            .credentials("[base]\n{{key creds}}")
            .profile("r"),
        Home::new("a role in the credentials file")
            .credentials("[r]\nrole_arn = {{role one}}\nsource_profile = base\n[base]\n{{key creds}}")
            .profile("r"),
        Home::new("the default as source")
            .config("[profile r]\nrole_arn = {{role one}}\nsource_profile = default\n[default]\n{{key base}}")
            .profile("r"),
        home("an unknown profile beside roles", &format!("[profile r]\nrole_arn = x\n{BASE}")),
    ];
    for source in ["Environment", "environment", "EcsContainer", "Ec2InstanceMetadata", "Nonsense", ""] {
        let settings = format!("credential_source = {source}\n");
        homes.push(role(&format!("credential_source {source}"), &settings));
        homes.push(role(&format!("credential_source {source}, keys"), &settings).keys());
        homes.push(
            role(&format!("credential_source {source}, container"), &settings)
                .set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "{{container}}"),
        );
        homes
            .push(role(&format!("credential_source {source}, instance"), &settings).instance(Instance::Role));
        let keys_below = format!("[default]\nrole_arn = {{{{role one}}}}\n{settings}");
        homes
            .push(home(&format!("credential_source {source}, named"), &keys_below).profile("default").keys());
    }
    homes
}
