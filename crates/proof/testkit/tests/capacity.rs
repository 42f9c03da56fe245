//! What an operation costs does not depend on how much there is.

use testkit::costs;

#[tokio::test]
async fn no_operation_costs_more_in_a_larger_shop() {
    let small = costs(100).await;
    let large = costs(1_000).await;

    assert_eq!(small, large);
    for (operation, consumed) in large {
        assert!(
            consumed.read + consumed.write > 0.0,
            "{operation} is not metered"
        );
    }
}
