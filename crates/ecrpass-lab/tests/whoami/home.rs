//! One AWS home: files and variables, with names in the place of what the world gives.

/// A home. In files and variables stand `{{home}}` for its path, `{{key NAME}}` for the two settings of a key,
/// `{{id NAME}}`, `{{secret NAME}}` and `{{token NAME}}` for its parts, and `{{role NAME}}` for a role's ARN.
pub struct Home {
    pub name: String,
    pub files: Vec<(String, String)>,
    pub variables: Vec<(String, String)>,
    /// Whether instance metadata may be asked.
    pub instance: Instance,
}

/// What instance metadata is here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Instance {
    Off,
    Role,
    NoRole,
}

impl Home {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), files: Vec::new(), variables: Vec::new(), instance: Instance::Off }
    }

    #[must_use]
    pub fn file(mut self, path: &str, text: impl Into<String>) -> Self {
        self.files.push((path.to_owned(), text.into()));
        self
    }

    #[must_use]
    pub fn config(self, text: impl Into<String>) -> Self {
        self.file(".aws/config", text)
    }

    #[must_use]
    pub fn credentials(self, text: impl Into<String>) -> Self {
        self.file(".aws/credentials", text)
    }

    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn profile(self, name: &str) -> Self {
        self.set("AWS_PROFILE", name)
    }

    /// The key of the environment.
    #[must_use]
    pub fn keys(self) -> Self {
        self.set("AWS_ACCESS_KEY_ID", "{{id env}}").set("AWS_SECRET_ACCESS_KEY", "{{secret env}}")
    }

    #[must_use]
    pub fn instance(mut self, instance: Instance) -> Self {
        self.instance = instance;
        self
    }
}
