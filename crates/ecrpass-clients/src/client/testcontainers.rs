//! testcontainers for Java: docker's file, or the variable in its place, helpers and all; and what docker-java makes of
//! the file where that ends without an answer.

use std::sync::Arc;

use ecrpass_core::Secret;
use ecrpass_json::Document;

use super::auth_variable::VARIABLE;
use super::docker_java;
use super::environment::ClientEnvironment;
use super::files;
use super::helper::{Reply, ask, helper};
use super::loaded::Loaded;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Sent, Trace};
use crate::docker_config::{AuthError, AuthsEntry, Dialect, DockerConfig, Format};

pub(super) const JAVA: Model =
    Model::new("testcontainers-java", resolve).aliases(&["testcontainers"]).run("2.0.5");

/// For this server URL no helper has anything: what it says then is what it says of not having any.
const NOBODYS: &str = "https://not.a.real.registry/url";

/// docker-java comes first: without its configuration there is no client. Source: testcontainers-java
/// `DockerClientProviderStrategy.java#getClientForConfig`, `AuthDelegatingDockerClientConfig.java`,
/// `RegistryAuthLocator.java#lookupAuthConfig`.
fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "testcontainers-java RegistryAuthLocator.java");
    let path = request.configs.first().cloned().or_else(|| files::docker(machine.environment()));
    let file = match path.map_or(Ok(None), |path| docker_java::load(machine, &path, trace)) {
        Ok(file) => file,
        Err(why) => return Ending::Error(format!("it finds no valid Docker environment: {why}")),
    };
    match find(request, machine, file.as_ref(), trace) {
        Ok(Some(ending)) => return ending,
        Ok(None) => trace.not_found("its own search", "finds nothing; docker-java's begins"),
        Err(why) => trace.not_found("its own search", format!("ends; docker-java's begins: {why}")),
    }
    match file {
        Some(file) => docker_java::look_up(&file, &request.host, trace),
        None => Ending::NOTHING,
    }
}

/// Its own search: helper, then store, then `auths`.
///
/// # Errors
/// What ends it early.
fn find(
    request: &Request,
    machine: &dyn ClientEnvironment,
    file: Option<&Arc<Loaded>>,
    trace: &mut Trace,
) -> Result<Option<Ending>, String> {
    let Some(source) = Source::find(machine, file, trace)? else { return Ok(None) };
    let host = &request.host;
    if let Some(suffix) = source.helper(host)
        && let Some(ending) = answer(suffix, false, host, machine, trace)?
    {
        return Ok(Some(ending));
    }
    // An empty name is passed over here, and only here.
    if let Some(store) = source.config().creds_store.as_ref().filter(|store| !store.helper.trim().is_empty())
        && let Some(ending) = answer(&store.helper, true, host, machine, trace)?
    {
        return Ok(Some(ending));
    }
    source.entry(host, trace)
}

/// What a helper answers: `None` where it has nothing, which is known by its saying what it says for nobody's registry.
/// Source: testcontainers-java `RegistryAuthLocator.java#runCredentialProvider`.
fn answer(
    suffix: &str,
    store: bool,
    host: &str,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Result<Option<Ending>, String> {
    let said = match ask(machine, suffix, host, trace) {
        Reply::Answered(sent) => return Ok(Some(helper(suffix, store, sent))),
        // They are taken for credentials, and cannot be sent.
        Reply::Blank | Reply::IdentityToken => return Ok(Some(Ending::NOTHING)),
        Reply::Failed { missing: true, message } => return Err(message),
        Reply::Failed { missing: false, message } => Some(message),
        Reply::NotFound => None,
    };
    let same = match ask(machine, suffix, NOBODYS, &mut Trace::default()) {
        Reply::NotFound => said.is_none(),
        Reply::Failed { message, .. } => said.as_ref() == Some(&message),
        // It was not asked.
        Reply::Answered(Sent::HelpersAnswer) => true,
        Reply::Answered(_) | Reply::Blank | Reply::IdentityToken => false,
    };
    let different =
        || format!("docker-credential-{suffix} says something else than for a registry of nobody's");
    if same { Ok(None) } else { Err(said.unwrap_or_else(different)) }
}

/// Where it reads from.
enum Source<'a> {
    Variable(Document, Box<DockerConfig>),
    File(&'a Loaded),
}

impl<'a> Source<'a> {
    /// The variable counts even where it is empty.
    fn find(
        machine: &dyn ClientEnvironment,
        file: Option<&'a Arc<Loaded>>,
        trace: &mut Trace,
    ) -> Result<Option<Self>, String> {
        let Some(text) = machine.variable(VARIABLE) else {
            // It does not know the legacy file.
            return Ok(file.filter(|file| file.format == Format::Current).map(|file| Self::File(file)));
        };
        let document = Document::parse(&text)
            .map_err(|error| format!("{VARIABLE} cannot be read: {}: {error}", error.place))?;
        if document.has_byte_order_mark() {
            return Err(format!("{VARIABLE} cannot be read: it begins with a byte order mark"));
        }
        trace.found(VARIABLE, "is read in place of the file");
        let config = DockerConfig::read_as(&document, Format::Current, Dialect::Strict);
        Ok(Some(Self::Variable(document, Box::new(config))))
    }

    fn config(&self) -> &DockerConfig {
        match self {
            Self::Variable(_, config) => config,
            Self::File(loaded) => &loaded.config,
        }
    }

    fn document(&self) -> &Document {
        match self {
            Self::Variable(document, _) => document,
            Self::File(loaded) => &loaded.document,
        }
    }

    /// The helper for a host; an empty name is one, `null` is none.
    fn helper(&self, host: &str) -> Option<&str> {
        self.document().member(&self.config().helper_for(host)?.pointer)?.value.text()
    }

    /// What `auths` has: the first key that is the host or ends in it after a scheme. Source: testcontainers-java
    /// `RegistryAuthLocator.java#findExistingAuthConfig`.
    fn entry(&self, host: &str, trace: &mut Trace) -> Result<Option<Ending>, String> {
        let url = format!("://{host}");
        let mut entries = self.config().auths_in_force();
        let Some(entry) = entries.find(|entry| entry.key == host || entry.key.ends_with(&url)) else {
            return Ok(None);
        };
        let fields = self.document().member(&entry.pointer).and_then(|member| member.value.members());
        if fields.is_none_or(<[_]>::is_empty) {
            return Ok(None);
        }
        let user = user(entry).map_err(|error| format!("the `auth` of {} {error}", entry.key))?;
        Ok(Some(match (self, user) {
            (Self::File(loaded), user) => loaded.logins(&[entry], |_| user.clone(), trace),
            (Self::Variable(..), Some(user)) => {
                trace.found(format!("auths[\"{}\"]", entry.key), format!("holds a password for user {user}"));
                let expires_at = entry.credentials.expires_at();
                Ending::Environment { variable: VARIABLE, expires_at, sent: Sent::Basic(vec![user]) }
            }
            (Self::Variable(..), None) => {
                trace.not_found(format!("auths[\"{}\"]", entry.key), "has no user name and password");
                Ending::NOTHING
            }
        }))
    }
}

/// The user of an entry: the separate fields have priority over `auth`; what holds no colon is no login.
fn user(entry: &AuthsEntry) -> Result<Option<String>, AuthError> {
    let credentials = &entry.credentials;
    let name = credentials.username().unwrap_or_default();
    let password = credentials.password().map(Secret::expose).unwrap_or_default();
    if !name.trim().is_empty() || !password.trim().is_empty() {
        return Ok((!name.is_empty() && !password.is_empty()).then(|| name.to_owned()));
    }
    match credentials.login_for_java() {
        Err(AuthError::Shape) => Ok(None),
        login => login,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Client, ClientEnvironmentInMemory, HelperReply, Resolution, resolve};

    const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

    /// `AWS:secret`
    const LOGIN: &str = r#"{"auth": "QVdTOnNlY3JldA=="}"#;

    fn filled(text: &str) -> String {
        text.replace("HOST", HOST).replace("LOGIN", LOGIN)
    }

    fn machine(config: &str) -> ClientEnvironmentInMemory {
        let mut machine = ClientEnvironmentInMemory::default();
        machine.environment.variables.insert("HOME".to_owned(), "/home/u".to_owned());
        machine.environment.files.insert("/home/u/.docker/config.json".into(), filled(config));
        machine
    }

    fn with_helpers(config: &str, helpers: &[(&str, HelperReply)]) -> ClientEnvironmentInMemory {
        let helpers = helpers.iter().map(|(suffix, reply)| ((*suffix).to_owned(), reply.clone()));
        ClientEnvironmentInMemory { helpers: helpers.collect(), ..machine(config) }
    }

    fn resolved(machine: &dyn ClientEnvironment) -> Resolution {
        resolve(&Request::new(Client::TestcontainersJava, HOST), machine)
    }

    fn outcome(machine: &dyn ClientEnvironment) -> &'static str {
        resolved(machine).outcome.id()
    }

    fn answers() -> HelperReply {
        HelperReply::Credentials("helper".to_owned())
    }

    #[test]
    fn a_key_that_it_does_not_know_is_one_that_docker_java_may_know() {
        for (key, expected) in [
            ("HOST", "auths"),
            ("https://HOST", "auths"),
            ("ftp://HOST", "auths"),
            ("https://HOST/v2/", "auths"),
            ("HOST/", "auths"),
            ("HOST/other", "auths"),
            ("HOST:443", "anonymous"),
            ("ftp://HOST/", "anonymous"),
            ("*.dkr.ecr.us-east-1.amazonaws.com", "anonymous"),
        ] {
            let machine = machine(&format!(r#"{{"auths": {{"{key}": LOGIN}}}}"#));
            assert_eq!(outcome(&machine), expected, "{key}");
        }
        // An entry with nothing in it is none to itself, and one to docker-java.
        let url = r#"{"auths": {"https://HOST": {}, "HOST/v2/": LOGIN}}"#;
        assert_eq!(outcome(&machine(url)), "anonymous");
        let exact = r#"{"auths": {"https://HOST": {}, "HOST": LOGIN}}"#;
        assert_eq!(outcome(&machine(exact)), "auths");
        let field = r#"{"auths": {"https://HOST": {"email": "x"}, "HOST": LOGIN}}"#;
        assert_eq!(outcome(&machine(field)), "anonymous");
    }

    #[test]
    fn separate_fields_have_priority_in_its_own_search_and_auth_in_docker_javas() {
        let login = r#"{"auth": "QVdTOnNlY3JldA==", "username": "apart", "password": "p"}"#;
        for (key, expected) in [("HOST", "apart"), ("https://HOST/v2/", "AWS")] {
            let machine = machine(&format!(r#"{{"auths": {{"{key}": {login}}}}}"#));
            assert_eq!(resolved(&machine).sent, Sent::Basic(vec![expected.to_owned()]), "{key}");
        }
        let half = r#"{"auths": {"HOST": {"auth": "QVdTOnNlY3JldA==", "username": "apart"}}}"#;
        assert_eq!(outcome(&machine(half)), "anonymous");
    }

    #[test]
    fn base64_is_read_as_java_reads_it_and_any_damage_is_the_end() {
        for (config, expected) in [
            // `AWS:secr`, without its padding.
            (r#"{"auths": {"HOST": {"auth": "QVdTOnNlY3I"}}}"#, "auths"),
            ("\u{feff}{\"auths\": {\"HOST\": LOGIN}}", "auths"),
            (r#"{"auths": {"HOST": {"auth": "QVdTOnNl\nY3Jl"}}}"#, "error"),
            (r#"{"auths": {"HOST": {"auth": "QVdT"}}}"#, "error"),
            (r#"{"auths": {"HOST": LOGIN, "other.example": {"auth": "%"}}}"#, "error"),
            (r#"{"auths": {"HOST": LOGIN, "other.example": null}}"#, "error"),
            (r#"{"auths": [], "credHelpers": {"HOST": "one"}}"#, "error"),
            (r#"{"auths": {"HOST": LOGIN}, "credHelpers": []}"#, "auths"),
            (r#"{"auths": null, "credHelpers": {"HOST": "one"}}"#, "helper"),
            ("{", "error"),
            ("", "error"),
        ] {
            assert_eq!(outcome(&with_helpers(config, &[("one", answers())])), expected, "{config}");
        }
    }

    #[test]
    fn only_nothing_said_properly_leads_to_the_store_and_the_entries() {
        let both = r#"{"credHelpers": {"HOST": "one"}, "credsStore": "two", "auths": {"HOST": LOGIN}}"#;
        for (reply, expected) in [
            (answers(), "helper"),
            (HelperReply::Blank, "anonymous"),
            (HelperReply::IdentityToken, "anonymous"),
            (HelperReply::NotFound, "store"),
            // It fails for nobody's registry, too.
            (HelperReply::Failed("no".to_owned()), "store"),
            (HelperReply::Missing, "auths"),
        ] {
            let machine = with_helpers(both, &[("one", reply.clone()), ("two", answers())]);
            assert_eq!(outcome(&machine), expected, "{reply:?}");
            let machine = with_helpers(both, &[("one", HelperReply::NotFound), ("two", reply.clone())]);
            let expected = match expected {
                "helper" => "store",
                "store" => "auths",
                other => other,
            };
            assert_eq!(outcome(&machine), expected, "store {reply:?}");
        }
    }

    #[test]
    fn an_empty_name_is_a_missing_helper_and_null_is_none() {
        for (name, store, expected) in [
            (r#""""#, "two", "auths"),
            ("null", "two", "store"),
            ("null", "", "auths"),
            ("null", " ", "auths"),
        ] {
            let config = format!(
                r#"{{"credHelpers": {{"HOST": {name}}}, "credsStore": "{store}", "auths": {{"HOST/": LOGIN}}}}"#
            );
            assert_eq!(outcome(&with_helpers(&config, &[("two", answers())])), expected, "{config}");
        }
    }

    /// A machine whose helper fails for this registry, and says of any other that it has nothing.
    struct FailsHere(ClientEnvironmentInMemory);

    impl ClientEnvironment for FailsHere {
        fn environment(&self) -> &dyn ecrpass_core::environment::Environment {
            self.0.environment()
        }

        fn ask(&self, suffix: &str, server_url: &str) -> HelperReply {
            if server_url == HOST { self.0.ask(suffix, server_url) } else { HelperReply::NotFound }
        }

        fn list(&self, suffix: &str) -> Option<Vec<String>> {
            self.0.list(suffix)
        }
    }

    #[test]
    fn a_failure_unlike_having_nothing_skips_the_store() {
        let both = r#"{"credHelpers": {"HOST": "one"}, "credsStore": "two", "auths": {"HOST/": LOGIN}}"#;
        let failed = HelperReply::Failed("expired".to_owned());
        let machine = with_helpers(both, &[("one", failed), ("two", answers())]);
        assert_eq!(outcome(&machine), "store");
        assert_eq!(outcome(&FailsHere(machine)), "auths");
    }

    #[test]
    fn the_variable_takes_the_files_place_and_docker_java_knows_only_the_file() {
        let file = r#"{"auths": {"HOST": LOGIN}, "credHelpers": {"HOST": "one"}}"#;
        for (variable, expected) in [
            (r#"{"auths": {"HOST": LOGIN}}"#, "environment"),
            (r#"{"credsStore": "one"}"#, "store"),
            (r#"{"auths": {"HOST": {"username": "u"}}}"#, "anonymous"),
            // docker-java's keys, another registry, damage, nothing: the file, and in it no helper.
            (r#"{"auths": {"HOST/": LOGIN}}"#, "auths"),
            (r#"{"auths": {"other.example": LOGIN}}"#, "auths"),
            (r#"{"auths": {"HOST": {"auth": "%"}}}"#, "auths"),
            ("\u{feff}{\"auths\": {\"HOST\": LOGIN}}", "auths"),
            ("{", "auths"),
            ("", "auths"),
        ] {
            let mut machine = with_helpers(file, &[("one", answers())]);
            machine.environment.variables.insert(VARIABLE.to_owned(), filled(variable));
            assert_eq!(outcome(&machine), expected, "{variable}");
        }
        assert_eq!(outcome(&with_helpers(file, &[("one", answers())])), "helper");
    }

    #[test]
    fn the_legacy_file_is_docker_javas() {
        let mut machine = machine("{}");
        let legacy = filled(r#"{"HOST": LOGIN}"#);
        machine.environment.files.insert("/home/u/.docker/.dockercfg".into(), legacy);
        assert_eq!(outcome(&machine), "anonymous");
        machine.environment.files.remove(std::path::Path::new("/home/u/.docker/config.json"));
        assert_eq!(outcome(&machine), "auths");
    }
}
