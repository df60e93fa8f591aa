//! Whom a remedy of the catalogue fits: which registries, principals, purposes, CI systems and places.

use ecrpass_core::CallerKind;

use crate::finding::{Ci, Place, Purpose, Situation};

/// Whom a remedy fits.
#[derive(Clone, Copy, Debug)]
pub struct Fits {
    /// Those of this CI system.
    pub ci: Option<Ci>,
    /// Those of these registries.
    pub registries: Registries,
    /// These kinds of principal.
    pub who: Who,
    /// Who pulls, or who pushes.
    pub purpose: Option<Purpose>,
    /// A program or service that pulls by itself.
    pub place: Option<Place>,
    /// What the message has to say one of, in lower case, if there are any.
    pub said: &'static [&'static str],
    /// What it must not say.
    pub unsaid: &'static [&'static str],
    /// Those who pull on a node, or those who do not.
    pub on_node: Option<bool>,
    /// Those who were refused an action that only tools need, or those who were not.
    pub of_a_tool: Option<bool>,
}

impl Fits {
    /// Whether it fits what the message says, and the action that it says was refused.
    pub fn fits_what_was_said(&self, situation: &Situation) -> bool {
        let says = |texts: &[&str], said: &str| texts.iter().any(|text| said.contains(text));
        let is_said = match situation.said() {
            Some(said) => (self.said.is_empty() || says(self.said, said)) && !says(self.unsaid, said),
            None => self.said.is_empty(),
        };
        let is_of_a_tool = situation.is_of_a_tool() == Some(true);
        is_said && self.of_a_tool.is_none_or(|wanted| wanted == is_of_a_tool)
    }
}

/// Which registries a remedy fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registries {
    /// All of them.
    Any,
    /// Private ones.
    Private,
    /// ECR Public.
    Public,
    /// All of them, as it is about ECR Public whatever else is at hand.
    AtEcrPublic,
}

/// Which principals a remedy fits.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// All of them.
    Anybody,
    /// Those of these kinds.
    Kinds(&'static [CallerKind]),
    /// One that is not known.
    Unknown,
}

/// It fits everybody.
pub(super) const ALL: Fits = Fits {
    ci: None,
    registries: Registries::Any,
    who: Who::Anybody,
    purpose: None,
    place: None,
    said: &[],
    unsaid: &[],
    on_node: None,
    of_a_tool: None,
};
