//! How the JWT authorizers of HTTP APIs and REST APIs differ.

use std::time::Duration;

use crate::limits;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Whether ES256 and ES384 are accepted besides RSA.
    pub(super) elliptic_curves: bool,
    /// Whether `client_id` counts as the audience of a token without `aud`.
    pub(super) client_id_is_audience: bool,
    /// Whether keys are fetched again for a token whose key is unknown.
    pub(super) fetches_unknown_keys: bool,
    /// How long a fetched key set is used.
    pub(super) key_set_age: Duration,
}

impl Rules {
    /// Facts 5.3, 5.4, 5.8 and 5.9.
    pub(crate) const HTTP_API: Rules = Rules {
        elliptic_curves: false,
        client_id_is_audience: true,
        fetches_unknown_keys: false,
        key_set_age: limits::KEY_SET_AGE,
    };

    /// Facts R3.17 and R3.20.
    pub(crate) const REST_API: Rules = Rules {
        elliptic_curves: true,
        client_id_is_audience: false,
        fetches_unknown_keys: true,
        key_set_age: limits::REST_KEY_SET_AGE,
    };
}
