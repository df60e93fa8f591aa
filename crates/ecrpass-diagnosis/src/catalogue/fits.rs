//! Whom a remedy of the catalogue fits: which registries, principals, purposes, CI systems and places.

use ecrpass_core::CallerKind;

use crate::finding::{Ci, Place, Purpose};

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
pub(super) const ALL: Fits =
    Fits { ci: None, registries: Registries::Any, who: Who::Anybody, purpose: None, place: None };
