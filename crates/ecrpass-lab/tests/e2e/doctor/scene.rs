//! A user's sitting in which something is made to go wrong, and what such a fault is.

use std::time::Duration;

use anyhow::Result;
use ecrpass_lab::{Guard, HOST, Lab, Run, Session};
use ecrpass_local::{DEFAULT_ACCOUNT, TinyImage};

/// What docker does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `docker pull`.
    Pull,
    /// `docker push`.
    Push,
}

/// How the fault goes away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FixedBy {
    /// By the first command that doctor prints, run as it stands in the same shell.
    Command,
    /// By `doctor --fix`, and by the first command as well.
    DoctorFix,
    /// Not on this machine.
    Elsewhere,
}

/// A fault.
pub struct Fault {
    /// What is done, for messages.
    pub name: &'static str,
    /// The root cause.
    pub is: &'static str,
    /// What fails.
    pub action: Action,
    /// What fixes it.
    pub fixed_by: FixedBy,
    /// Brings it about.
    pub inject: for<'a> fn(&mut Scene<'a>) -> Result<()>,
}

/// A user's sitting in which something goes wrong.
pub struct Scene<'a> {
    /// The user.
    pub session: Session<'a>,
    /// What is disrupted around.
    pub guards: Vec<Guard<'a>>,
    /// The image.
    pub image: String,
    /// More arguments for doctor.
    pub arguments: String,
    /// How long docker may take, in seconds.
    pub patience: u32,
    /// How long programs remember the disruption.
    pub settles: Duration,
    /// Put in front of every command.
    pub prefix: String,
    /// What doctor has to say in its text, besides the cause.
    pub says: Option<&'static str>,
}

impl<'a> Scene<'a> {
    pub fn new(lab: &'a Lab) -> Result<Self> {
        lab.ecr.clear_faults();
        let session = Session::with_helper(lab)?;
        session.install_ecrpass()?;
        Ok(Self {
            session,
            guards: Vec::new(),
            image: format!("{HOST}/team/app:doctor"),
            arguments: String::new(),
            patience: 60,
            settles: Duration::ZERO,
            prefix: String::new(),
            says: None,
        })
    }

    /// Runs a command as this user.
    pub fn sh(&self, line: &str) -> Result<Run> {
        self.session.sh(&format!("{}{line}", self.prefix))
    }

    pub fn docker(&self, action: Action) -> String {
        let verb = if action == Action::Pull { "pull" } else { "push" };
        format!("timeout {} docker {verb} --quiet {}", self.patience, self.image)
    }

    pub fn doctor(&self, action: Action, more: &str) -> String {
        let purpose = if action == Action::Pull { "pull" } else { "push" };
        format!("ecrpass doctor {} --for {purpose} {} {more}", self.image, self.arguments)
    }
}

/// An image to pull, in the registry and nowhere else; and one to push, at the daemon.
pub fn publish(lab: &Lab) -> Result<()> {
    lab.ecr.put_image(DEFAULT_ACCOUNT, "us-east-1", "team/app", "doctor", &TinyImage::new("doctor"))?;
    let session = Session::new(lab)?;
    for image in ["team/app:doctor", "team/app:pushed", "team/absent:1", "team/locked:1"] {
        crate::clients::load(&session, &format!("{HOST}/{image}"))?;
    }
    Ok(())
}
