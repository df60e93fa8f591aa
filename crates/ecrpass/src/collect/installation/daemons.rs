//! The `PATH` of daemons that run here and start clients: what starts jobs of CI, and builds images. Only root, and who
//! runs them, may see it.

use std::path::Path;

use ecrpass_diagnosis::installation::Service;

/// Daemons by the kernel's names of their processes, of at most fifteen characters.
const DAEMONS: [&str; 9] = [
    "gitlab-runner",
    "buildkite-agent",
    "Runner.Listener",
    "circleci-agent",
    "buildkitd",
    "jenkins",
    "drone-runner-do",
    "nomad",
    "kubelet",
];

/// How many are looked at.
const MOST: usize = 16;

/// The daemons whose `PATH` can be seen, each `PATH` once.
pub fn daemons(proc: &Path) -> Vec<Service> {
    let mut found: Vec<Service> = Vec::new();
    let processes = ecrpass_system::directory::entries(proc).unwrap_or_default();
    let is_number = |path: &&std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().iter().all(u8::is_ascii_digit))
    };
    for process in processes.iter().filter(is_number) {
        let Ok(name) = ecrpass_system::text_file::read(&process.join("comm")) else { continue };
        let Some(name) = DAEMONS.into_iter().find(|daemon| *daemon == name.trim()) else { continue };
        // Nothing but that variable is kept: the others may be secrets.
        let Ok(environ) = ecrpass_system::text_file::read(&process.join("environ")) else { continue };
        let Some(path) = environ.split('\0').find_map(|variable| variable.strip_prefix("PATH=")) else {
            continue;
        };
        let service = Service::new(&format!("clients of the {name} that runs here"), path);
        if !found.contains(&service) {
            found.push(service);
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_the_path_of_known_daemons_is_seen() {
        let proc = tempfile::tempdir().unwrap();
        let process = |number: &str, name: &str, environ: &str| {
            let directory = proc.path().join(number);
            fs::create_dir(&directory).unwrap();
            fs::write(directory.join("comm"), format!("{name}\n")).unwrap();
            fs::write(directory.join("environ"), environ).unwrap();
        };
        process("7", "gitlab-runner", "TOKEN=s3cret\0PATH=/opt/bin:/usr/bin\0");
        process("8", "gitlab-runner", "PATH=/opt/bin:/usr/bin\0");
        process("9", "bash", "PATH=/x\0");
        process("10", "buildkitd", "HOME=/root\0");
        process("self", "kubelet", "PATH=/y\0");
        let found = daemons(proc.path());
        assert_eq!(found, [Service::new("clients of the gitlab-runner that runs here", "/opt/bin:/usr/bin")]);
        assert!(daemons(Path::new("/nonexistent")).is_empty());
    }
}
