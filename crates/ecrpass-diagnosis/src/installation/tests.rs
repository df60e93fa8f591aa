//! Installations as they are met, each with what is to be said of it.

use super::*;
use crate::facts::{Bundle, Subject};
use crate::finding::{Finding, Severity};

const OURS: &str = "docker-credential-ecr-login (ecrpass) 1.0.0";
const AMAZONS: &str = "docker-credential-ecr-login (github.com/awslabs/amazon-ecr-credential-helper) 0.9.1";

fn file(path: &str, version: &str) -> Installed {
    Installed {
        path: path.to_owned(),
        executable: true,
        architecture: Some("amd64".to_owned()),
        version: Some(version.to_owned()),
        ..Installed::default()
    }
}

fn program(name: &str, installed: Vec<Installed>) -> Program {
    Program { name: name.to_owned(), installed, elsewhere: None }
}

/// Ours under both names, one of them configured.
fn healthy() -> Installation {
    Installation {
        machine: MachineFacts {
            os: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            programs: vec![
                program(NAMES[0], vec![file("/usr/bin/docker-credential-ecrpass", OURS)]),
                program(NAMES[1], vec![file("/usr/bin/docker-credential-ecr-login", OURS)]),
                program("docker", vec![file("/usr/bin/docker", "")]),
                program("ecrpass", vec![file("/usr/bin/ecrpass", "")]),
            ],
            ..MachineFacts::default()
        },
        version: "1.0.0".to_owned(),
        configured: vec![Configured {
            name: "ecrpass".to_owned(),
            file: "/home/a/.docker/config.json".to_owned(),
        }],
        cache: Cache { directory: Some("/home/a/.ecr/tokens".to_owned()), state: CacheState::Usable },
        ..Installation::default()
    }
}

/// With other files of a name.
fn with(mut seen: Installation, name: &str, installed: Vec<Installed>) -> Installation {
    seen.machine.programs.retain(|program| program.name != name);
    seen.machine.programs.push(program(name, installed));
    seen
}

fn named(mut seen: Installation, name: &str) -> Installation {
    seen.configured = vec![Configured { name: name.to_owned(), file: "/c".to_owned() }];
    seen
}

fn told(seen: &Installation) -> Vec<(String, Severity)> {
    findings(seen).into_iter().map(|finding| (finding.id, finding.severity)).collect()
}

fn only(seen: &Installation) -> Finding {
    let mut all = findings(seen);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

#[test]
fn a_whole_installation_is_not_complained_about() {
    assert!(told(&healthy()).is_empty());
    let helpers = serde_json::to_value(healthy().helpers()).unwrap();
    assert_eq!(helpers[0]["configured_in"][0], "/home/a/.docker/config.json");
    assert_eq!(helpers[0]["files"][0]["ours"], true);
    assert_eq!(helpers.as_array().unwrap().len(), 2);
}

#[test]
fn another_program_in_front_is_told_with_what_it_hides() {
    let both = vec![
        file("/usr/local/bin/docker-credential-ecr-login", AMAZONS),
        file("/usr/bin/docker-credential-ecr-login", OURS),
    ];
    let seen = named(with(healthy(), NAMES[1], both.clone()), "ecr-login");
    let found = only(&seen);
    assert_eq!((found.id.as_str(), found.severity), ("helper-shadowed", Severity::Warning));
    assert!(found.evidence.iter().any(|seen| seen.text.contains("comes behind it on PATH")), "{found:#?}");
    assert_eq!(found.fixes[0].command().as_deref(), Some("ecrpass setup --name ecrpass"));
    let helpers = serde_json::to_value(seen.helpers()).unwrap();
    let ours = helpers.as_array().unwrap().iter().find(|one| one["name"] == NAMES[1]).unwrap();
    assert_eq!(ours["files"][1]["shadowed_by"], "/usr/local/bin/docker-credential-ecr-login");
    // Where nobody asks by that name, it is worth knowing.
    let seen = with(healthy(), NAMES[1], both);
    assert_eq!(told(&seen), [("helper-shadowed".to_owned(), Severity::Note)]);
}

#[test]
fn docker_desktops_copy_is_called_by_its_name() {
    let copy = Installed {
        real: Some("/Applications/Docker.app/Contents/Resources/bin/docker-credential-ecr-login".to_owned()),
        ..file("/usr/local/bin/docker-credential-ecr-login", AMAZONS)
    };
    let mut seen = named(with(healthy(), NAMES[1], vec![copy.clone()]), "ecr-login");
    seen.machine.os = "darwin".to_owned();
    seen.bundled = vec![Bundled { product: "Docker Desktop".to_owned(), path: copy.real_path().to_owned() }];
    let found = only(&seen);
    assert!(found.title.starts_with("Docker Desktop's own copy"), "{found:#?}");
    // It is there, and something else answers.
    let mut seen = named(healthy(), "ecr-login");
    seen.bundled =
        vec![Bundled { product: "Rancher Desktop".to_owned(), path: "/home/a/.rd/bin/x".to_owned() }];
    assert_eq!(told(&seen), [("helper-bundled".to_owned(), Severity::Note)]);
    assert_eq!(product("/home/a/.rd/bin/docker-credential-ecr-login"), Some("Rancher Desktop"));
    assert_eq!(product(r"C:\Program Files\Docker\Docker\resources\bin\x.exe"), Some("Docker Desktop"));
    assert_eq!(product("/usr/bin/docker-credential-ecr-login"), None);
}

#[test]
fn what_a_configuration_names_has_to_be_there() {
    let found = only(&with(healthy(), NAMES[0], Vec::new()));
    assert_eq!((found.id.as_str(), found.severity), ("helper-not-on-path", Severity::Error));
    let command = found.fixes[0].command().unwrap();
    assert_eq!(command, "sudo ln -sf /usr/bin/ecrpass /usr/local/bin/docker-credential-ecrpass");
    // Where nobody names it, nobody misses it.
    assert!(told(&with(healthy(), NAMES[1], Vec::new())).is_empty());
    let mut seen = with(healthy(), NAMES[0], Vec::new());
    seen.machine.os = "windows".to_owned();
    seen.machine.programs.retain(|program| program.name != "ecrpass");
    seen.machine.programs.push(program("ecrpass", vec![file(r"C:\Program Files\ecrpass\ecrpass.exe", "")]));
    let command = only(&seen).fixes[0].command().unwrap();
    assert_eq!(
        command,
        r"Copy-Item 'C:\Program Files\ecrpass\ecrpass.exe' 'C:\Program Files\ecrpass\docker-credential-ecrpass.exe'"
    );
}

#[test]
fn a_helper_that_cannot_answer_is_no_helper() {
    let silent = Installed { version: None, ..file("/usr/bin/docker-credential-ecrpass", "") };
    assert_eq!(
        told(&with(healthy(), NAMES[0], vec![silent])),
        [("helper-does-not-answer".to_owned(), Severity::Warning)]
    );
    let arm = Installed {
        architecture: Some("arm64".to_owned()),
        ..file("/usr/bin/docker-credential-ecrpass", OURS)
    };
    assert_eq!(
        told(&with(healthy(), NAMES[0], vec![arm])),
        [("helper-wrong-architecture".to_owned(), Severity::Error)]
    );
    let old = file("/usr/bin/docker-credential-ecrpass", "docker-credential-ecr-login (ecrpass) 0.9.0");
    assert_eq!(
        told(&with(healthy(), NAMES[0], vec![old])),
        [("helper-other-version".to_owned(), Severity::Warning)]
    );
}

#[test]
fn others_must_not_replace_it() {
    let open = Installed {
        replaceable: Some("/opt/x".to_owned()),
        ..file("/opt/x/docker-credential-ecrpass", OURS)
    };
    let found = only(&with(healthy(), NAMES[0], vec![open]));
    assert_eq!(found.fixes[0].command().as_deref(), Some("sudo chmod o-w /opt/x"));
    let foreign =
        Installed { replaceable: Some("bob".to_owned()), ..file("/opt/x/docker-credential-ecrpass", OURS) };
    let found = only(&with(healthy(), NAMES[0], vec![foreign]));
    assert!(found.title.contains("belongs to bob"), "{found:#?}");
}

#[test]
fn files_are_compared_with_their_checksums() {
    let sum = |result| Sum { file: "/usr/bin/ecrpass".to_owned(), source: "SHA256SUMS".to_owned(), result };
    for (result, expected) in [
        (SumResult::Whole, None),
        (SumResult::Different, Some(Severity::Error)),
        (SumResult::NotListed, Some(Severity::Note)),
        (SumResult::Unknown("it is gone".to_owned()), Some(Severity::Warning)),
    ] {
        let seen = Installation { sums: vec![sum(result)], ..healthy() };
        assert_eq!(findings(&seen).first().map(|finding| finding.severity), expected);
    }
}

#[test]
fn a_cache_that_is_not_private_or_not_writable_is_told() {
    for (state, expected) in [
        (CacheState::ToBeMade, None),
        (CacheState::Off, Some(Severity::Note)),
        (CacheState::Unwritable("Read-only file system".to_owned()), Some(Severity::Warning)),
        (CacheState::Open("755".to_owned()), Some(Severity::Warning)),
        (CacheState::Foreign("root".to_owned()), Some(Severity::Warning)),
        (CacheState::Unknown("line 3".to_owned()), Some(Severity::Error)),
    ] {
        let mut seen = healthy();
        seen.cache.state = state;
        assert_eq!(findings(&seen).first().map(|finding| finding.severity), expected);
    }
}

#[test]
fn platforms_have_their_own_traps() {
    let mut wsl = healthy();
    wsl.machine.wsl = true;
    let exe = "/mnt/c/Tools/docker-credential-ecr-login.exe";
    let wsl = with(wsl, "docker-credential-ecr-login.exe", vec![file(exe, OURS)]);
    assert_eq!(told(&wsl), [("helper-of-windows".to_owned(), Severity::Note)]);
    let asked = named(wsl, "ecr-login.exe");
    assert_eq!(told(&asked), [("helper-of-windows".to_owned(), Severity::Warning)]);

    let snap = with(healthy(), "docker", vec![file("/snap/bin/docker", "")]);
    assert_eq!(told(&snap), [("docker-is-confined".to_owned(), Severity::Warning)]);
    let linked = Installed { real: Some("/usr/bin/snap".to_owned()), ..file("/usr/local/bin/docker", "") };
    assert_eq!(told(&with(healthy(), "docker", vec![linked])).len(), 1);

    for (distribution, expected) in [("bottlerocket", true), ("talos", true), ("debian", false)] {
        let mut node = healthy();
        node.machine.distribution = Some(distribution.to_owned());
        let is_told = told(&node) == [("nothing-to-install".to_owned(), Severity::Note)];
        assert_eq!(is_told, expected, "{distribution}");
    }
}

#[test]
fn doctor_tells_who_answers() {
    let mut bundle: Bundle = serde_json::from_value(serde_json::json!({
        "schema": crate::facts::SCHEMA, "ecrpass": "1", "collected_at": 0, "took_ms": 0, "deadline_ms": 0,
        "question": {"operation": "pull", "client": "docker", "offline": true},
        "machine": {"os": "linux", "architecture": "amd64"}, "aws": {}, "subjects": []
    }))
    .unwrap();
    assert!(notes(&bundle).is_empty());
    let both = vec![
        file("/usr/local/bin/docker-credential-ecr-login", AMAZONS),
        file("/usr/bin/docker-credential-ecr-login", OURS),
    ];
    let mut seen = with(healthy(), NAMES[1], both);
    seen.machine.programs.retain(|program| program.name != "docker");
    seen.machine.programs.push(program("docker", vec![file("/snap/bin/docker", "")]));
    seen.machine.distribution = Some("bottlerocket".to_owned());
    bundle.machine = seen.machine;
    bundle.subjects.push(Subject { helper_named: Some("ecr-login".to_owned()), ..Subject::default() });
    let told = notes(&bundle);
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].contains("Bottlerocket") && told[1].contains("snap"), "{told:#?}");
    assert!(told[3].contains("in its order: /usr/local/bin/"), "{told:#?}");
}

#[test]
fn services_look_elsewhere() {
    let mac = services(OperatingSystem::MacOs, None);
    assert_eq!(mac[0].path, ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]);
    let mac = services(OperatingSystem::MacOs, Some("/opt/homebrew/bin:/usr/bin"));
    assert_eq!(mac[0].path, ["/opt/homebrew/bin", "/usr/bin"]);
    assert!(services(OperatingSystem::Windows, None).is_empty());
    let mut seen = healthy();
    let all = services(OperatingSystem::Linux, None);
    let finds = |yes: bool| if yes { vec![NAMES[0].to_owned()] } else { Vec::new() };
    seen.services = all
        .into_iter()
        .enumerate()
        .map(|(at, service)| SeenService { service, finds: finds(at == 0) })
        .collect();
    let found = only(&seen);
    assert_eq!(found.severity, Severity::Note);
    let who: Vec<&str> = found.evidence.iter().map(|seen| seen.source.as_str()).collect();
    assert_eq!(who, ["commands of cron", "commands of sudo on Fedora and RHEL"]);
    assert!(found.fixes[0].summary.contains("install it in /usr/bin"), "{found:#?}");
}

#[test]
fn a_helper_that_nobody_names_is_worth_a_word() {
    let mut seen = healthy();
    seen.configured.clear();
    assert_eq!(only(&seen).fixes[0].command().as_deref(), Some("ecrpass setup"));
}
