//! The header `user-agent` of requests to DynamoDB.

use aws_runtime::user_agent::UserAgentInterceptor;
use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
        },
    },
    error::BoxError,
    meta::PKG_VERSION,
};
use aws_smithy_runtime_api::client::interceptors::disable_interceptor;

/// Sends one `user-agent` instead of the two headers that the SDK writes for each request, with the features that the
/// request uses. Those and the second header, which is signed, would take 6 % of the instructions of a warm request.
#[derive(Debug)]
pub(crate) struct UserAgent(String);

impl UserAgent {
    /// The SDK and its version. CloudTrail shows them.
    pub(crate) fn new() -> Self {
        Self(format!("aws-sdk-rust api/dynamodb/{PKG_VERSION}"))
    }
}

impl Intercept for UserAgent {
    fn name(&self) -> &'static str {
        "UserAgent"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        configuration: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let disabled = disable_interceptor::<UserAgentInterceptor>("UserAgent writes the header");
        configuration.interceptor_state().store_put(disabled);
        Ok(())
    }

    // After the signature, which does not cover the header.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        headers.try_insert("user-agent", self.0.clone())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{Client, config::Credentials};
    use sdk_http_client::{Roots, SdkHttpClient};
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::TcpListener,
    };

    use super::*;
    use crate::connection::configuration;

    #[tokio::test]
    async fn a_request_of_a_function_has_the_user_agent_and_no_other_headers_about_the_sdk() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let credentials = Credentials::new("key", "secret", None, None, "test");
        let client = Client::from_conf(
            configuration("eu-central-1", credentials, Some(&endpoint))
                .http_client(SdkHttpClient::new(Roots::amazon_trust_services()))
                .build(),
        );

        let (tables, head) = tokio::join!(client.list_tables().send(), answer(listener));

        assert_eq!(tables.unwrap().table_names(), ["users"]);
        let user_agents: Vec<_> = head.iter().filter(|line| line.contains("agent")).collect();
        let expected = format!("user-agent: aws-sdk-rust api/dynamodb/{PKG_VERSION}");
        assert_eq!(user_agents, [&expected], "{head:#?}");
    }

    /// Answers one request; returns the lines of its head.
    async fn answer(listener: TcpListener) -> Vec<String> {
        let (mut connection, _) = listener.accept().await.unwrap();
        let (read, mut write) = connection.split();
        let mut lines = BufReader::new(read).lines();
        let mut head = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap()
            && !line.is_empty()
        {
            head.push(line);
        }
        let body = r#"{"TableNames":["users"]}"#;
        let response = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        write.write_all(response.as_bytes()).await.unwrap();
        head
    }
}
