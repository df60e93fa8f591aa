//! Putting images into the store without a client: straight in, or into the registry behind.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;

use crate::image_store::ImageStore;
use crate::server::{LocalEcr, registry};
use crate::state::State;
use crate::storage::repositories::{Manifest, RegistryId};
use crate::storage::settings::RegistrySettings;
use crate::storage::uploads::Finished;
use crate::test_image::{Blob, TinyImage, TinyIndex};

impl LocalEcr {
    /// Puts an image into a repository under a tag, creating the repository when it is not there; the digest.
    ///
    /// # Errors
    /// When the storage or the registry behind fails.
    pub fn put_image(
        &self,
        account: &str,
        region: &str,
        repository: &str,
        tag: &str,
        image: &TinyImage,
    ) -> io::Result<String> {
        self.publish(account, region, repository, tag, vec![image.clone()], None)
    }

    /// The same with an index and the images in it.
    ///
    /// # Errors
    /// When the storage or the registry behind fails.
    pub fn put_index(
        &self,
        account: &str,
        region: &str,
        repository: &str,
        tag: &str,
        index: &TinyIndex,
    ) -> io::Result<String> {
        let manifest = index.manifest().clone();
        self.publish(account, region, repository, tag, index.images().to_vec(), Some(manifest))
    }

    /// Makes an image of the built-in account and region look as if it had been pushed that long ago.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn backdate(&self, repository: &str, digest: &str, by: Duration) -> io::Result<()> {
        let registry = registry(self.account(), self.region());
        let at = self.now() - i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        self.state.repositories.set_pushed_at(&registry, repository, digest, at)
    }

    /// Puts every repository of the built-in region whose name begins so behind a pull-through cache rule.
    ///
    /// # Errors
    /// When the storage directory fails.
    pub fn add_cache_rule(&self, account: &str, prefix: &str, upstream: &str) -> io::Result<()> {
        let rule = json!({
            "ecrRepositoryPrefix": prefix,
            "upstreamRegistryUrl": upstream,
            "registryId": account,
            "createdAt": self.now(),
        });
        let add = |settings: &mut RegistrySettings| {
            settings.caches.insert(prefix.to_owned(), rule);
            Ok::<(), std::convert::Infallible>(())
        };
        self.state.repositories.edit_registry(&registry(account, self.region()), add).map(|_| ())
    }

    fn publish(
        &self,
        account: &str,
        region: &str,
        repository: &str,
        tag: &str,
        images: Vec<TinyImage>,
        index: Option<Blob>,
    ) -> io::Result<String> {
        self.create_repository_in(account, region, repository, false)?;
        let (registry, name, tag) = (registry(account, region), repository.to_owned(), tag.to_owned());
        let (sender, result) = mpsc::channel();
        let state = self.state.clone();
        let Some(runtime) = &self.runtime else { return Err(io::ErrorKind::NotConnected.into()) };
        // Not `block_on`, which a caller inside another runtime could not use.
        runtime.spawn(async move {
            let _ = sender.send(put(&state, &registry, &name, &tag, &images, index.as_ref()).await);
        });
        result.recv().map_err(io::Error::other)?
    }
}

async fn put(
    state: &State,
    registry: &RegistryId,
    name: &str,
    tag: &str,
    images: &[TinyImage],
    index: Option<&Blob>,
) -> io::Result<String> {
    let store = ImageStore::new(state, registry, name);
    let mut digest = String::new();
    for image in images {
        for blob in image.blobs() {
            store.put_blob(&blob.digest, Finished::Memory(blob.data.clone())).await?;
        }
        let tag = if index.is_none() { Some(tag) } else { None };
        digest = store.put_manifest(tag, &manifest(image.manifest())).await?;
    }
    if let Some(index) = index {
        digest = store.put_manifest(Some(tag), &manifest(index)).await?;
    }
    Ok(digest)
}

fn manifest(blob: &Blob) -> Manifest {
    Manifest { media_type: blob.media_type.to_owned(), body: blob.data.clone() }
}
