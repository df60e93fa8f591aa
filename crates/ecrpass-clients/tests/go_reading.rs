//! What Go's JSON reads that is no proper JSON: each client takes it, or refuses it, as its own reader does.

#![allow(clippy::unwrap_used)] // a test's way of failing

mod support;

use std::io;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::{
    Client, ClientEnvironment, FileState, HelperReply, Request, Resolution, Supplier, resolve,
};
use ecrpass_clients::repair::Safety;
use ecrpass_core::environment::{Environment, EnvironmentInMemory, OperatingSystem};
use support::{filled, run_asking};
use zeroize::Zeroizing;

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// A machine whose docker configuration holds these bytes.
struct Machine {
    environment: Bytes,
}

struct Bytes(EnvironmentInMemory, Vec<u8>);

impl Machine {
    fn with(bytes: &[u8]) -> Self {
        let mut environment = EnvironmentInMemory::default();
        environment.variables.insert("HOME".to_owned(), "/h".to_owned());
        Self { environment: Bytes(environment, bytes.to_vec()) }
    }
}

impl Bytes {
    fn is_it(path: &Path) -> bool {
        path == Path::new("/h/.docker/config.json") || path == Path::new("/h/.config/containers/auth.json")
    }
}

impl Environment for Bytes {
    fn var(&self, name: &str) -> Option<String> {
        self.0.var(name)
    }
    fn variables(&self) -> Vec<(String, String)> {
        self.0.variables()
    }
    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        if !Self::is_it(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if self.1.len() > 16 << 20 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 16 MiB"));
        }
        String::from_utf8(self.1.clone()).map(Zeroizing::new).map_err(|_| io::ErrorKind::InvalidData.into())
    }
    fn bytes(&self, _: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        Ok(Zeroizing::new(self.1.clone()))
    }
    fn boot_id(&self) -> Option<String> {
        None
    }
    fn host_name(&self) -> Option<String> {
        None
    }
    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        let is_there = program == "docker-credential-ecr-login";
        is_there.then(|| Path::new("/bin").join(program)).into_iter().collect()
    }
    fn directory(&self) -> Option<PathBuf> {
        None
    }
    fn system(&self) -> OperatingSystem {
        OperatingSystem::Linux
    }
    fn user_id(&self) -> u32 {
        1000
    }
}

impl ClientEnvironment for Machine {
    fn environment(&self) -> &dyn Environment {
        &self.environment
    }
    fn ask(&self, _: &str, _: &str) -> HelperReply {
        HelperReply::NotAsked
    }
    fn list(&self, _: &str) -> Option<Vec<String>> {
        None
    }
    fn file(&self, path: &Path) -> FileState {
        FileState::read(&self.environment, path)
    }
}

fn resolved(client: Client, bytes: &[u8]) -> Resolution {
    resolve(&Request::new(client, HOST), &Machine::with(bytes))
}

/// `HOST` with the helper, and this in front of the last brace.
fn helper(more: &str) -> String {
    format!("{{\"credHelpers\":{{\"{HOST}\":\"ecr-login\"}}{more}}}")
}

#[test]
fn each_client_reads_or_refuses_what_stands_behind_the_configuration() {
    for end in [" }", "}", "\n{\"auths\":{}}", " x"] {
        let text = format!("{}{end}", helper(""));
        for client in
            [Client::Docker, Client::Buildx, Client::Crane, Client::Nerdctl, Client::Oras, Client::Jib]
        {
            assert_eq!(resolved(client, text.as_bytes()).outcome, Supplier::Helper, "{client:?} {end}");
        }
        let podman = resolved(Client::Podman, text.as_bytes());
        assert_eq!(podman.outcome, Supplier::Error, "{end}");
        assert!(podman.summary.contains("there is more after the end"), "{}", podman.summary);
        assert_eq!(resolved(Client::DockerPy, text.as_bytes()).outcome, Supplier::Anonymous, "{end}");
    }
    // A value that is not complete is none.
    assert_eq!(resolved(Client::Docker, br#"{"credHelpers":{"#).outcome, Supplier::Anonymous);
}

#[test]
fn clients_in_go_read_bytes_that_are_no_utf8() {
    let mut bytes = helper(",\"HttpHeaders\":{\"X\":\"J?rgen\"}").into_bytes();
    let at = bytes.iter().position(|b| *b == b'?').unwrap();
    *bytes.get_mut(at).unwrap() = 0xfc;
    for client in [Client::Docker, Client::Crane, Client::Oras, Client::Podman] {
        assert_eq!(resolved(client, &bytes).outcome, Supplier::Helper, "{client:?}");
    }
    assert_eq!(resolved(Client::DockerPy, &bytes).outcome, Supplier::Anonymous);
    // UTF-16 is no JSON to anybody.
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(helper("").bytes().flat_map(|b| [b, 0])).collect();
    assert_eq!(resolved(Client::Docker, &utf16).outcome, Supplier::Anonymous);
}

#[test]
fn go_reads_as_deep_as_go_does() {
    let nested = |depth: usize| helper(&format!(",\"p\":{}{}", "[".repeat(depth), "]".repeat(depth)));
    for depth in [300, 2_000, 9_999] {
        assert_eq!(resolved(Client::Docker, nested(depth).as_bytes()).outcome, Supplier::Helper, "{depth}");
    }
    assert_eq!(resolved(Client::Docker, nested(10_000).as_bytes()).outcome, Supplier::Anonymous);
    assert_eq!(resolved(Client::Docker, nested(1_000_000).as_bytes()).outcome, Supplier::Anonymous);
}

#[test]
fn what_is_beyond_our_limits_is_unknown() {
    let large = helper(&format!(",\"p\":\"{}\"", "x".repeat(17 << 20)));
    let many = helper(&format!(",\"p\":[{}0]", "0,".repeat(60_000)));
    for (text, why) in [(&large, "larger than 16 MiB"), (&many, "more than 50000 values")] {
        for client in [Client::Docker, Client::Podman, Client::Crane] {
            let resolution = resolved(client, text.as_bytes());
            assert_eq!(resolution.outcome, Supplier::Unknown, "{client:?}");
            assert!(resolution.summary.starts_with("Unknown: ") && resolution.summary.contains(why));
            assert!(!resolution.works(0));
        }
    }
}

#[test]
fn null_takes_back_what_go_read_before_it() {
    let of = |text: &str| resolved(Client::Docker, text.replace("HOST", HOST).as_bytes()).outcome;
    for (text, outcome) in [
        (r#"{"credHelpers":{"HOST":"ecr-login"},"credHelpers":null}"#, Supplier::Anonymous),
        (r#"{"credHelpers":{"HOST":"ecr-login"},"CredHelpers":null}"#, Supplier::Anonymous),
        (r#"{"credHelpers":{"HOST":"ecr-login"},"credHelpers":{}}"#, Supplier::Helper),
        (r#"{"credHelpers":null,"credHelpers":{"HOST":"ecr-login"}}"#, Supplier::Helper),
        (r#"{"auths":{"HOST":{"auth":"QVdTOng="}},"auths":null}"#, Supplier::Anonymous),
        (r#"{"credsStore":"ecr-login","credsStore":null}"#, Supplier::Store),
        // Names as Go folds them.
        ("{\"credHelper\u{17f}\":{\"HOST\":\"ecr-login\"}}", Supplier::Helper),
        ("{\"auth\u{17f}\":{\"HOST\":{\"auth\":\"QVdTOng=\"}}}", Supplier::Auths),
    ] {
        assert_eq!(of(text), outcome, "{text}");
    }
}

#[test]
fn repairs_keep_what_stands_behind_and_say_what_null_does() {
    let run =
        |text: &str, with_unsafe| run_asking(OperatingSystem::Linux, text, &["ecr-login"], with_unsafe, None);
    let after = run("{\"auths\": {\"HOST\": {\"auth\": \"EXPIRED\"}}}\n}  x", false);
    assert!(
        after.document.text().ends_with("}\n}  x") && after.changes.len() == 2,
        "{}",
        after.document.text()
    );
    assert!(after.left.iter().any(|change| change.problem.contains("more after the end")));
    let text = r#"{"credHelpers": {"HOST": "ecr-login"}, "credHelpers": null}"#;
    let after = run(text, false);
    assert_eq!(after.document.text(), filled(text));
    let told = |needle: &str| after.left.iter().find(|change| change.problem.contains(needle)).unwrap();
    assert_eq!(told("as null: docker forgets the entries before it").safety, Safety::Manual);
    assert_eq!(told("no credential helper is set up").safety, Safety::Unsafe);
    // And it comes to an end.
    let after = run(text, true);
    assert!(after.document.text().ends_with(&filled(r#""credHelpers": {"HOST": "ecr-login"}}"#)));
}
