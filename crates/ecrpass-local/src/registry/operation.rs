//! Which registry operation a method and a path are, and which IAM action it takes.

use hyper::Method;

use crate::storage::repositories::RegistryId;

/// A request to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The repository; empty where there is none.
    pub(crate) repository: String,
    pub(crate) kind: OperationKind,
    pub(crate) head: bool,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OperationKind {
    Ping,
    Catalog,
    ListTags,
    GetManifest(String),
    PutManifest(String),
    DeleteManifest(String),
    HeadBlob(String),
    GetBlob(String),
    StartUpload,
    UploadStatus(String),
    UploadChunk(String),
    FinishUpload(String),
    CancelUpload(String),
    Referrers(String),
    Unknown,
}

impl Operation {
    pub(crate) fn parse(method: &Method, path: &str) -> Self {
        let head = method == Method::HEAD;
        let other = |kind| Self { repository: String::new(), kind, head };
        let Some(rest) = path.strip_prefix("/v2").map(|rest| rest.strip_prefix('/').unwrap_or(rest)) else {
            return other(OperationKind::Unknown);
        };
        match (rest, method) {
            ("", &Method::GET | &Method::HEAD) => return other(OperationKind::Ping),
            ("_catalog", &Method::GET) => return other(OperationKind::Catalog),
            _ => {}
        }
        // The last match: a repository may be called `a/blobs/b`.
        let split = |word: &str| rest.rsplit_once(word).map(|(name, last)| (name, last.to_owned()));
        let found = if let Some((name, "")) = split("/tags/list").as_ref().map(|(n, r)| (*n, r.as_str())) {
            Some((name, by_method(method, &[(Method::GET, OperationKind::ListTags)])))
        } else if let Some((name, id)) = split("/blobs/uploads/") {
            Some((name, upload(method, id)))
        } else if let Some(name) = rest.strip_suffix("/blobs/uploads") {
            Some((name, upload(method, String::new())))
        } else if let Some((name, digest)) = split("/blobs/") {
            let kinds = [
                (Method::HEAD, OperationKind::HeadBlob(digest.clone())),
                (Method::GET, OperationKind::GetBlob(digest)),
            ];
            Some((name, by_method(method, &kinds)))
        } else if let Some((name, digest)) = split("/referrers/") {
            Some((name, by_method(method, &[(Method::GET, OperationKind::Referrers(digest))])))
        } else {
            split("/manifests/").map(|(name, reference)| {
                let kinds = [
                    (Method::GET, OperationKind::GetManifest(reference.clone())),
                    (Method::HEAD, OperationKind::GetManifest(reference.clone())),
                    (Method::PUT, OperationKind::PutManifest(reference.clone())),
                    (Method::DELETE, OperationKind::DeleteManifest(reference)),
                ];
                (name, by_method(method, &kinds))
            })
        };
        match found {
            Some((name, kind)) if !name.is_empty() => Self { repository: name.to_owned(), kind, head },
            _ => other(OperationKind::Unknown),
        }
    }

    /// What the call log calls it.
    pub(crate) fn name(&self) -> &'static str {
        match &self.kind {
            OperationKind::Ping => "Ping",
            OperationKind::Catalog => "Catalog",
            OperationKind::ListTags => "ListTags",
            OperationKind::GetManifest(_) if self.head => "HeadManifest",
            OperationKind::GetManifest(_) => "GetManifest",
            OperationKind::PutManifest(_) => "PutManifest",
            OperationKind::DeleteManifest(_) => "DeleteManifest",
            OperationKind::HeadBlob(_) => "HeadBlob",
            OperationKind::GetBlob(_) => "GetBlob",
            OperationKind::StartUpload => "StartUpload",
            OperationKind::UploadStatus(_) => "UploadStatus",
            OperationKind::UploadChunk(_) => "UploadChunk",
            OperationKind::FinishUpload(_) => "FinishUpload",
            OperationKind::CancelUpload(_) => "CancelUpload",
            OperationKind::Referrers(_) => "Referrers",
            OperationKind::Unknown => "Unknown",
        }
    }

    /// The IAM action it takes; `None` for what only authenticates.
    pub(crate) fn action(&self, registry: &RegistryId) -> Option<String> {
        let action = match &self.kind {
            OperationKind::Ping | OperationKind::Unknown => return None,
            OperationKind::Catalog => "DescribeRepositories",
            OperationKind::ListTags => "ListImages",
            OperationKind::GetManifest(_) | OperationKind::Referrers(_) => "BatchGetImage",
            OperationKind::PutManifest(_) => "PutImage",
            OperationKind::DeleteManifest(_) => "BatchDeleteImage",
            OperationKind::HeadBlob(_) => "BatchCheckLayerAvailability",
            OperationKind::GetBlob(_) => "GetDownloadUrlForLayer",
            OperationKind::StartUpload => "InitiateLayerUpload",
            OperationKind::UploadChunk(_)
            | OperationKind::UploadStatus(_)
            | OperationKind::CancelUpload(_) => "UploadLayerPart",
            OperationKind::FinishUpload(_) => "CompleteLayerUpload",
        };
        let service = if *registry == RegistryId::Public { "ecr-public" } else { "ecr" };
        Some(format!("{service}:{action}"))
    }

    /// Whether anybody may do it on ECR Public.
    pub(crate) fn is_pull(&self) -> bool {
        matches!(
            self.kind,
            OperationKind::GetManifest(_)
                | OperationKind::GetBlob(_)
                | OperationKind::HeadBlob(_)
                | OperationKind::ListTags
                | OperationKind::Referrers(_)
        )
    }

    /// Whether it is the first step of a push, which may create the repository.
    pub(crate) fn may_create(&self) -> bool {
        matches!(self.kind, OperationKind::StartUpload | OperationKind::PutManifest(_))
    }
}

fn upload(method: &Method, id: String) -> OperationKind {
    if id.is_empty() {
        return by_method(method, &[(Method::POST, OperationKind::StartUpload)]);
    }
    by_method(
        method,
        &[
            (Method::GET, OperationKind::UploadStatus(id.clone())),
            (Method::PATCH, OperationKind::UploadChunk(id.clone())),
            (Method::PUT, OperationKind::FinishUpload(id.clone())),
            (Method::DELETE, OperationKind::CancelUpload(id)),
        ],
    )
}

fn by_method(method: &Method, kinds: &[(Method, OperationKind)]) -> OperationKind {
    kinds.iter().find(|(known, _)| known == method).map_or(OperationKind::Unknown, |(_, kind)| kind.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_understood() {
        for (method, path, name, repository) in [
            (Method::GET, "/v2/", "Ping", ""),
            (Method::GET, "/v2", "Ping", ""),
            (Method::GET, "/v2/_catalog", "Catalog", ""),
            (Method::GET, "/v2/a/b/tags/list", "ListTags", "a/b"),
            (Method::HEAD, "/v2/a/manifests/latest", "HeadManifest", "a"),
            (Method::PUT, "/v2/a/manifests/sha256:1", "PutManifest", "a"),
            (Method::GET, "/v2/a/blobs/b/blobs/sha256:1", "GetBlob", "a/blobs/b"),
            (Method::POST, "/v2/a/blobs/uploads/", "StartUpload", "a"),
            (Method::POST, "/v2/a/blobs/uploads", "StartUpload", "a"),
            (Method::PATCH, "/v2/a/blobs/uploads/id", "UploadChunk", "a"),
            (Method::PUT, "/v2/a/blobs/uploads/id", "FinishUpload", "a"),
            (Method::DELETE, "/v2/a/blobs/sha256:1", "Unknown", "a"),
            (Method::GET, "/v2/a/referrers/sha256:1", "Referrers", "a"),
            (Method::GET, "/v2//manifests/x", "Unknown", ""),
            (Method::GET, "/v1/_ping", "Unknown", ""),
        ] {
            let operation = Operation::parse(&method, path);
            assert_eq!((operation.name(), operation.repository.as_str()), (name, repository), "{path}");
        }
    }
}
