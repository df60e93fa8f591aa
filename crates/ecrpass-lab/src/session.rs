//! One user's sitting in the world: a home, a docker configuration, AWS settings, and commands run with them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::lab::Lab;

/// What a command left behind.
#[derive(Debug)]
pub struct Run {
    /// The command, for messages.
    pub command: String,
    /// Whether it ended with status 0.
    pub success: bool,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Run {
    /// Both outputs.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Fails unless the command succeeded.
    pub fn ok(&self) -> Result<&Self> {
        if !self.success {
            bail!("`{}` failed:\n{}", self.command, self.text());
        }
        Ok(self)
    }

    /// Fails unless the command failed and its output holds `text`.
    pub fn refused(&self, text: &str) -> Result<&Self> {
        if self.success {
            bail!("`{}` should have failed:\n{}", self.command, self.text());
        }
        self.says(text)
    }

    /// Fails unless the output holds `text`.
    pub fn says(&self, text: &str) -> Result<&Self> {
        if !self.text().contains(text) {
            bail!("`{}` does not say `{text}`:\n{}", self.command, self.text());
        }
        Ok(self)
    }

    /// Fails if the output holds `text`.
    pub fn does_not_say(&self, text: &str) -> Result<&Self> {
        if self.text().contains(text) {
            bail!("`{}` says `{text}`:\n{}", self.command, self.text());
        }
        Ok(self)
    }
}

/// A user's sitting.
pub struct Session<'a> {
    /// The world it is in.
    pub lab: &'a Lab,
    home: TempDir,
    variables: Vec<(String, String)>,
}

impl<'a> Session<'a> {
    /// A new user without AWS credentials, docker configuration or helper.
    ///
    /// # Errors
    /// When the home cannot be made.
    pub fn new(lab: &'a Lab) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("home").tempdir_in(&lab.directory)?;
        let session = Self { lab, home, variables: Vec::new() };
        fs::create_dir_all(session.path("bin"))?;
        Ok(session)
    }

    /// A user with the ECR's own key, the helper on `PATH`, and the helper named for every registry of the world.
    ///
    /// # Errors
    /// When the home cannot be made.
    pub fn with_helper(lab: &'a Lab) -> Result<Self> {
        let mut session = Self::new(lab)?;
        session.credentials();
        session.install_helper()?;
        let hosts = [
            "123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "999999999999.dkr.ecr.us-east-1.amazonaws.com",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "public.ecr.aws",
        ];
        let helpers: Vec<String> = hosts.iter().map(|host| format!("\"{host}\": \"ecr-login\"")).collect();
        session.docker_config(&format!("{{\"credHelpers\": {{{}}}}}", helpers.join(", ")))?;
        Ok(session)
    }

    /// Puts the helper on `PATH`.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn install_helper(&self) -> Result<()> {
        symlink(&self.lab.helper, self.path("bin/docker-credential-ecr-login"))
            .context("cannot link the helper")
    }

    /// Puts `ecrpass` on `PATH`.
    ///
    /// # Errors
    /// When it was not built.
    pub fn install_ecrpass(&self) -> Result<()> {
        anyhow::ensure!(
            self.lab.ecrpass.is_file(),
            "there is no ecrpass: cargo build --workspace --bin ecrpass"
        );
        symlink(&self.lab.ecrpass, self.path("bin/ecrpass")).context("cannot link ecrpass")
    }

    /// Exports the ECR's own access key.
    pub fn credentials(&mut self) {
        let key = self.lab.ecr.access_key().clone();
        self.set("AWS_ACCESS_KEY_ID", &key.id);
        self.set("AWS_SECRET_ACCESS_KEY", key.secret.expose());
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Unsets a variable.
    pub fn unset(&mut self, name: &str) {
        self.variables.retain(|(other, _)| other != name);
    }

    /// A path in the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file in the home.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        fs::write(&path, content)?;
        Ok(path)
    }

    /// Writes a program in the home.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn script(&self, name: &str, content: &str) -> Result<PathBuf> {
        let path = self.write(name, content)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }

    /// Writes the docker configuration, which podman and the others read too.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn docker_config(&self, content: &str) -> Result<()> {
        self.write(".docker/config.json", content).map(drop)
    }

    /// The environment of a command.
    pub fn environment(&self) -> Vec<(String, String)> {
        let home = self.home.path().display().to_string();
        let mut variables = vec![
            ("HOME".to_owned(), home.clone()),
            (
                "PATH".to_owned(),
                format!("{home}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ),
            ("DOCKER_HOST".to_owned(), format!("unix://{}", self.lab.socket().display())),
            ("XDG_RUNTIME_DIR".to_owned(), home),
            ("STORAGE_DRIVER".to_owned(), "vfs".to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ];
        variables.extend(self.variables.clone());
        variables
    }

    /// Runs a shell command line.
    ///
    /// # Errors
    /// When the shell cannot be run.
    pub fn sh(&self, line: &str) -> Result<Run> {
        let output = Command::new("/bin/sh")
            .args(["-c", line])
            .current_dir(self.home.path())
            .env_clear()
            .envs(self.environment())
            .stdin(Stdio::null())
            .output()
            .context("cannot run /bin/sh")?;
        Ok(Run {
            command: line.to_owned(),
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
