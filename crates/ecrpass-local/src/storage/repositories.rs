//! Repositories, their tags, manifests and blobs.
//!
//! Blobs are stored once; each repository remembers which of them are its own, because a registry must not hand
//! out a layer to whoever only knows its digest.

use std::io;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use ecrpass_core::ImageReference;
use ecrpass_core::hex::is_sha256;
use ecrpass_core::time::EpochSeconds;

use super::objects::{Objects, Opened};
use super::settings::RegistrySettings;
pub(crate) use super::settings::Repository;
use super::uploads::{Finished, Uploads};

/// Which registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegistryId {
    Private { account: String, region: String },
    Public,
}

impl RegistryId {
    /// What ECR calls the registry id.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Private { account, .. } => account,
            Self::Public => "public",
        }
    }

    /// ECR's sentence about a repository that is not there.
    pub(crate) fn missing(&self, name: &str) -> String {
        format!("The repository with name '{name}' does not exist in the registry with id '{}'", self.id())
    }

    fn key(&self) -> String {
        match self {
            Self::Private { account, region } => format!("repositories/{account}/{region}/"),
            Self::Public => "repositories/public/".to_owned(),
        }
    }
}

/// A manifest as it was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) media_type: String,
    pub(crate) body: Bytes,
}

/// Everything stored.
#[derive(Debug)]
pub(crate) struct Repositories {
    objects: Objects,
    pub(crate) uploads: Uploads,
    /// Held while settings are read, changed and written.
    editing: Mutex<()>,
}

impl Repositories {
    pub(crate) fn new(objects: Objects) -> Self {
        let uploads = match &objects {
            Objects::Memory(_) => Uploads::in_memory(),
            Objects::Directory(root) => Uploads::in_directory(root.join("uploads")),
        };
        Self { objects, uploads, editing: Mutex::default() }
    }

    pub(crate) fn repository(&self, registry: &RegistryId, name: &str) -> io::Result<Option<Repository>> {
        if !is_repository_name(name) {
            return Ok(None);
        }
        let Some(data) = self.objects.get(&settings_key(registry, name))? else { return Ok(None) };
        serde_json::from_slice(&data).map(Some).map_err(io::Error::other)
    }

    /// Creates a repository; false when it is there already.
    pub(crate) fn create(&self, registry: &RegistryId, repository: &Repository) -> io::Result<bool> {
        let _alone = self.alone();
        if self.repository(registry, &repository.name)?.is_some() {
            return Ok(false);
        }
        self.update(registry, repository)?;
        Ok(true)
    }

    /// Changes a repository's settings, and says what the change says; `None` where there is no such repository.
    pub(crate) fn edit<T>(
        &self,
        registry: &RegistryId,
        name: &str,
        change: impl FnOnce(&mut Repository) -> T,
    ) -> io::Result<Option<T>> {
        let _alone = self.alone();
        let Some(mut repository) = self.repository(registry, name)? else { return Ok(None) };
        let told = change(&mut repository);
        self.update(registry, &repository)?;
        Ok(Some(told))
    }

    /// What a registry has for all its repositories.
    pub(crate) fn registry_settings(&self, registry: &RegistryId) -> io::Result<RegistrySettings> {
        let Some(data) = self.objects.get(&registry_key(registry))? else {
            return Ok(RegistrySettings::default());
        };
        serde_json::from_slice(&data).map_err(io::Error::other)
    }

    /// Changes it, and says what the change says; what ends in an error changes nothing.
    pub(crate) fn edit_registry<T, E>(
        &self,
        registry: &RegistryId,
        change: impl FnOnce(&mut RegistrySettings) -> Result<T, E>,
    ) -> io::Result<Result<T, E>> {
        let _alone = self.alone();
        let mut settings = self.registry_settings(registry)?;
        let told = change(&mut settings);
        if told.is_ok() {
            let data = serde_json::to_vec(&settings).map_err(io::Error::other)?;
            self.objects.put(&registry_key(registry), data.into())?;
        }
        Ok(told)
    }

    /// Removes a repository with all its images; false when there is none.
    pub(crate) fn delete(&self, registry: &RegistryId, name: &str) -> io::Result<bool> {
        let _alone = self.alone();
        let is_there = self.repository(registry, name)?.is_some();
        for folder in ["_tags/", "_manifests/", "_pushed/", "_blobs/"] {
            for object in self.objects.list(&key(registry, name, folder))? {
                self.objects.remove(&key(registry, name, &format!("{folder}{object}")))?;
            }
        }
        self.objects.remove(&settings_key(registry, name))?;
        Ok(is_there)
    }

    fn alone(&self) -> std::sync::MutexGuard<'_, ()> {
        self.editing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a repository's settings.
    pub(crate) fn update(&self, registry: &RegistryId, repository: &Repository) -> io::Result<()> {
        let data = serde_json::to_vec(repository).map_err(io::Error::other)?;
        self.objects.put(&settings_key(registry, &repository.name), data.into())
    }

    /// All repositories of a registry, by name.
    pub(crate) fn list(&self, registry: &RegistryId) -> io::Result<Vec<Repository>> {
        let keys = self.objects.list(&registry.key())?;
        let names = keys.iter().filter_map(|key| key.strip_suffix("/_repository"));
        let mut found = Vec::new();
        for name in names {
            found.extend(self.repository(registry, name)?);
        }
        Ok(found)
    }

    pub(crate) fn tags(&self, registry: &RegistryId, name: &str) -> io::Result<Vec<String>> {
        self.objects.list(&key(registry, name, "_tags/"))
    }

    /// The digest a tag points at.
    pub(crate) fn tag(&self, registry: &RegistryId, name: &str, tag: &str) -> io::Result<Option<String>> {
        if !is_tag(tag) {
            return Ok(None);
        }
        let digest = self.objects.get(&key(registry, name, &format!("_tags/{tag}")))?;
        Ok(digest.map(|digest| String::from_utf8_lossy(&digest).into_owned()))
    }

    pub(crate) fn put_tag(
        &self,
        registry: &RegistryId,
        name: &str,
        tag: &str,
        digest: &str,
    ) -> io::Result<()> {
        self.objects.put(&key(registry, name, &format!("_tags/{tag}")), digest.to_owned().into())
    }

    pub(crate) fn remove_tag(&self, registry: &RegistryId, name: &str, tag: &str) -> io::Result<bool> {
        Ok(is_tag(tag) && self.objects.remove(&key(registry, name, &format!("_tags/{tag}")))?)
    }

    /// The digests of all manifests.
    pub(crate) fn manifests(&self, registry: &RegistryId, name: &str) -> io::Result<Vec<String>> {
        let keys = self.objects.list(&key(registry, name, "_manifests/"))?;
        Ok(keys.into_iter().map(|hex| format!("sha256:{hex}")).collect())
    }

    pub(crate) fn manifest(
        &self,
        registry: &RegistryId,
        name: &str,
        digest: &str,
    ) -> io::Result<Option<Manifest>> {
        let Some(key) = manifest_key(registry, name, digest) else { return Ok(None) };
        let Some(data) = self.objects.get(&key)? else { return Ok(None) };
        // The media type stands in the first line.
        let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
        let media_type = String::from_utf8_lossy(data.get(..end).unwrap_or_default()).into_owned();
        Ok(Some(Manifest { media_type, body: data.slice((end + 1).min(data.len())..) }))
    }

    pub(crate) fn put_manifest(
        &self,
        registry: &RegistryId,
        name: &str,
        digest: &str,
        manifest: &Manifest,
        at: EpochSeconds,
    ) -> io::Result<()> {
        let key = manifest_key(registry, name, digest).ok_or(io::ErrorKind::InvalidInput)?;
        self.set_pushed_at(registry, name, digest, at)?;
        let mut data = manifest.media_type.replace('\n', "").into_bytes();
        data.push(b'\n');
        data.extend_from_slice(&manifest.body);
        self.objects.put(&key, data.into())
    }

    /// When a manifest was pushed.
    pub(crate) fn pushed_at(
        &self,
        registry: &RegistryId,
        name: &str,
        digest: &str,
    ) -> io::Result<Option<EpochSeconds>> {
        let Some(key) = pushed_key(registry, name, digest) else { return Ok(None) };
        Ok(self.objects.get(&key)?.and_then(|data| std::str::from_utf8(&data).ok()?.parse().ok()))
    }

    pub(crate) fn set_pushed_at(
        &self,
        registry: &RegistryId,
        name: &str,
        digest: &str,
        at: EpochSeconds,
    ) -> io::Result<()> {
        let key = pushed_key(registry, name, digest).ok_or(io::ErrorKind::InvalidInput)?;
        self.objects.put(&key, at.to_string().into())
    }

    /// Removes a manifest and the tags that point at it.
    pub(crate) fn remove_manifest(
        &self,
        registry: &RegistryId,
        name: &str,
        digest: &str,
    ) -> io::Result<bool> {
        let Some(key) = manifest_key(registry, name, digest) else { return Ok(false) };
        for tag in self.tags(registry, name)? {
            if self.tag(registry, name, &tag)?.as_deref() == Some(digest) {
                self.remove_tag(registry, name, &tag)?;
            }
        }
        self.objects.remove(&key)
    }

    /// Whether the repository has the blob.
    pub(crate) fn has_blob(&self, registry: &RegistryId, name: &str, digest: &str) -> io::Result<bool> {
        match hex_of(digest) {
            Some(hex) => self.objects.exists(&key(registry, name, &format!("_blobs/{hex}"))),
            None => Ok(false),
        }
    }

    /// Opens a blob, whichever repository it is in.
    pub(crate) async fn open_blob(&self, digest: &str) -> io::Result<Option<Opened>> {
        match hex_of(digest) {
            Some(hex) => self.objects.open(&format!("blobs/{hex}")).await,
            None => Ok(None),
        }
    }

    /// Makes a blob that is stored already a blob of this repository too.
    pub(crate) fn link_blob(&self, registry: &RegistryId, name: &str, digest: &str) -> io::Result<()> {
        let hex = hex_of(digest).ok_or(io::ErrorKind::InvalidInput)?;
        self.objects.put(&key(registry, name, &format!("_blobs/{hex}")), Bytes::new())
    }

    /// Stores a finished upload as a blob of this repository.
    pub(crate) fn store_blob(
        &self,
        registry: &RegistryId,
        name: &str,
        digest: &str,
        content: Finished,
    ) -> io::Result<()> {
        let hex = hex_of(digest).ok_or(io::ErrorKind::InvalidInput)?;
        let blob = format!("blobs/{hex}");
        match content {
            Finished::Memory(data) => self.objects.put(&blob, data)?,
            Finished::File(part) => self.objects.adopt(part.path(), &blob)?,
        }
        self.link_blob(registry, name, digest)
    }
}

/// Whether ECR takes this as a repository name.
pub(crate) fn is_repository_name(name: &str) -> bool {
    ImageReference::parse(&format!("localhost/{name}"))
        .is_ok_and(|image| image.repository == name && image.tag.is_none() && image.digest.is_none())
}

/// Whether this is a tag.
pub(crate) fn is_tag(tag: &str) -> bool {
    ImageReference::parse(&format!("localhost/name:{tag}"))
        .is_ok_and(|image| image.tag.as_deref() == Some(tag) && image.digest.is_none())
}

/// The digits of a `sha256:` digest, the only kind ECR takes.
pub(crate) fn hex_of(digest: &str) -> Option<&str> {
    digest.strip_prefix("sha256:").filter(|hex| is_sha256(hex))
}

/// A component of a repository's name never begins with an underscore, so these keys cannot meet a repository's.
fn key(registry: &RegistryId, name: &str, rest: &str) -> String {
    format!("{}{name}/{rest}", registry.key())
}

fn settings_key(registry: &RegistryId, name: &str) -> String {
    key(registry, name, "_repository")
}

fn manifest_key(registry: &RegistryId, name: &str, digest: &str) -> Option<String> {
    Some(key(registry, name, &format!("_manifests/{}", hex_of(digest)?)))
}

fn pushed_key(registry: &RegistryId, name: &str, digest: &str) -> Option<String> {
    Some(key(registry, name, &format!("_pushed/{}", hex_of(digest)?)))
}

fn registry_key(registry: &RegistryId) -> String {
    format!("registries/{}", registry.key().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place() {
        for name in ["..", "../x", "a/../b", "/a", "a/", "a//b", "_tags/x", "A", "a:b", "a@b", "a b", ""] {
            assert!(!is_repository_name(name), "{name}");
        }
        assert!(is_repository_name("team/app"));
        for tag in ["..", "a/b", "", "a:b", "a@sha256:x"] {
            assert!(!is_tag(tag), "{tag}");
        }
        assert!(is_tag("v1.2_3-x"));
        assert_eq!(hex_of("sha256:../../etc/passwd"), None);
    }

    #[test]
    fn repositories_do_not_mix() {
        let store = Repositories::new(Objects::memory());
        let here = RegistryId::Private { account: "1".to_owned(), region: "r".to_owned() };
        let there = RegistryId::Private { account: "2".to_owned(), region: "r".to_owned() };
        let repository = Repository::new("a/b", 1, true);
        assert!(store.create(&here, &repository).unwrap());
        assert!(!store.create(&here, &repository).unwrap());
        assert_eq!(store.list(&here).unwrap(), [repository]);
        assert!(store.list(&there).unwrap().is_empty());
        assert_eq!(store.repository(&here, "a").unwrap(), None);

        let digest = format!("sha256:{}", "a".repeat(64));
        let manifest = Manifest { media_type: "m/t".to_owned(), body: Bytes::from_static(b"{\n}") };
        store.put_manifest(&here, "a/b", &digest, &manifest, 7).unwrap();
        assert_eq!(store.pushed_at(&here, "a/b", &digest).unwrap(), Some(7));
        store.put_tag(&here, "a/b", "v1", &digest).unwrap();
        assert_eq!(store.manifest(&here, "a/b", &digest).unwrap(), Some(manifest));
        assert_eq!(store.manifests(&here, "a/b").unwrap(), std::slice::from_ref(&digest));
        assert_eq!(store.tags(&here, "a/b").unwrap(), ["v1"]);
        assert!(store.remove_manifest(&here, "a/b", &digest).unwrap());
        assert!(store.tags(&here, "a/b").unwrap().is_empty());
    }
}
