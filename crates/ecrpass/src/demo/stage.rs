//! The world the tour plays in: a home, a docker configuration, a local ECR, all in one temporary directory.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use ecrpass_core::environment::Environment;
use ecrpass_core::{AuthorizationToken, Secret};
use ecrpass_local::{LocalEcr, TinyImage};
use tempfile::TempDir;

use crate::error::CommandError;

/// The repository and tag that are pushed.
pub const REPOSITORY: &str = "team/app";
/// The tag.
pub const TAG: &str = "demo";

/// The stage.
pub struct Stage {
    /// The ECR.
    pub ecr: LocalEcr,
    directory: TempDir,
    registry: String,
    /// `PATH` of whoever runs the tour.
    path: String,
    /// Windows programs do not start without it.
    system_root: Option<String>,
    /// AWS settings of the moment.
    aws: Vec<(String, String)>,
    /// The password that `login` gives.
    pub login_password: Secret,
    /// The image, as a file that clients load.
    pub archive: PathBuf,
    /// The image itself, for the built-in client.
    pub image: TinyImage,
}

impl Stage {
    /// Builds the stage.
    ///
    /// # Errors
    /// When there is no room for it, or no port.
    pub fn build(environment: &dyn Environment) -> Result<Self, CommandError> {
        let directory = tempfile::Builder::new().prefix("ecrpass-demo-").tempdir().map_err(|error| {
            CommandError::could_not_run(
                format!("No temporary directory can be made: {error}."),
                "set TMPDIR to a directory that can be written",
            )
        })?;
        let ecr = LocalEcr::start().map_err(|error| {
            CommandError::could_not_run(error.to_string(), "free a port on 127.0.0.1, then try again")
        })?;
        ecr.create_repository(REPOSITORY)?;
        let registry = ecr.registry_address();
        let image = TinyImage::new("Pushed by ecrpass demo.\n");
        let archive = directory.path().join("image.tar");
        for name in ["home", "home/.docker", "bin", "run"] {
            fs::create_dir_all(directory.path().join(name))?;
        }
        fs::write(&archive, image.docker_archive(&format!("{registry}/{REPOSITORY}:{TAG}")))?;
        let stage = Self {
            ecr,
            registry,
            path: environment.var("PATH").unwrap_or_default(),
            system_root: environment.var("SYSTEMROOT"),
            aws: Vec::new(),
            login_password: Secret::default(),
            archive,
            image,
            directory,
        };
        stage.install_helper()?;
        stage.fence_in()?;
        // What makes the helper see an ECR behind 127.0.0.1.
        fs::write(
            stage.path("config.toml"),
            format!(
                "[[registry]]\nhost = \"{}\"\nalias_of = \"{}\"\n",
                stage.registry,
                stage.ecr.registry_host()
            ),
        )?;
        Ok(stage)
    }

    /// Leaves the directory behind.
    pub fn keep(&mut self) {
        self.directory.disable_cleanup(true);
    }

    /// The stage's directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The registry as clients name it.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The image as clients name it.
    pub fn reference(&self) -> String {
        format!("{}/{REPOSITORY}:{TAG}", self.registry)
    }

    /// A path on the stage.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    /// The helper is this very program under its other name.
    fn install_helper(&self) -> Result<(), CommandError> {
        let program = env::current_exe()?;
        let link = self.path(&format!("bin/docker-credential-ecr-login{}", env::consts::EXE_SUFFIX));
        #[cfg(unix)]
        std::os::unix::fs::symlink(&program, &link)?;
        #[cfg(not(unix))]
        fs::copy(&program, &link).map(drop)?;
        Ok(())
    }

    /// What keeps podman and skopeo on the stage: run by root they would otherwise lock, log and cache in the
    /// machine's own `/run`, `/dev/shm` and `/var/lib`.
    fn fence_in(&self) -> Result<(), CommandError> {
        let path = |name: &str| self.path(name).display().to_string();
        // `{:?}` writes a TOML string.
        let settings = format!(
            "[engine]\ntmp_dir = {:?}\nstatic_dir = {:?}\nvolume_path = {:?}\nimage_copy_tmp_dir = {:?}\nevents_logger = \"none\"\nlock_type = \"file\"\n\n[network]\nnetwork_config_dir = {:?}\n",
            path("run/libpod"),
            path("podman/libpod"),
            path("podman/volumes"),
            path("run"),
            path("run/networks"),
        );
        fs::write(self.path("containers.conf"), settings)?;
        let policy = self.path("home/.config/containers");
        fs::create_dir_all(&policy)?;
        // The machine's policy may be missing, or refuse unsigned images.
        fs::write(policy.join("policy.json"), "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n")?;
        Ok(())
    }

    /// Whether it is root who runs the tour; the directory is ours, so its owner tells.
    pub fn is_root(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            fs::metadata(self.directory()).is_ok_and(|metadata| metadata.uid() == 0)
        }
        #[cfg(not(unix))]
        false
    }

    /// Writes the docker configuration.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn docker_config(&self, value: &serde_json::Value) -> Result<(), CommandError> {
        Ok(fs::write(self.path("home/.docker/config.json"), format!("{value:#}\n"))?)
    }

    /// A docker configuration with that password under `auths`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn with_stored_login(&self, password: &Secret) -> Result<(), CommandError> {
        let auth = AuthorizationToken::encode("AWS", password);
        self.docker_config(&serde_json::json!({"auths": {&self.registry: {"auth": auth.expose()}}}))
    }

    /// A docker configuration that names the helper.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn with_helper(&self) -> Result<(), CommandError> {
        self.docker_config(&serde_json::json!({"credHelpers": {&self.registry: "ecr-login"}}))
    }

    /// AWS settings that lead to the local ECR, without credentials.
    pub fn without_credentials(&mut self) {
        let secret = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        self.aws = self.ecr.env();
        self.aws.retain(|(name, _)| !secret.contains(&name.as_str()));
        self.set_aws("AWS_EC2_METADATA_DISABLED", "true");
    }

    /// AWS settings with the local ECR's own key.
    pub fn with_credentials(&mut self) {
        self.aws = self.ecr.env();
    }

    /// One AWS setting.
    pub fn set_aws(&mut self, name: &str, value: &str) {
        self.aws.retain(|(other, _)| other != name);
        self.aws.push((name.to_owned(), value.to_owned()));
    }

    /// The environment of everything that is run on the stage: nothing of the machine's AWS or docker set-up.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.display().to_string();
        let mut path = vec![self.path("bin")];
        path.extend(env::split_paths(&self.path));
        let path = env::join_paths(path).unwrap_or_default().to_string_lossy().into_owned();
        let mut variables = vec![
            ("PATH".to_owned(), path),
            ("HOME".to_owned(), text(self.path("home"))),
            ("USERPROFILE".to_owned(), text(self.path("home"))),
            ("DOCKER_CONFIG".to_owned(), text(self.path("home/.docker"))),
            ("XDG_RUNTIME_DIR".to_owned(), text(self.path("run"))),
            ("ECRPASS_CONFIG".to_owned(), text(self.path("config.toml"))),
            ("TMPDIR".to_owned(), text(self.directory().to_owned())),
            ("CONTAINERS_CONF".to_owned(), text(self.path("containers.conf"))),
        ];
        if self.is_root() {
            // The only way to have containers/image keep root's cache of seen blobs in the home.
            variables.push(("_CONTAINERS_ROOTLESS_UID".to_owned(), "1".to_owned()));
        }
        variables.extend(self.system_root.clone().map(|value| ("SYSTEMROOT".to_owned(), value)));
        variables.extend(self.aws.clone());
        variables
    }
}
