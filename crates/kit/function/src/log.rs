//! One line of JSON for each request, on standard output, where Lambda takes it for CloudWatch Logs.
//!
//! The line is a metric as well: CloudWatch reads the part under `_aws` and makes metrics of the fields
//! that it names (the embedded metric format,
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).

use std::{error::Error, fmt::Write as _, io::Write as _, time::Duration};

use dynamodb::Consumed;
use record::Time;
use serde::Serialize;

use crate::Request;

/// The line. It contains no body and no token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    /// Lambda's id of the invocation.
    request_id: &'a str,
    /// API Gateway's id of the request, which the client has as a header.
    api_request_id: &'a str,
    route: &'a str,
    status: u16,
    /// The error and its causes, if the status is 5xx.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(flatten)]
    metrics: Metrics<'a>,
}

/// The fields that CloudWatch makes metrics of.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metrics<'a> {
    /// The function. Unlike the route key, it differs between environments.
    #[serde(rename = "Route")]
    function: &'a str,
    status_class: &'static str,
    /// The published version of the function.
    version: &'a str,
    /// 1 if the status is 5xx.
    server_errors: u8,
    /// Milliseconds from event to response.
    duration: f64,
    cold_start: u8,
    consumed_read_units: f64,
    consumed_write_units: f64,
    #[serde(rename = "_aws")]
    directive: Directive,
}

/// Names the fields that are metrics.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    /// Milliseconds since 1970.
    timestamp: i64,
    cloud_watch_metrics: &'static [MetricSet],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricSet {
    namespace: &'static str,
    dimensions: &'static [&'static [&'static str]],
    metrics: &'static [Metric],
}

/// Each metric costs money for each value of its dimensions. So only the duration, whose count is
/// the number of requests, has the status as a dimension, and the version is a dimension of failed
/// requests only. The last set is for these.
const METRICS: [MetricSet; 3] = [
    MetricSet {
        namespace: "Colonnade",
        dimensions: &[&["Route"], &["Route", "StatusClass"]],
        metrics: &[Metric {
            name: "Duration",
            unit: "Milliseconds",
        }],
    },
    MetricSet {
        namespace: "Colonnade",
        dimensions: &[&["Route"]],
        metrics: &[
            Metric {
                name: "ColdStart",
                unit: "Count",
            },
            Metric {
                name: "ConsumedReadUnits",
                unit: "Count",
            },
            Metric {
                name: "ConsumedWriteUnits",
                unit: "Count",
            },
        ],
    },
    MetricSet {
        namespace: "Colonnade",
        dimensions: &[&["Route", "Version"]],
        metrics: &[Metric {
            name: "ServerErrors",
            unit: "Count",
        }],
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

/// A request and how it was answered.
pub(crate) struct Answered<'a> {
    pub(crate) function: &'a str,
    pub(crate) version: &'a str,
    pub(crate) invocation: &'a str,
    pub(crate) request: &'a Request,
    pub(crate) status: u16,
    pub(crate) took: Duration,
    pub(crate) cold_start: bool,
    pub(crate) consumed: Consumed,
    pub(crate) problem: Option<&'a dyn Error>,
}

impl Answered<'_> {
    fn line(&self, now: Time) -> Line<'_> {
        let failed = self.status >= 500;
        Line {
            timestamp: now.to_string(),
            level: if failed { "ERROR" } else { "INFO" },
            message: if failed {
                "request failed"
            } else {
                "request answered"
            },
            request_id: self.invocation,
            api_request_id: self.request.id(),
            route: self.request.route(),
            status: self.status,
            cause: self.problem.filter(|_| failed).map(causes),
            metrics: Metrics {
                function: self.function,
                status_class: match self.status {
                    ..300 => "2xx",
                    300..400 => "3xx",
                    400..500 => "4xx",
                    500.. => "5xx",
                },
                version: self.version,
                server_errors: failed.into(),
                duration: (self.took.as_secs_f64() * 1e6).round() / 1e3,
                cold_start: self.cold_start.into(),
                consumed_read_units: self.consumed.read,
                consumed_write_units: self.consumed.write,
                directive: Directive {
                    timestamp: now.milliseconds(),
                    cloud_watch_metrics: if failed { &METRICS } else { &METRICS[..2] },
                },
            },
        }
    }
}

/// Writes the line. Not by `tracing`, whose layers cost ten times as many instructions.
pub(crate) fn write(answered: &Answered<'_>) {
    let line = answered.line(Time::now());
    let mut text = serde_json::to_vec(&line).expect("the line is made of strings and numbers");
    text.push(b'\n');
    // The request has been answered; a line that cannot be written does not change that.
    let _ = std::io::stdout().write_all(&text);
}

/// An error and its causes, outermost first. Display only: the SDK's debug output contains items.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            let _ = write!(text, ": {words}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Problem;

    fn line(status: u16, problem: Option<&Problem>) -> Value {
        let event = json!({
            "routeKey": "GET /x/{id}",
            "headers": { "authorization": "Bearer secret-token" },
            "body": "{\"contact\":\"ada@example.org\"}",
            "requestContext": { "requestId": "ATfS=", "routeKey": "GET /x/{id}", "http": { "method": "GET" } },
            "isBase64Encoded": false,
        });
        let request = Request::new(serde_json::from_value(event).unwrap(), "");
        let answered = Answered {
            function: "x-get",
            version: "7",
            invocation: "8f16eb7c",
            request: &request,
            status,
            took: Duration::from_micros(12_345),
            cold_start: true,
            consumed: Consumed {
                read: 1.0,
                write: 0.0,
            },
            problem: problem.map(|problem| problem as &dyn Error),
        };
        serde_json::to_value(answered.line(Time::now())).unwrap()
    }

    #[test]
    fn a_line_has_nothing_of_the_requests_content() {
        let line = line(200, None);

        assert_eq!(line["requestId"], "8f16eb7c");
        assert_eq!(line["apiRequestId"], "ATfS=");
        assert_eq!(line["route"], "GET /x/{id}");
        assert_eq!(
            (&line["status"], &line["level"]),
            (&json!(200), &json!("INFO"))
        );
        let text = line.to_string();
        assert!(
            !text.contains("secret-token") && !text.contains("ada@"),
            "{text}"
        );
    }

    #[test]
    fn every_metric_the_line_names_is_in_it() {
        let line = line(404, None);

        for set in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            for metric in set["Metrics"].as_array().unwrap() {
                assert!(
                    line[metric["Name"].as_str().unwrap()].is_number(),
                    "{metric}"
                );
            }
            for dimension in set["Dimensions"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|set| set.as_array().unwrap())
            {
                assert!(line[dimension.as_str().unwrap()].is_string(), "{dimension}");
            }
        }
        assert_eq!(
            (&line["Route"], &line["StatusClass"]),
            (&json!("x-get"), &json!("4xx"))
        );
        assert_eq!(
            (&line["Duration"], &line["ColdStart"]),
            (&json!(12.345), &json!(1))
        );
    }

    #[test]
    fn only_a_5xx_is_counted_by_version() {
        let sets = |status| line(status, None)["_aws"]["CloudWatchMetrics"].clone();

        assert_eq!(sets(404).as_array().unwrap().len(), 2);
        assert_eq!(sets(503)[2]["Dimensions"], json!([["Route", "Version"]]));
        assert_eq!(sets(503)[2]["Metrics"][0]["Name"], "ServerErrors");
        assert_eq!(
            (
                &line(503, None)["Version"],
                &line(503, None)["ServerErrors"]
            ),
            (&json!("7"), &json!(1))
        );
    }

    #[test]
    fn only_a_5xx_has_a_cause() {
        let problem = Problem::from(dynamodb::DatabaseError::UndeclaredTable("notes"));

        assert_eq!(
            line(500, Some(&problem))["cause"],
            "the function failed: the function's declaration does not name the table `notes`"
        );
        assert_eq!(line(404, Some(&Problem::NotFound)).get("cause"), None);
    }
}
