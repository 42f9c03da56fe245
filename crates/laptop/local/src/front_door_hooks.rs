//! What `cargo local` does for a request besides the gateway and the functions.

use std::net::IpAddr;

use bytes::Bytes;
use dynamodb_host::Faults;
use front_door::Hooks;
use futures_util::{FutureExt, future::BoxFuture};
use gateway::{Api, Document, QuotaPeriod};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::{fetch::Fetcher, reference_page::ReferencePage, usage::Usage};

/// The reference page, the identity provider, API keys and injected faults.
#[derive(Debug)]
pub(crate) struct FrontDoorHooks {
    pub(crate) reference_page: ReferencePage,
    pub(crate) fetcher: Fetcher,
    pub(crate) usage: Usage,
    pub(crate) faults: Faults,
}

impl Hooks for FrontDoorHooks {
    fn page<'a>(
        &'a self,
        request: &'a Request<Incoming>,
        peer: IpAddr,
    ) -> Option<BoxFuture<'a, Response<Full<Bytes>>>> {
        ReferencePage::takes(request).then(|| self.reference_page.answer(request, peer).boxed())
    }

    fn supply<'a>(&'a self, api: &'a Api, document: &'a Document) -> BoxFuture<'a, ()> {
        self.fetcher.supply(api, document).boxed()
    }

    fn refresh_keys(&self) -> BoxFuture<'_, ()> {
        self.usage.refresh().boxed()
    }

    fn store_count(&self, counted: QuotaPeriod) -> BoxFuture<'_, ()> {
        self.usage.store(counted).boxed()
    }

    fn cuts_client(&self) -> bool {
        self.faults.cuts_client()
    }
}
