#![doc = include_str!("../README.md")]

use proc_macro::{TokenStream, TokenTree};

/// Makes two tests of an async function without arguments: in one, `testkit::answer` sends the events of
/// an HTTP API, in the other those of a REST API. Each has its own database.
///
/// # Panics
///
/// Panics, which is an error of the compiler, if the item is not a function.
#[proc_macro_attribute]
pub fn test(_: TokenStream, item: TokenStream) -> TokenStream {
    let name = name_of(&item).expect("#[testkit::test] belongs before an async fn");
    let tests = format!(
        "mod {name} {{
            #[tokio::test]
            async fn over_an_http_api() {{
                testkit::over(testkit::Api::Http, super::{name}()).await;
            }}

            #[tokio::test]
            async fn over_a_rest_api() {{
                testkit::over(testkit::Api::Rest, super::{name}()).await;
            }}
        }}"
    );
    let tests: TokenStream = tests.parse().expect("the text is Rust");
    item.into_iter().chain(tests).collect()
}

/// Returns the word after `fn`.
fn name_of(item: &TokenStream) -> Option<String> {
    let mut tokens = item.clone().into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(word) if word.to_string() == "fn"))?;
    tokens.next().map(|name| name.to_string())
}
