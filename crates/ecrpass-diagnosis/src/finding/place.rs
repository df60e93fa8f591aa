//! Where something runs that no person starts in a shell: there nobody can type the commands of a laptop.

/// A program or service that pulls by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // their names
pub enum Place {
    AppRunner,
    ArgoCd,
    EcsAgent,
    Flux,
    GitlabRunner,
    ImageUpdater,
    Watchtower,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::AppRunner,
        Self::ArgoCd,
        Self::EcsAgent,
        Self::Flux,
        Self::GitlabRunner,
        Self::ImageUpdater,
        Self::Watchtower,
    ];

    /// The name in findings.
    pub const fn id(self) -> &'static str {
        match self {
            Self::AppRunner => "app-runner",
            Self::ArgoCd => "argo-cd",
            Self::EcsAgent => "ecs-agent",
            Self::Flux => "flux",
            Self::GitlabRunner => "gitlab-runner",
            Self::ImageUpdater => "argocd-image-updater",
            Self::Watchtower => "watchtower",
        }
    }

    /// The one of that name.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.id() == id)
    }
}
