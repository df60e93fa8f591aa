//! Copies of the helper that other products bring, and put back at their updates.
//!
//! Sources: docker/for-mac#6180, #6986, #7109 (Docker Desktop leads `/usr/local/bin/docker-credential-ecr-login` to its own
//! at every update); rancher-sandbox/rancher-desktop, which puts `~/.rd/bin` first on `PATH`.

/// Where products keep their helpers; `~` is the user's home.
pub const BUNDLED: [&str; 9] = [
    "/Applications/Docker.app/Contents/Resources/bin",
    "/Applications/Rancher Desktop.app/Contents/Resources/resources/darwin/bin",
    "/opt/docker-desktop/bin",
    "/opt/rancher-desktop/resources/resources/linux/bin",
    "~/.rd/bin",
    "~/.docker/bin",
    r"C:\Program Files\Docker\Docker\resources\bin",
    r"C:\Program Files\Rancher Desktop\resources\resources\win32\bin",
    "/mnt/c/Program Files/Docker/Docker/resources/bin",
];

/// The product that a path belongs to.
pub fn product(path: &str) -> Option<&'static str> {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let has = |part: &str| path.contains(part);
    if has("/docker.app/") || has("/docker/docker/") || has("/docker-desktop/") || has("/.docker/bin/") {
        Some("Docker Desktop")
    } else if has("/.rd/bin/") || has("/rancher desktop") || has("/rancher-desktop/") {
        Some("Rancher Desktop")
    } else if has("/.orbstack/") || has("/orbstack.app/") {
        Some("OrbStack")
    } else {
        None
    }
}
