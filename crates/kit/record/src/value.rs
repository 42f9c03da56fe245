//! How the types of fields are read and written.

use deserr::{DeserializeError, ErrorKind, IntoValue, ValuePointerRef, take_cf_content};

/// The error of a field whose JSON value is not valid. `V` is the type of the JSON value.
pub fn refuse<V: IntoValue, E: DeserializeError>(
    detail: impl ToString,
    location: ValuePointerRef<'_>,
) -> E {
    let error: ErrorKind<'_, V> = ErrorKind::Unexpected {
        msg: detail.to_string(),
    };
    take_cf_content(E::error(None, error, location))
}

/// Makes `$type`, which has `FromStr` and `Display`, a JSON string and a DynamoDB string.
///
/// For serde: `#[serde(try_from = "String", into = "String")]`.
#[macro_export]
macro_rules! text_value {
    ($type:ty) => {
        impl TryFrom<String> for $type {
            type Error = <$type as std::str::FromStr>::Err;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }

        $crate::parsed_value!($type, String);
    };
}

/// Lets a request body have a field of `$type`, which is made by `TryFrom` of `$json`: `String` or
/// `i64`. The field's error is the text of the conversion's error.
#[macro_export]
macro_rules! parsed_value {
    ($type:ty, $json:ty) => {
        impl<E: $crate::deserr::DeserializeError> $crate::deserr::Deserr<E> for $type {
            fn deserialize_from_value<V: $crate::deserr::IntoValue>(
                value: $crate::deserr::Value<V>,
                location: $crate::deserr::ValuePointerRef<'_>,
            ) -> Result<Self, E> {
                let json =
                    <$json as $crate::deserr::Deserr<E>>::deserialize_from_value(value, location)?;
                <$type>::try_from(json).map_err(|error| $crate::refuse::<V, E>(error, location))
            }
        }
    };
}
