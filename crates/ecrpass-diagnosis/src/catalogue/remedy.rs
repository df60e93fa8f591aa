//! What fixes a cause, as entries of the catalogue declare it: whom it fits, what it does, and how it is put into words
//! or a command for the case at hand.

use std::borrow::Cow;

use ecrpass_core::{CallerKind, Placeholder, Template};

use super::fits::ALL;
pub use super::fits::{Fits, Registries, Who};
pub use super::own::Own;
use crate::finding::{Action, Applicability, Ci, Edit, Fix, FixExtent, Place, Purpose, Situation};

/// Something that fixes a cause.
#[derive(Clone, Copy, Debug)]
pub struct Remedy {
    /// What it does.
    pub summary: Template,
    /// How it is done.
    pub way: Way,
    /// Whether `ecrpass fix` does it without asking.
    pub automatic: bool,
    /// Whether it only shows something, and fixes nothing.
    pub looks: bool,
    /// Whom it fits.
    pub fits: Fits,
}

/// How a remedy is done.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// As the summary says.
    ByHand,
    /// By a command.
    Run(Template),
    /// By a text in a file of that kind.
    Edit(&'static str, Template),
    /// By a command of ours.
    Own(Own),
}

/// A command that fixes it.
pub const fn run(summary: &'static str, command: &'static str) -> Remedy {
    shared(summary, Template::new(command))
}

/// A command that only shows something: it confirms, and fixes nothing.
pub const fn look(summary: &'static str, command: &'static str) -> Remedy {
    let mut remedy = run(summary, command);
    remedy.looks = true;
    remedy
}

/// A command that fixes it, which others say too.
pub const fn shared(summary: &'static str, command: Template) -> Remedy {
    Remedy {
        summary: Template::new(summary),
        way: Way::Run(command),
        automatic: false,
        looks: false,
        fits: ALL,
    }
}

/// A command of ours that fixes it.
pub const fn own(summary: &'static str, command: Own) -> Remedy {
    let looks = matches!(
        command,
        Own::Audit
            | Own::Doctor
            | Own::Fix(FixExtent::DryRun)
            | Own::Resolve
            | Own::ResolveForAll
            | Own::Status
            | Own::Whoami
    );
    Remedy { summary: Template::new(summary), way: Way::Own(command), automatic: false, looks, fits: ALL }
}

/// Something to do without a command.
pub const fn by_hand(summary: &'static str) -> Remedy {
    Remedy { summary: Template::new(summary), way: Way::ByHand, automatic: false, looks: false, fits: ALL }
}

/// A text that a file has to have.
pub const fn edit(summary: &'static str, file: &'static str, text: &'static str) -> Remedy {
    Remedy {
        summary: Template::new(summary),
        way: Way::Edit(file, Template::new(text)),
        automatic: false,
        looks: false,
        fits: ALL,
    }
}

/// A text that the pipelines of one CI system have to have.
pub const fn in_ci(ci: Ci, summary: &'static str, text: &'static str) -> Remedy {
    let mut remedy = edit(summary, ci.title(), text);
    remedy.fits.ci = Some(ci);
    remedy
}

/// Something `ecrpass fix` does.
pub const fn automatic(summary: &'static str) -> Remedy {
    let mut remedy = own(summary, Own::Fix(FixExtent::Safe));
    remedy.automatic = true;
    remedy
}

/// How commands begin that ask AWS, a cluster, a registry or a service, or are run on a node.
const SHOW_OTHERS: [&str; 8] = [
    "aws ",
    "docker buildx imagetools ",
    "ecrpass trail ",
    "gh ",
    "journalctl -u kubelet",
    "kubectl ",
    "ps -o args= -C kubelet",
    "sudo crictl ",
];

/// How those of them begin that show with whose credentials they are run.
const SHOW_OWN_CREDENTIALS: [&str; 5] = [
    "aws configure ",
    "aws ecr get-authorization-token ",
    "aws ecr-public get-authorization-token ",
    "aws ecr-public get-login-password ",
    "aws sts get-caller-identity",
];

/// What a confirming command is introduced with.
const CONFIRM: &str = "check whether this is the cause";

/// A command that tells a cause from others that look the same.
pub const fn confirm(command: &'static str) -> Remedy {
    look(CONFIRM, command)
}

/// A command of ours that tells a cause from others that look the same.
pub const fn confirm_by(command: Own) -> Remedy {
    own(CONFIRM, command)
}

impl Remedy {
    /// It is for this CI system alone.
    pub const fn for_ci(mut self, ci: Ci) -> Self {
        self.fits.ci = Some(ci);
        self
    }

    /// It is for private registries alone.
    pub const fn private(mut self) -> Self {
        self.fits.registries = Registries::Private;
        self
    }

    /// It is for ECR Public alone.
    pub const fn public(mut self) -> Self {
        self.fits.registries = Registries::Public;
        self
    }

    /// It is about ECR Public, whatever else is at hand.
    pub const fn at_ecr_public(mut self) -> Self {
        self.fits.registries = Registries::AtEcrPublic;
        self
    }

    /// It is for callers of these kinds alone.
    pub const fn for_callers(mut self, kinds: &'static [CallerKind]) -> Self {
        self.fits.who = Who::Kinds(kinds);
        self
    }

    /// It is for this program or service alone.
    pub const fn at(mut self, place: Place) -> Self {
        self.fits.place = Some(place);
        self
    }

    /// It is for the case that nobody knows who calls.
    pub const fn for_unknown_caller(mut self) -> Self {
        self.fits.who = Who::Unknown;
        self
    }

    /// It is for messages alone that say one of these, in lower case.
    pub const fn if_said(mut self, texts: &'static [&'static str]) -> Self {
        self.fits.said = texts;
        self
    }

    /// It is for messages alone that say none of these, in lower case.
    pub const fn unless_said(mut self, texts: &'static [&'static str]) -> Self {
        self.fits.unsaid = texts;
        self
    }

    /// It is for those alone who pull on a node; with `false`, for those who log in by themselves.
    pub const fn on_node(mut self, only: bool) -> Self {
        self.fits.on_node = Some(only);
        self
    }

    /// It is for those alone who were refused an action that only tools need; with `false`, for the others.
    pub const fn for_tools(mut self, only: bool) -> Self {
        self.fits.of_a_tool = Some(only);
        self
    }

    /// It is for pulls alone.
    pub const fn when_pulling(mut self) -> Self {
        self.fits.purpose = Some(Purpose::Pull);
        self
    }

    /// It is for pushes alone.
    pub const fn when_pushing(mut self) -> Self {
        self.fits.purpose = Some(Purpose::Push);
        self
    }

    /// Whether it is for this case.
    pub fn is_for(&self, situation: &Situation) -> bool {
        let fits = &self.fits;
        // Nobody types a command there, and no file of a user's is read.
        let alone = situation.place().is_some();
        let node = situation.client().is_of_a_node() || alone;
        if alone && matches!(self.way, Way::Own(Own::Setup | Own::Fix(_) | Own::Status)) {
            return false;
        }
        // What a node has is not in the files of whoever reads this.
        if node && matches!(self.way, Way::Own(Own::Fix(FixExtent::Safe | FixExtent::Unsafe))) {
            return false;
        }
        let needs_client = match self.way {
            Way::Run(template) | Way::Edit(_, template) => {
                node && [Placeholder::Login, Placeholder::Logout].iter().any(|hole| template.mentions(*hole))
                    || situation.registry().is_some()
                        && situation.setup().is_none()
                        && template.mentions(Placeholder::Setup)
            }
            Way::Own(Own::Setup) => situation.registry().is_some() && situation.setup().is_none(),
            _ => false,
        };
        let who = match (fits.who, situation.principal()) {
            (Who::Anybody, _) => true,
            (Who::Kinds(kinds), Some(principal)) => kinds.contains(&principal.kind),
            (Who::Unknown, None) => true,
            _ => false,
        };
        !needs_client
            && who
            && fits.fits_what_was_said(situation)
            && fits.on_node.is_none_or(|wanted| wanted == node)
            && (fits.ci.is_none() || fits.ci == situation.ci())
            && (fits.place.is_none() || fits.place == situation.place())
            && match fits.registries {
                Registries::Any | Registries::AtEcrPublic => true,
                // What is not known to be ECR Public is likely private.
                Registries::Private => situation.is_public() != Some(true),
                Registries::Public => situation.is_public() == Some(true),
            }
            && fits.purpose.is_none_or(|purpose| situation.purpose().is_none_or(|known| known == purpose))
    }

    /// Whether it shows something of whoever runs it: of that machine, its network, its files or its credentials. It says
    /// nothing of an image that is pulled elsewhere.
    pub fn shows_who_runs_it(&self) -> bool {
        match self.way {
            Way::Own(own) => !matches!(own, Own::Audit),
            Way::Run(template) => {
                let command = template.shown();
                let begins = |beginnings: &[&str]| beginnings.iter().any(|begin| command.starts_with(begin));
                !begins(&SHOW_OTHERS) || begins(&SHOW_OWN_CREDENTIALS)
            }
            Way::ByHand | Way::Edit(..) => false,
        }
    }

    /// The case as this remedy sees it: some are about ECR Public, whatever else is at hand.
    fn at_its_registry<'a>(&self, situation: &'a Situation) -> Cow<'a, Situation> {
        match self.fits.registries {
            Registries::AtEcrPublic => Cow::Owned(situation.at_ecr_public()),
            Registries::Any | Registries::Private | Registries::Public => Cow::Borrowed(situation),
        }
    }

    /// How to do it, in instructions: what is known of the case is filled in, and the rest is left open as `<host>`.
    pub fn filled(&self, situation: &Situation) -> Option<String> {
        let situation = &*self.at_its_registry(situation);
        let value = |hole| situation.value(hole);
        match self.way {
            Way::ByHand => None,
            Way::Run(template) | Way::Edit(_, template) => Some(template.filled(&value)),
            Way::Own(own) => Some(own.template().filled(&value)),
        }
    }

    /// What to do in this case. What cannot be put into a command is named as missing.
    pub fn fix(&self, situation: &Situation) -> Fix {
        let situation = &*self.at_its_registry(situation);
        let value = |hole| situation.value(hole);
        let summary = self.summary.sentence(&value);
        let action = match self.way {
            Way::ByHand => Ok(Action::Advice),
            Way::Run(template) => template.command(&value).map(Action::Run),
            Way::Edit(file, template) => {
                template.command(&value).map(|text| Action::Edit(Edit { file, text }))
            }
            Way::Own(own) => {
                own.for_case(situation).map(Action::Ecrpass).ok_or_else(|| vec![Placeholder::Host])
            }
        };
        match action {
            Ok(action) => {
                let applicability = match (&action, self.automatic) {
                    (_, true) => Applicability::Safe,
                    (Action::Advice, _) => Applicability::Manual,
                    _ => Applicability::Unsafe,
                };
                Fix { looks: self.looks, ..Fix::new(summary, applicability, action) }
            }
            Err(missing) => {
                let summary = format!("{summary} ({})", not_known(&missing));
                Fix { looks: self.looks, ..Fix::by_hand(summary) }
            }
        }
    }

    /// The same, where somebody reads it beside the place in a file: a command of which something is missing is told with
    /// its gaps. It is no command then: nobody is to paste it.
    pub fn fix_with_gaps(&self, situation: &Situation) -> Fix {
        let fix = self.fix(situation);
        match (self.way, self.filled(situation)) {
            (Way::Run(_), Some(form)) if fix.action == Action::Advice => {
                let value = |hole| situation.value(hole);
                let summary = self.summary.sentence(&value);
                let missing = fix.summary.strip_prefix(&summary).unwrap_or_default();
                Fix { summary: format!("{summary}: {form}{missing}"), ..fix }
            }
            _ => fix,
        }
    }

    /// The command or text as people read it on a page, where nothing is known.
    pub(super) fn shown(&self) -> Option<String> {
        // Of ECR Public all is known.
        if self.fits.registries == Registries::AtEcrPublic {
            return self.fix(&Situation::default()).command();
        }
        match self.way {
            Way::ByHand => None,
            Way::Run(template) | Way::Edit(_, template) => Some(template.shown()),
            Way::Own(own) => Some(own.template().shown()),
        }
    }
}

/// What is missing, in words.
fn not_known(missing: &[Placeholder]) -> String {
    let mut words: Vec<&str> = missing.iter().map(|hole| hole.words()).collect();
    words.dedup();
    format!("not known here: {}", words.join(", "))
}
