//! Lambda authorizers: the function `doorkeeper` of the fixture decides about `POST /trials`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::Duration;

use http::Method;
use local::{Server, Settings};
use manifest::{Access, ApiKind, Trigger, Workspace};

use support::{Answer, Fixture, call, fixture, issuer};

const KINDS: [ApiKind; 2] = [ApiKind::Http, ApiKind::Rest];

/// Serves the fixture with the authorizer on `POST /trials`, and with what `change` makes of it.
async fn protected(kind: ApiKind, change: impl FnOnce(&mut Workspace)) -> Server {
    let Fixture {
        workspace,
        programs,
    } = fixture().await;
    let mut workspace = workspace.clone();
    for function in &mut workspace.functions {
        if let (Trigger::Http(http), "trials-post") = (&mut function.trigger, &*function.name) {
            http.access = Access::Authorizer {
                name: "doorkeeper".to_owned(),
            };
        }
    }
    change(&mut workspace);
    let settings = Settings {
        api: kind,
        ..Settings::ephemeral(issuer())
    };
    let listener = settings.bind().await.unwrap();
    let opened = Server::open(settings, listener, &workspace, programs).await;
    opened.unwrap()
}

async fn trial(door: &Server, token: Option<&str>) -> Answer {
    let url = format!("{}/trials", door.url());
    call(Method::POST, url, token, "show the event").await
}

#[tokio::test]
async fn one_authorizer_protects_a_route_of_both_kinds_of_api() {
    for (kind, denied_body) in [
        (ApiKind::Http, r#"{"message":"Forbidden"}"#),
        (
            ApiKind::Rest,
            r#"{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}"#,
        ),
    ] {
        let door = protected(kind, |_| ()).await;

        let without_token = trial(&door, None).await;
        let invoked_without_token = door.environments() > 0;
        let denied = trial(&door, Some("barley")).await;
        let accepted = trial(&door, Some("sesame")).await;

        assert!(
            without_token.is(401, r#"{"message":"Unauthorized"}"#),
            "{without_token:?}"
        );
        assert!(!invoked_without_token);
        assert!(denied.is(403, denied_body), "{denied:?}");
        assert_eq!(accepted.status, 200, "{accepted:?}");
        let block = accepted.json()["requestContext"]["authorizer"].clone();
        match kind {
            ApiKind::Http => assert_eq!(block["lambda"]["invocation"], 2),
            ApiKind::Rest => assert_eq!(block["invocation"], "2"),
        }
        door.close().await;
    }
}

#[tokio::test]
async fn a_kept_answer_saves_the_invocation() {
    for ttl in [Duration::from_secs(300), Duration::ZERO] {
        let door = protected(ApiKind::Http, |workspace| {
            for function in &mut workspace.functions {
                if let Trigger::Authorizer(authorizer) = &mut function.trigger {
                    authorizer.ttl = ttl;
                }
            }
        })
        .await;
        let mut invocations = Vec::new();

        for _ in 0..3 {
            let event = trial(&door, Some("sesame")).await.json();
            let context = &event["requestContext"]["authorizer"]["lambda"];
            invocations.push(context["invocation"].as_u64().unwrap());
        }

        let expected = if ttl.is_zero() { [1, 2, 3] } else { [1, 1, 1] };
        assert_eq!(invocations, expected);
        door.close().await;
    }
}

#[tokio::test]
async fn an_authorizer_that_fails_or_hangs_is_a_500() {
    for kind in KINDS {
        let door = protected(kind, |workspace| {
            let mut functions = workspace.functions.iter_mut();
            let doorkeeper = functions.find(|f| f.name == "doorkeeper").unwrap();
            doorkeeper.timeout = Duration::from_secs(1);
        })
        .await;
        let body = match kind {
            ApiKind::Http => r#"{"message":"Internal Server Error"}"#,
            ApiKind::Rest => r#"{"message":null}"#,
        };

        for token in ["fail", "hang"] {
            let answer = trial(&door, Some(token)).await;
            assert!(answer.is(500, body), "{token}: {answer:?}");
        }
        let accepted = trial(&door, Some("sesame")).await;

        assert_eq!(accepted.status, 200, "{accepted:?}");
        door.close().await;
    }
}

#[tokio::test]
async fn the_output_of_another_function_is_not_an_answer() {
    let Fixture {
        workspace,
        programs,
    } = fixture().await;
    let mut programs = programs.clone();
    let other = programs["trials-post"].clone();
    programs.insert("doorkeeper".to_owned(), other);
    let mut workspace = workspace.clone();
    for function in &mut workspace.functions {
        if let Trigger::Http(http) = &mut function.trigger {
            http.access = Access::Authorizer {
                name: "doorkeeper".to_owned(),
            };
        }
    }
    let tables = workspace
        .function("trials-post")
        .unwrap()
        .permissions
        .clone();
    let mut functions = workspace.functions.iter_mut();
    functions
        .find(|f| f.name == "doorkeeper")
        .unwrap()
        .permissions = tables;
    let settings = Settings {
        api: ApiKind::Rest,
        ..Settings::ephemeral(issuer())
    };
    let listener = settings.bind().await.unwrap();
    let opened = Server::open(settings, listener, &workspace, &programs).await;
    let door = opened.unwrap();

    let answer = trial(&door, Some("sesame")).await;

    assert!(
        answer.is(500, r#"{"message": "Internal server error"}"#),
        "{answer:?}"
    );
    door.close().await;
}

#[tokio::test]
async fn kept_answers_are_forgotten_when_declarations_are_read_again() {
    let mut declared = None;
    let door = protected(ApiKind::Http, |workspace| {
        declared = Some(workspace.clone())
    })
    .await;
    let invocation = async || {
        let event = trial(&door, Some("sesame")).await.json();
        event["requestContext"]["authorizer"]["lambda"]["invocation"].clone()
    };

    let before = [invocation().await, invocation().await];
    door.declare(&declared.unwrap()).await.unwrap();
    let after = invocation().await;

    assert_eq!(before, [1, 1]);
    assert_eq!(after, 2);
    door.close().await;
}
