//! Objects of a bucket: their names, page by page, and their bytes, piece by piece. A piece is as large as an answer may
//! be, so that memory stays flat and a lost connection costs one piece.

use std::fmt;
use std::io::{self, Read};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, Region};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};

use crate::registry_api::{ApiFailure, RegistryApi};

/// How much is asked for at a time, in bytes.
const PIECE: u64 = 1024 * 1024;

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// How large it is, in bytes.
    pub size: u64,
}

/// Some of a bucket's objects.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The objects, in the order of their keys.
    pub objects: Vec<Object>,
    /// What the next page is asked for with; none after the last.
    next: Option<String>,
}

/// A bucket that can be listed.
pub struct Bucket<'a> {
    api: &'a RegistryApi<'a>,
    client: Client,
    name: String,
    prefix: String,
}

impl fmt::Debug for Bucket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> Bucket<'a> {
    /// Finds a bucket, in whatever region it is, and lists the first of its objects whose keys begin with a prefix.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn open(api: &'a RegistryApi<'a>, name: &str, prefix: &str) -> Result<(Self, Page), ApiFailure> {
        let mut bucket = Self { api, client: api.s3(None), name: name.to_owned(), prefix: prefix.to_owned() };
        let mut region = None;
        match bucket.list(None, &mut region) {
            Ok(page) => Ok((bucket, page)),
            // S3 says in which region it is, whatever else it says.
            Err(failure) => {
                let Some(region) = region else { return Err(failure) };
                bucket.client = api.s3(Some(&region));
                let page = bucket.list(None, &mut None)?;
                Ok((bucket, page))
            }
        }
    }

    /// The page after another; none after the last.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn after(&self, page: &Page) -> Result<Option<Page>, ApiFailure> {
        let Some(next) = page.next.as_deref() else { return Ok(None) };
        self.list(Some(next), &mut None).map(Some)
    }

    /// An object's bytes, from the first on.
    pub fn reader(&self, object: Object) -> ObjectReader<'_> {
        ObjectReader { bucket: self, object, asked: 0, piece: io::Cursor::default() }
    }

    fn list(&self, token: Option<&str>, region: &mut Option<String>) -> Result<Page, ApiFailure> {
        let call = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(&self.prefix)
            .set_continuation_token(token.map(str::to_owned));
        let asked = async {
            let answer = call.send().await;
            *region = answer.as_ref().err().and_then(told_region);
            answer
        };
        self.api.forget();
        let answer = self.api.ask("ListObjectsV2", asked)?;
        Ok(Page { objects: objects(&answer), next: answer.next_continuation_token })
    }

    /// The bytes of an object from some place on: as many as an answer holds.
    fn piece(&self, object: &Object, from: u64) -> Result<Vec<u8>, ApiFailure> {
        let to = (from + PIECE).min(object.size).saturating_sub(1);
        let call =
            self.client.get_object().bucket(&self.name).key(&object.key).range(format!("bytes={from}-{to}"));
        self.api.forget();
        let answer = self.api.ask("GetObject", call.send())?;
        // The answer is in memory already.
        let body = self.api.wait(answer.body.collect());
        Ok(body.map(|body| body.to_vec()).unwrap_or_default())
    }
}

impl RegistryApi<'_> {
    /// A client of S3 in a region, otherwise in the one that was asked for.
    fn s3(&self, region: Option<&str>) -> Client {
        let mut builder = Builder::from(self.config());
        if let Some(region) = region {
            builder.set_region(Some(Region::new(region.to_owned())));
        }
        // Names of buckets are part of a host name with AWS alone.
        let is_elsewhere = self.endpoint_for("s3").is_some();
        Client::from_conf(builder.force_path_style(is_elsewhere).build())
    }
}

fn objects(answer: &ListObjectsV2Output) -> Vec<Object> {
    let object = |object: &aws_sdk_s3::types::Object| {
        let size = object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
        Some(Object { key: object.key()?.to_owned(), size })
    };
    // What consoles make to show an empty directory is none.
    answer.contents().iter().filter_map(object).filter(|object| !object.key.ends_with('/')).collect()
}

/// The region of a bucket, as S3 says it with every answer.
fn told_region(error: &SdkError<ListObjectsV2Error>) -> Option<String> {
    let region = error.raw_response()?.headers().get("x-amz-bucket-region")?;
    let is_region = region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_region.then(|| region.to_owned())
}

/// Reads an object.
pub struct ObjectReader<'a> {
    bucket: &'a Bucket<'a>,
    object: Object,
    asked: u64,
    piece: io::Cursor<Vec<u8>>,
}

impl fmt::Debug for ObjectReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectReader").field("object", &self.object).finish_non_exhaustive()
    }
}

impl Read for ObjectReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let is_read = self.piece.position() >= self.piece.get_ref().len() as u64;
        if is_read && self.asked < self.object.size {
            let piece = self.bucket.piece(&self.object, self.asked);
            let piece = piece.map_err(|failure| io::Error::new(io::ErrorKind::ConnectionAborted, failure))?;
            if piece.is_empty() {
                return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "S3 sent less than there is"));
            }
            self.asked += piece.len() as u64;
            self.piece = io::Cursor::new(piece);
        }
        self.piece.read(buffer)
    }
}
