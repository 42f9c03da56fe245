//! Prints what each operation of the store costs, in DynamoDB's capacity units, in shops of the given sizes.
//!
//! ```console
//! $ cargo run --package testkit --example capacity -- 1000 100000
//! ```

use testkit::costs;

#[tokio::main]
async fn main() -> Result<(), std::num::ParseIntError> {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .map(|size| size.parse())
        .collect::<Result<_, _>>()?;
    for size in sizes {
        println!("\n{size} users, products and orders                 RRU    WRU");
        for (operation, consumed) in costs(size).await {
            println!(
                "  {operation:<40} {:>8.1} {:>6.1}",
                consumed.read, consumed.write
            );
        }
    }
    Ok(())
}
