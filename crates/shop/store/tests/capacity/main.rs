//! The capacity that an operation consumes does not depend on the number of items. To see it:
//! `cargo test -p store --test capacity -- --nocapture`

mod costs;

use costs::costs;

#[tokio::test]
async fn no_operation_costs_more_in_a_larger_shop() {
    let small = costs(100).await;
    let large = costs(1_000).await;

    assert_eq!(small, large);
    for (operation, consumed) in large {
        println!(
            "{operation:<32} {:>5} read units {:>5} write units",
            consumed.read, consumed.write
        );
        assert!(
            consumed.read + consumed.write > 0.0,
            "{operation} is not metered"
        );
    }
}
