//! Amazon EC2: user data of an instance that runs an image, with the helper in place of a login that ends after 12 hours.

use crate::pipelines::plan::Plan;
use crate::pipelines::quote::{shell, yaml};
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::wanted::Helper;
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// Where what is fetched is put: before the packages' directory on everybody's `PATH`.
const PROGRAM: &str = "/usr/local/bin/docker-credential-ecr-login";

/// The user data, and the unit in it as a file of its own.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let name = plan.repository.replace('/', "-");
    let unit = unit(plan, &name);
    let mut w = Writer::default();
    // The first line says what it is.
    w.line(0, "#cloud-config");
    w.lines(0, &plan.header("Runs").iter().map(|line| format!("# {line}")).collect::<Vec<_>>());
    w.lines(0, &["packages:", "  - docker"]);
    if matches!(plan.helper, Helper::Usual | Helper::Package) {
        w.line(2, "- amazon-ecr-credential-helper");
    }
    w.lines(
        0,
        &["write_files:", "  - path: /root/.docker/config.json", "    permissions: '0600'", "    content: |"],
    );
    w.line(6, &format!("{{\"credHelpers\": {{\"{}\": \"ecr-login\"}}}}", plan.host()));
    w.line(2, &format!("- path: {}", yaml(&format!("/etc/systemd/system/{name}.service"))));
    w.lines(4, &["permissions: '0644'", "content: |"]);
    w.lines(6, &unit.lines().collect::<Vec<_>>());
    w.line(0, "runcmd:");
    if let Helper::Download { url, sha256 } = &plan.helper {
        let sum = sha256.to_ascii_lowercase();
        let fetch = format!(
            "curl -fsSL --proto '=https' -o {PROGRAM} {} && echo '{sum}  {PROGRAM}' | sha256sum -c - && chmod 755 {PROGRAM}",
            shell(url)
        );
        w.lines(2, &["- |".to_owned(), format!("  {fetch} || rm -f {PROGRAM}")]);
    }
    w.lines(2, &["- [systemctl, daemon-reload]", "- [systemctl, enable, --now, docker.service]"]);
    w.line(2, &format!("- [systemctl, enable, --now, {}]", yaml(&format!("{name}.service"))));
    let notes = vec![
        "The user data is for Amazon Linux 2023; the instance needs an instance profile with the role, and no login.".to_owned(),
        "Demand IMDSv2 (HttpTokens: required). The daemon's client asks from the machine itself, so a hop limit of 1 is enough.".to_owned(),
    ];
    let files = vec![
        RecipeFile::pipeline("user-data.yaml", w.finish()),
        RecipeFile::pipeline(format!("{name}.service"), unit),
    ];
    Ok((files, notes))
}

fn unit(plan: &Plan, name: &str) -> String {
    let mut w = Writer::default();
    w.lines(0, &["[Unit]".to_owned(), format!("Description=Runs {}", plan.name)]);
    w.lines(
        0,
        &[
            "After=docker.service network-online.target",
            "Requires=docker.service",
            "Wants=network-online.target",
        ],
    );
    w.lines(
        0,
        &["", "[Service]", "Environment=DOCKER_CONFIG=/root/.docker AWS_ECR_CACHE_DIR=/var/cache/ecr-login"],
    );
    w.lines(0, &["CacheDirectory=ecr-login", "CacheDirectoryMode=0700"]);
    w.line(0, &format!("ExecStartPre=/usr/bin/docker pull --quiet {}", plan.image));
    w.line(0, &format!("ExecStart=/usr/bin/docker run --rm --name {name} {}", plan.image));
    w.line(0, &format!("ExecStop=/usr/bin/docker stop {name}"));
    w.lines(0, &["Restart=always", "RestartSec=10", "TimeoutStartSec=600"]);
    w.lines(0, &["", "[Install]", "WantedBy=multi-user.target"]);
    w.finish()
}
