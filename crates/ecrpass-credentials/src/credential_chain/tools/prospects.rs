//! What only the machine can tell about a source that was picked: whether its sign-in, its token file, its program and
//! its endpoint are there.

use std::path::Path;

use ecrpass_core::command_line::word;
use ecrpass_core::environment::Environment;
use ecrpass_core::time::EpochSeconds;

use super::pick::{Base, Pick, Spoiled};
use crate::credential_chain::surroundings::Surroundings;

/// What became of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// Nobody looked.
    Unknown,
    /// There is none.
    Missing,
    /// It ended, and cannot be renewed without the user.
    Ended,
    /// It lasts, or is renewed by the tool; until then, where that is known.
    Lasts(Option<EpochSeconds>),
}

/// What instance metadata says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instance {
    /// Nobody asked.
    NotAsked,
    /// Nobody answers.
    Absent,
    /// It answers, and the instance has no role.
    NoRole,
    /// The instance has this role.
    Role(String),
}

impl Instance {
    /// Whether it gives credentials, as far as is known.
    fn may_answer(&self) -> bool {
        matches!(self, Self::NotAsked | Self::Role(_))
    }
}

/// What the machine says about sources.
pub struct Prospects<'a> {
    /// Now.
    pub now: EpochSeconds,
    /// The sign-in to IAM Identity Center of that session or start URL.
    pub sso: &'a dyn Fn(&str) -> SignIn,
    /// The sign-in of `aws login` of that session.
    pub login: &'a dyn Fn(&str) -> SignIn,
    /// The instance's role; asked for only where a tool would ask too.
    pub instance: &'a dyn Fn() -> Instance,
}

impl Prospects<'_> {
    /// Whether instance metadata gives credentials.
    pub(super) fn instance_answers(&self) -> bool {
        (self.instance)().may_answer()
    }

    /// Where nobody looked.
    pub fn unknown(now: EpochSeconds) -> Prospects<'static> {
        Prospects {
            now,
            sso: &|_| SignIn::Unknown,
            login: &|_| SignIn::Unknown,
            instance: &|| Instance::NotAsked,
        }
    }

    /// Why what was picked gives no credentials, where that can be told without asking anybody.
    pub(super) fn check(&self, s: &Surroundings<'_>, pick: &Pick) -> Result<(), String> {
        let of = pick.base_profile.as_ref().map(|name| format!(" --profile {}", word(name)));
        let of = of.unwrap_or_default();
        match &pick.base {
            Base::WebIdentity { token_file, .. } => match s.token_file(token_file) {
                Some(_) => Ok(()),
                None => Err(format!("the web identity's token file {token_file} cannot be read")),
            },
            Base::Sso { sign_in, .. } => match (self.sso)(sign_in) {
                SignIn::Missing => {
                    Err(format!("nobody is signed in to IAM Identity Center: aws sso login{of}"))
                }
                SignIn::Ended => {
                    Err(format!("the IAM Identity Center session has expired: aws sso login{of}"))
                }
                SignIn::Unknown | SignIn::Lasts(_) => Ok(()),
            },
            Base::Login { session } => match (self.login)(session) {
                SignIn::Missing => Err(format!("there is no login session: aws login{of}")),
                SignIn::Ended => Err(format!("the login session has ended: aws login{of}")),
                SignIn::Unknown | SignIn::Lasts(_) => Ok(()),
            },
            Base::Process { command } => match missing_program(s.environment, command) {
                Some(program) => Err(format!("`credential_process` runs {program}, which is not there")),
                None => Ok(()),
            },
            Base::Container => self.container(s),
            Base::Key { spoiled: Some(Spoiled::Unsendable(part)), .. } => Err(format!(
                "the {part} of the key holds a line end or the like, so that no request can be made"
            )),
            Base::Key { .. } | Base::InstanceMetadata => Ok(()),
        }
    }

    /// Why the container endpoint cannot be asked.
    pub(super) fn container(&self, s: &Surroundings<'_>) -> Result<(), String> {
        let name = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
        match s.environment.nonempty_var(name) {
            Some(path) if s.token_file(&path).is_none() => {
                Err(format!("{name} names {path}, which cannot be read"))
            }
            _ => Ok(()),
        }
    }
}

/// The program of a command line that is certainly not there. What a shell would have to take apart is not judged.
fn missing_program(environment: &dyn Environment, command: &str) -> Option<String> {
    let program = command.split_whitespace().next()?;
    if program.contains(['"', '\'', '\\', '$', '`', '~', '=', '(', '|', '&', ';', '<', '>']) {
        return None;
    }
    let missing = if program.contains('/') {
        let read = environment.file(Path::new(program));
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    } else {
        environment.all_on_path(program).is_empty() && !BUILT_IN.contains(&program)
    };
    missing.then(|| program.to_owned())
}

/// Words that a shell knows by itself.
const BUILT_IN: [&str; 6] = ["cat", "echo", "printf", "exec", "eval", "command"];
