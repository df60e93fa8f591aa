//! The docker plugin's steps: `docker.withRegistry`, `docker.build(…).push(…)`.

use crate::deed::What;
use crate::known::Known;
use crate::pipeline::jenkins::agent;
use crate::pipeline::jenkins::settings::setting;
use crate::pipeline::jenkins::steps::Walk;
use crate::pipeline::jenkins::tree::{Call, Value};
use crate::pipeline::model::{StepKind, Uses};

impl Walk<'_> {
    /// `docker.withRegistry(url, 'ecr:REGION:ID') { … }`: logs in with a configuration of its own.
    pub(super) fn with_registry(&mut self, call: &Call) {
        let values = &self.around.values;
        let inside = call.at(0).and_then(|argument| match &argument.value {
            Value::List(items) => Some(items.as_slice()),
            _ => None,
        });
        let find = |name: &str, index: usize| {
            let listed =
                inside.and_then(|items| items.iter().find(|item| item.name.as_deref() == Some(name)));
            listed.or_else(|| call.named(name)).or_else(|| call.at(index).filter(|_| inside.is_none()))
        };
        let (url, credential) = (find("url", 0), find("credentialsId", 1));
        let host = values.argument(url);
        let credential_value = values.argument(credential);
        let region = agent::ecr_region(&credential_value).unwrap_or(Known::Unknown);
        let inputs = [("url", url), ("credentialsId", credential)];
        let inputs = inputs.into_iter().filter_map(|(name, argument)| {
            let argument = argument?;
            Some(setting(name, &argument.value, values.value(&argument.value), &argument.bytes))
        });
        let bytes = call.bytes.start
            ..call.arguments.last().map_or(call.bytes.start + call.name.len(), |last| last.bytes.end);
        let uses = Uses {
            name: "docker.withRegistry".to_owned(),
            version: None,
            bytes: bytes.clone(),
            inputs: inputs.collect(),
        };
        let user = Known::Unknown;
        let login =
            What::Login { client: "docker".to_owned(), host: host.clone(), user, region, to_all: false };
        self.other_step(bytes, vec![login], StepKind::Uses(uses));
        self.within(call, |around| around.registry = Some(host));
    }

    /// The image that a call makes: `docker.build('name')`, `docker.image('name')`.
    pub(super) fn image(&self, call: &Call) -> Option<Known> {
        let is_image = matches!(call.name.as_str(), "docker.build" | "docker.image");
        is_image.then(|| self.around.values.argument(call.at(0)))
    }

    /// `app.push('tag')`
    pub(super) fn push(&mut self, call: &Call) {
        let object = call.name.rsplit_once('.').map(|(object, _)| object.to_owned());
        let image = object.and_then(|object| self.around.values.images.get(&object).cloned());
        if let Some(image) = image {
            self.push_of(image, call);
        }
    }

    pub(super) fn push_of(&mut self, image: Known, call: &Call) {
        let tag = call.at(0).map(|argument| self.around.values.value(&argument.value));
        // Source: docker-workflow `Docker.groovy#Image.push`: the tag replaces that of the name.
        let name = image.map(|image| without_tag(image).to_owned());
        let image = match tag {
            Some(tag) => Known::concat([&name, &Known::Exactly(":".to_owned()), &tag]),
            None => image,
        };
        let image = match &self.around.registry {
            Some(registry) => {
                let host = registry.map(|url| {
                    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
                    url.split('/').next().unwrap_or(url).to_owned()
                });
                let named =
                    image.alternatives().all(|image| host.alternatives().any(|host| image.starts_with(host)));
                if named { image } else { Known::concat([&host, &Known::Exactly("/".to_owned()), &image]) }
            }
            None => image,
        };
        let what = What::Push { client: "docker".to_owned(), image };
        self.other_step(call.bytes.clone(), vec![what], StepKind::Other);
    }
}

fn without_tag(image: &str) -> &str {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') && !tag.contains('}') => name,
        _ => image,
    }
}
