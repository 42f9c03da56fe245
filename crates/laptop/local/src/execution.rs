//! Options of the execution of functions.

use std::path::PathBuf;

use clap::Args;
use gateway::limits;
use manifest::Throttle;

/// Lambda's default limit for an account.
const ACCOUNT_CONCURRENCY: u32 = 1_000;

/// API Gateway's quota for an account in most Regions, in requests per second.
const ACCOUNT_RATE: u32 = limits::ACCOUNT_THROTTLE.rate as u32;

/// How the functions are executed.
#[derive(Debug, Clone, Args)]
pub struct ExecutionArguments {
    /// Let processes run on between invocations. By default they are stopped (SIGSTOP), as Lambda
    /// freezes execution environments.
    #[arg(long)]
    pub no_freeze: bool,
    /// Limit the CPU time of an invocation to the share that the function's memory has in Lambda: one
    /// CPU for 1,769 MB, 7 % for 128 MB. Exact to 5 ms. Needs Linux.
    #[arg(long)]
    pub cpu_share: bool,
    /// How many invocations may run at once in all functions together; more are throttled, as by the
    /// account's limit in Lambda.
    #[arg(long, value_name = "NUMBER", default_value_t = ACCOUNT_CONCURRENCY)]
    pub account_concurrency: u32,
    /// How many requests per second all routes together may receive, with a burst of half as many; more
    /// are throttled, as by the account's quota of API Gateway.
    #[arg(long, value_name = "RATE", default_value_t = ACCOUNT_RATE, value_parser = clap::value_parser!(u32).range(1..))]
    pub account_rate: u32,
    /// How many execution environments a function may have on this machine; more invocations wait
    /// for one of them [default: 8 for each core].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_environments: Option<u16>,
    /// Build this function with full debug information, start it at once, and print how to attach a
    /// debugger. It has one environment, which is never stopped, and no limits of time and memory.
    #[arg(long, value_name = "FUNCTION")]
    pub debug: Option<String>,
    /// A file of lines `NAME=value` with other values of declared environment variables, and with the
    /// values of the parameters and secrets that they refer to.
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
}

impl ExecutionArguments {
    /// Applies the arguments to the settings of the Lambda host.
    pub(crate) fn apply(&self, host: &mut lambda_host::Settings) {
        host.freeze = !self.no_freeze;
        host.cpu_share = self.cpu_share;
        host.concurrency = self.account_concurrency;
        if let Some(most) = self.max_environments {
            host.max_environments = usize::from(most);
        }
    }

    /// Returns the throttle of all routes together. API Gateway derives the burst from the rate.
    pub(crate) fn account_throttle(&self) -> Throttle {
        Throttle {
            rate: f64::from(self.account_rate),
            burst: self.account_rate.div_ceil(2),
        }
    }
}

impl Default for ExecutionArguments {
    fn default() -> Self {
        Self {
            no_freeze: false,
            cpu_share: false,
            account_concurrency: ACCOUNT_CONCURRENCY,
            account_rate: ACCOUNT_RATE,
            max_environments: None,
            debug: None,
            env_file: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_throttle_of_the_account_has_half_its_rate_as_burst() {
        let smaller = ExecutionArguments {
            account_rate: 2_500,
            ..ExecutionArguments::default()
        };

        let default = ExecutionArguments::default().account_throttle();
        assert_eq!(default, limits::ACCOUNT_THROTTLE);
        assert_eq!(smaller.account_throttle().rate, 2_500.0);
        assert_eq!(smaller.account_throttle().burst, 1_250);
    }
}
