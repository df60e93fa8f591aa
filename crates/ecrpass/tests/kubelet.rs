//! `ecrpass kubelet` as a process: what it writes is found to be well, and mistakes are found where they stand.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use common::{HOST, Home, text};

#[test]
fn what_is_written_is_well() {
    let home = Home::bare();
    for platform in ["eks", "nodeadm", "k3s", "rke2", "kubeadm", "microk8s", "kind", "talos"] {
        let (code, config, stderr) = text(&home.run(&["kubelet", "config", "--platform", platform, HOST]));
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{platform}");
        assert!(config.contains(&format!("- \"{HOST}\"")), "{config}");
        fs::write(home.path("config.yaml"), &config).unwrap();
        let (code, stdout, _) = text(&home.run(&["kubelet", "check", "config.yaml"]));
        assert_eq!((code, stdout.starts_with("Nothing is wrong")), (Some(0), true), "{platform}: {stdout}");
    }
    let tokens = ["kubelet", "config", "--kubelet-version", "v1.34.2-eks-1", "--service-account-tokens"];
    let (code, rbac, _) =
        text(&home.run(&[&tokens[..], &["--print", "rbac", "--service-account", "web"]].concat()));
    assert!(
        code == Some(0)
            && rbac.contains("request-serviceaccounts-token-audience")
            && rbac.contains("- \"web\"")
    );
    for (arguments, words) in [
        (&["kubelet", "config", "--kubelet-version", "1.33", "--service-account-tokens"][..], "1.33"),
        (&["kubelet", "config", "--service-account-tokens"], "before 1.34"),
        (&["kubelet", "config", "--print", "rbac"], "--service-account-tokens"),
        (&["kubelet", "config", "--platform", "k3s", "--print", "flags"], "needs no flags"),
    ] {
        let (code, stdout, stderr) = text(&home.run(arguments));
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(stderr.contains(words) && stderr.contains("Next: "), "{stderr}");
    }
    assert_eq!(text(&home.run(&["kubelet", "config", "docker.io"])).0, Some(3));
}

#[test]
fn mistakes_are_told_with_place_and_fix() {
    let home = Home::bare();
    let (_, good, _) = text(&home.run(&["kubelet", "config", HOST]));
    let broken = good.replace(&format!("{HOST}\""), &format!("{HOST}/*\""));
    fs::write(home.path("broken.yaml"), &broken).unwrap();
    let line = broken.lines().position(|line| line.contains("/*")).unwrap() + 1;
    let (code, stdout, _) = text(&home.run(&["kubelet", "check", "broken.yaml"]));
    assert_eq!(code, Some(1));
    assert!(stdout.contains(&format!("broken.yaml:{line}:10")), "{stdout}");
    assert!(stdout.contains(&format!("\"{HOST}\"")), "{stdout}");
    let output = home.run(&["kubelet", "check", "broken.yaml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["findings"][0]["id"], "kubelet-config-invalid");
    assert_eq!(json["findings"][0]["evidence"][0]["line"], line);
}

#[test]
fn a_pipe_among_the_files_of_a_directory_is_not_waited_for() {
    let home = Home::bare();
    fs::create_dir(home.path("configs")).unwrap();
    let pipe = home.path("configs/a.yaml");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    let (code, _, stderr) = text(&home.run(&["kubelet", "check", "configs"]));
    assert!(code == Some(3) && stderr.contains("configs/a.yaml cannot be read"), "{stderr}");
    assert!(!stderr.contains("does not come"), "{stderr}");
}

#[test]
fn programs_and_directories_are_looked_at_as_the_kubelet_does() {
    let home = Home::bare();
    let (_, good, _) = text(&home.run(&["kubelet", "config", HOST]));
    fs::create_dir(home.path("configs")).unwrap();
    fs::create_dir(home.path("providers")).unwrap();
    for name in ["b.yaml", "a.json", "ignored.txt"] {
        fs::write(home.path("configs").join(name), &good).unwrap();
    }
    let check = |arguments: &[&str]| text(&home.run(&[&["kubelet", "check"], arguments].concat()));
    let (code, stdout, _) = check(&["configs"]);
    assert!(code == Some(1) && stdout.contains("already in configs/a.json"), "{stdout}");
    let (code, _, stderr) = check(&["configs", "--kubelet-version", "1.30"]);
    assert!(code == Some(1) && stderr.contains("directories are read from 1.34 on"), "{stderr}");
    let provider = home.path("providers/ecr-credential-provider");
    let at = |mode| {
        fs::write(&provider, "").unwrap();
        fs::set_permissions(&provider, fs::Permissions::from_mode(mode)).unwrap();
        check(&["configs/a.json", "--bin-dir", "providers"])
    };
    assert_eq!(at(0o755).0, Some(0));
    assert!(at(0o644).1.contains("cannot be executed"));
    assert!(at(0o777).1.contains("others than its owner"));
    fs::remove_file(&provider).unwrap();
    assert!(
        check(&["configs/a.json", "--bin-dir", "providers"])
            .1
            .contains("There is no providers/ecr-credential-provider")
    );
    assert_eq!(check(&["nowhere.yaml"]).0, Some(3));
}

#[test]
fn what_a_configuration_says_to_run_runs() {
    let home = Home::bare();
    let wanted = ["--kubelet-version", "1.35", "--service-account-tokens", "--audience", "my audience"];
    let annotations = ["--annotation", "my.co/role", "--annotation", "my.co/role"];
    let (code, config, stderr) =
        text(&home.run(&[&["kubelet", "config"], &wanted[..], &annotations].concat()));
    assert_eq!(code, Some(0), "{stderr}");
    fs::write(home.path("config.yaml"), &config).unwrap();
    let (code, stdout, _) = text(&home.run(&["kubelet", "check", "config.yaml"]));
    assert_eq!(code, Some(0), "{stdout}");
    let command = config.lines().find_map(|line| line.strip_prefix("#   ecrpass ")).unwrap();
    let script = format!("\"$0\" {command}");
    let output = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_ecrpass")])
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success() && text(&output).1.contains("- \"my audience\""), "{output:?}");
}

#[test]
fn bytes_that_are_no_text_and_directories_that_are_not_there_are_findings() {
    let home = Home::bare();
    let (_, good, _) = text(&home.run(&["kubelet", "config", HOST]));
    fs::write(home.path("good.yaml"), &good).unwrap();
    fs::write(home.path("latin.yaml"), [good.as_bytes(), b"# caf\xe9\n"].concat()).unwrap();
    let lines = good.lines().count();
    let (code, stdout, _) = text(&home.run(&["kubelet", "check", "latin.yaml"]));
    assert!(code == Some(1) && stdout.contains(&format!("latin.yaml:{}:6", lines + 1)), "{stdout}");
    let (code, stdout, _) = text(&home.run(&["kubelet", "check", "good.yaml", "--bin-dir", "nowhere"]));
    assert!(code == Some(1) && stdout.contains("There is no nowhere/ecr-credential-provider"), "{stdout}");
}

#[test]
fn help_is_as_written() {
    let home = Home::bare();
    for arguments in [&["kubelet", "config"][..], &["kubelet", "check"], &["explain", "pod"]] {
        let (code, stdout, _) = text(&home.run(&[arguments, &["--help"]].concat()));
        assert_eq!(code, Some(0));
        insta::assert_snapshot!(format!("{}-help", arguments.join("-")), stdout);
    }
}
