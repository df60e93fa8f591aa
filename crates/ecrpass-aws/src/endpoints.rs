//! The VPC endpoints for ECR of a VPC, with their policies: one call of EC2. The SDK's crate of EC2 is larger than all the
//! others together, so the request is put together here, and signed, sent and read by what the SDK's own clients use.

use std::time::SystemTime;

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};
use ecrpass_core::Partition;
use ecrpass_credentials::aws_call::ServiceError;

use crate::registry_api::{ApiFailure, RegistryApi};
use crate::sdk::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT};

const OPERATION: &str = "DescribeVpcEndpoints";

/// The version of EC2's API.
const VERSION: &str = "2016-11-15";

/// More pages than this are no answer about one VPC, which has two endpoints for ECR.
const MAX_PAGES: usize = 20;

/// A VPC endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VpcEndpoint {
    /// Its id: `vpce-0a1b2c3d`.
    pub id: String,
    /// The service: `com.amazonaws.eu-west-1.ecr.dkr`.
    pub service: String,
    /// The text of its policy; none where it has none, which allows everything.
    pub policy: Option<String>,
}

impl VpcEndpoint {
    /// Whether it is the one for ECR's API, else it is the one for what clients ask the registry.
    pub fn is_for_api(&self) -> bool {
        self.service.ends_with(".ecr.api")
    }
}

type Failure = SdkError<ErrorMetadata, HttpResponse>;

impl RegistryApi<'_> {
    /// The endpoints for ECR of a VPC in a region.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn vpc_endpoints(&self, region: &str, vpc: &str) -> Result<Vec<VpcEndpoint>, ApiFailure> {
        let mut found = Vec::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let form = form(region, vpc, token.as_deref());
            let (page, next) = self.ask(OPERATION, self.post_to_ec2(region, form))?;
            found.extend(page);
            token = next.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn post_to_ec2(
        &self,
        region: &str,
        form: String,
    ) -> Result<(Vec<VpcEndpoint>, Option<String>), Failure> {
        let url = self.endpoint_for("ec2").unwrap_or_else(|| {
            let partition = Partition::of_region(region).unwrap_or(Partition::Aws);
            format!("https://ec2.{region}.{}/", partition.dns_suffix())
        });
        let request = self.signed(&url, region, form).await?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(ATTEMPT_TIMEOUT)
            .build();
        let connector = self.http().connector(&settings, Some(SharedAsyncSleep::new(TokioSleep::new())));
        let response = connector.call(request).await.map_err(SdkError::dispatch_failure)?;
        let body = response.body().bytes().unwrap_or_default();
        if !response.status().is_success() {
            let error = ServiceError::parse(None, body);
            let status = response.status().as_u16().to_string();
            let (code, message) = error.map_or((status, String::new()), |error| (error.code, error.message));
            let error = ErrorMetadata::builder().code(code).message(message).build();
            return Err(SdkError::service_error(error, response));
        }
        parse(&String::from_utf8_lossy(body)).map_err(|error| SdkError::response_error(error, response))
    }

    async fn signed(&self, url: &str, region: &str, form: String) -> Result<HttpRequest, Failure> {
        let provider = self.credentials_provider().ok_or_else(|| failure("there are no credentials"))?;
        let identity = provider.provide_credentials().await.map_err(failure)?.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("ec2")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(failure)?
            .into();
        let kind = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let body = SignableBody::Bytes(form.as_bytes());
        let signable = SignableRequest::new("POST", url, [kind].into_iter(), body).map_err(failure)?;
        let (instructions, _) = sign(signable, &params).map_err(failure)?.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(form.as_str()));
        request.set_method("POST").map_err(failure)?;
        request.set_uri(url).map_err(failure)?;
        let headers = request.headers_mut();
        for (name, value) in [kind].into_iter().chain(instructions.headers()) {
            headers.try_insert(name.to_owned(), value.to_owned()).map_err(failure)?;
        }
        Ok(request)
    }
}

fn failure(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    SdkError::construction_failure(error)
}

/// The call, in the query protocol. Source: EC2 API Reference, "DescribeVpcEndpoints".
fn form(region: &str, vpc: &str, token: Option<&str>) -> String {
    let services = ["ecr.api", "ecr.dkr"].map(|end| format!("com.amazonaws.{region}.{end}"));
    let [api, registry] = &services;
    let fields = [
        ("Action", OPERATION),
        ("Version", VERSION),
        ("Filter.1.Name", "service-name"),
        ("Filter.1.Value.1", api),
        ("Filter.1.Value.2", registry),
        ("Filter.2.Name", "vpc-id"),
        ("Filter.2.Value.1", vpc),
    ];
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    if let Some(token) = token {
        form.append_pair("NextToken", token);
    }
    form.finish()
}

/// The endpoints of an answer, and the token of the next page.
fn parse(text: &str) -> Result<(Vec<VpcEndpoint>, Option<String>), XmlDecodeError> {
    let mut document = Document::new(text);
    let mut root = document.root_element()?;
    let (mut endpoints, mut token) = (Vec::new(), None);
    while let Some(mut tag) = root.next_tag() {
        match tag.start_el().local() {
            "vpcEndpointSet" => {
                while let Some(mut item) = tag.next_tag() {
                    endpoints.push(endpoint(&mut item)?);
                }
            }
            "nextToken" => token = Some(try_data(&mut tag)?.into_owned()),
            _ => {}
        }
    }
    Ok((endpoints, token))
}

fn endpoint(item: &mut ScopedDecoder<'_, '_>) -> Result<VpcEndpoint, XmlDecodeError> {
    let mut endpoint = VpcEndpoint::default();
    while let Some(mut tag) = item.next_tag() {
        match tag.start_el().local() {
            "vpcEndpointId" => endpoint.id = try_data(&mut tag)?.into_owned(),
            "serviceName" => endpoint.service = try_data(&mut tag)?.into_owned(),
            "policyDocument" => endpoint.policy = Some(try_data(&mut tag)?.into_owned()),
            _ => {}
        }
    }
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As EC2 answers, shortened. Source: EC2 API Reference, "DescribeVpcEndpoints", example response.
    const ANSWER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeVpcEndpointsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>0c4a2f5e</requestId>
  <vpcEndpointSet>
    <item>
      <vpcEndpointId>vpce-1</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType><vpcId>vpc-7</vpcId>
      <serviceName>com.amazonaws.eu-west-1.ecr.api</serviceName>
      <policyDocument>{&quot;Statement&quot;: [{&quot;Effect&quot;: &quot;Allow&quot;}]}</policyDocument>
      <subnetIdSet><item>subnet-1</item></subnetIdSet>
    </item>
    <item><vpcEndpointId>vpce-2</vpcEndpointId><serviceName>com.amazonaws.eu-west-1.ecr.dkr</serviceName></item>
  </vpcEndpointSet>
  <nextToken>more</nextToken>
</DescribeVpcEndpointsResponse>"#;

    #[test]
    fn an_answer_is_read() {
        let (endpoints, token) = parse(ANSWER).unwrap();
        let [api, registry] = endpoints.as_slice() else { panic!("{endpoints:?}") };
        assert!(api.is_for_api() && !registry.is_for_api());
        assert_eq!(api.id, "vpce-1");
        assert_eq!(api.policy.as_deref(), Some(r#"{"Statement": [{"Effect": "Allow"}]}"#));
        assert_eq!((registry.policy.as_deref(), token.as_deref()), (None, Some("more")));
        for cut in 0..ANSWER.len() {
            let _ = parse(&ANSWER[..cut]);
        }
    }

    #[test]
    fn the_form_names_region_and_vpc() {
        let form = form("cn-north-1", "vpc-7", Some("a+b"));
        assert!(form.contains("com.amazonaws.cn-north-1.ecr.dkr"), "{form}");
        assert!(form.ends_with("Filter.2.Value.1=vpc-7&NextToken=a%2Bb"), "{form}");
    }
}
