//! DynamoDB calls, parsed once and executed by the engine.

use dynoxide::{
    Database, DynoxideError,
    actions::{
        batch_get_item::BatchGetItemRequest,
        batch_write_item::BatchWriteItemRequest,
        create_table::CreateTableRequest,
        delete_item::DeleteItemRequest,
        delete_table::DeleteTableRequest,
        describe_table::DescribeTableRequest,
        describe_time_to_live::DescribeTimeToLiveRequest,
        get_item::GetItemRequest,
        list_tables::ListTablesRequest,
        put_item::PutItemRequest,
        query::QueryRequest,
        scan::ScanRequest,
        transact_get_items::{TransactGetItemsRequest, TransactGetItemsResponse},
        transact_write_items::TransactWriteItemsRequest,
        update_item::UpdateItemRequest,
        update_table::UpdateTableRequest,
        update_time_to_live::UpdateTimeToLiveRequest,
    },
    types::item_size,
};
use serde::{Serialize, de::DeserializeOwned};

/// The largest total size of the items that `TransactGetItems` returns.
const LARGEST_TRANSACTION: usize = 4 * 1024 * 1024;

/// Why a request is not a [`Call`].
#[derive(Debug)]
pub(crate) enum ParseError {
    /// The operation does not exist, or is not supported here.
    UnknownOperation,
    /// The body is not valid for the operation.
    Body(DynoxideError),
}

/// Declares [`Call`]: each operation with the type of its request and the function that executes it.
macro_rules! calls {
    ($($operation:ident($request:ty) => $execute:expr,)*) => {
        /// A call of an operation, with its parsed request.
        #[derive(Debug)]
        pub(crate) enum Call {
            $($operation($request),)*
        }

        impl Call {
            /// Parses the body of a request for `operation`.
            pub(crate) fn parse(operation: &str, body: &[u8]) -> Result<Self, ParseError> {
                match operation {
                    $(stringify!($operation) => {
                        parse(operation, body).map(Self::$operation).map_err(ParseError::Body)
                    })*
                    _ => Err(ParseError::UnknownOperation),
                }
            }

            /// Executes the call and returns the body of its response. Blocks the thread.
            pub(crate) fn execute(self, database: &Database) -> Result<Vec<u8>, DynoxideError> {
                match self {
                    $(Self::$operation(request) => to_json(&$execute(database, request)?),)*
                }
            }
        }
    };
}

calls! {
    BatchGetItem(BatchGetItemRequest) => Database::batch_get_item,
    BatchWriteItem(BatchWriteItemRequest) => Database::batch_write_item,
    CreateTable(CreateTableRequest) => Database::create_table,
    DeleteItem(DeleteItemRequest) => Database::delete_item,
    DeleteTable(DeleteTableRequest) => Database::delete_table,
    DescribeTable(DescribeTableRequest) => Database::describe_table,
    DescribeTimeToLive(DescribeTimeToLiveRequest) => Database::describe_time_to_live,
    GetItem(GetItemRequest) => Database::get_item,
    ListTables(ListTablesRequest) => Database::list_tables,
    PutItem(PutItemRequest) => Database::put_item,
    Query(QueryRequest) => Database::query,
    Scan(ScanRequest) => Database::scan,
    TransactGetItems(TransactGetItemsRequest) => transact_get_items,
    TransactWriteItems(TransactWriteItemsRequest) => Database::transact_write_items,
    UpdateItem(UpdateItemRequest) => Database::update_item,
    UpdateTable(UpdateTableRequest) => Database::update_table,
    UpdateTimeToLive(UpdateTimeToLiveRequest) => Database::update_time_to_live,
}

impl Call {
    /// Returns whether the call changes no item.
    pub(crate) fn is_read(&self) -> bool {
        !matches!(
            self,
            Self::PutItem(_)
                | Self::UpdateItem(_)
                | Self::DeleteItem(_)
                | Self::BatchWriteItem(_)
                | Self::TransactWriteItems(_)
        )
    }
}

/// Serializes a response of the engine.
pub(crate) fn to_json(response: &impl Serialize) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(response)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// Parses a request. The engine reports invalid values by a prefix of serde's message.
fn parse<T: DeserializeOwned>(operation: &str, body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| {
        let message = error.to_string();
        let message = match message.rfind(" at line ") {
            Some(position) => &message[..position],
            None => &message,
        };
        if let Some(message) = message.strip_prefix("VALIDATION_REQUEST:") {
            return DynoxideError::ValidationException(match operation {
                "PutItem" | "UpdateItem" | "DeleteItem" => {
                    format!("1 validation error detected: {message}")
                }
                _ => message.to_owned(),
            });
        }
        match message.strip_prefix("VALIDATION:") {
            Some(message) => DynoxideError::ValidationException(message.to_owned()),
            None => DynoxideError::SerializationException(String::new()),
        }
    })
}

/// Executes `TransactGetItems` with the limit on the total size, which the engine does not have.
fn transact_get_items(
    database: &Database,
    request: TransactGetItemsRequest,
) -> Result<TransactGetItemsResponse, DynoxideError> {
    let response = database.transact_get_items(request)?;
    let items = response
        .responses
        .iter()
        .filter_map(|got| got.item.as_ref());
    if items.map(item_size).sum::<usize>() > LARGEST_TRANSACTION {
        return Err(DynoxideError::ValidationException(
            "Collection size of items exceeded, which can also be caused by the aggregate size of \
             the items in the transaction exceeding the 4MB limit"
                .to_owned(),
        ));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::{Call, ParseError};

    fn refusal(operation: &str, body: &str) -> String {
        match Call::parse(operation, body.as_bytes()).unwrap_err() {
            ParseError::UnknownOperation => "unknown operation".to_owned(),
            ParseError::Body(error) => error.to_json(),
        }
    }

    #[test]
    fn partiql_and_streams_are_unknown_operations() {
        for operation in [
            "ExecuteStatement",
            "BatchExecuteStatement",
            "ExecuteTransaction",
            "GetRecords",
            "getitem",
            "",
        ] {
            assert_eq!(refusal(operation, "{}"), "unknown operation", "{operation}");
        }
    }

    #[test]
    fn an_unreadable_body_is_a_serialization_exception() {
        let expected = r#"{"__type":"com.amazon.coral.service#SerializationException"}"#;
        for body in [
            "",
            "{",
            r#"{"TableName":1,"Key":{}}"#,
            r#"{"TableName":"notes","TableName":"pages","Key":{}}"#,
            r#"{"TableName":"notes","Table\u004eame":"pages","Key":{}}"#,
        ] {
            assert_eq!(refusal("GetItem", body), expected, "{body}");
        }
    }

    #[test]
    fn an_invalid_value_is_refused_in_dynamodbs_words() {
        let missing = refusal("GetItem", r#"{"TableName":"notes"}"#);
        let null = refusal(
            "PutItem",
            r#"{"TableName":"notes","Item":{"id":{"NULL":false}}}"#,
        );

        assert!(
            missing.contains("Value null at 'key' failed to satisfy constraint"),
            "{missing}"
        );
        assert!(
            null.contains("1 validation error detected: One or more parameter values"),
            "{null}"
        );
    }
}
