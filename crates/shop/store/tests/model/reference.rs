//! What the store should do, in memory and in a few lines.

use std::collections::BTreeMap;

use crate::{N, Outcome, Step};

#[derive(Debug, Default)]
pub(crate) struct Model {
    /// The e-mail address of each user.
    pub(crate) users: BTreeMap<N, N>,
    /// Every product that was made, unless it was deleted since.
    pub(crate) products: Vec<Option<Product>>,
    pub(crate) orders: Vec<Order>,
    pub(crate) keys: BTreeMap<N, Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Product {
    pub(crate) sku: N,
    pub(crate) amount: i64,
    pub(crate) stock: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) user: N,
    /// Product, quantity and price of each.
    pub(crate) lines: Vec<(N, i64, i64)>,
    pub(crate) cancelled: bool,
}

impl Model {
    pub(crate) fn take(&mut self, step: &Step) -> Outcome {
        match step.key().and_then(|key| self.keys.get(&key)) {
            Some(first) if first == step => return Outcome::DoneBefore,
            Some(_) => return Outcome::KeyOfAnother,
            None => {}
        }
        let outcome = self.try_step(step).err().unwrap_or(Outcome::Done);
        if let (Some(key), Outcome::Done) = (step.key(), &outcome) {
            self.keys.insert(key, step.clone());
        }
        outcome
    }

    fn try_step(&mut self, step: &Step) -> Result<(), Outcome> {
        match *step {
            Step::SignUp { user, email } => {
                refuse(self.users.contains_key(&user), Outcome::Exists)?;
                refuse(self.users.values().any(|e| *e == email), Outcome::Taken)?;
                self.users.insert(user, email);
            }
            Step::Move { user, email, stale } => {
                refuse(!self.users.contains_key(&user), Outcome::NotFound)?;
                refuse(stale, Outcome::Moved)?;
                let taken = self.users.iter().any(|(u, e)| *u != user && *e == email);
                refuse(taken, Outcome::Taken)?;
                self.users.insert(user, email);
            }
            Step::Leave { user, stale } => {
                refuse(!self.users.contains_key(&user), Outcome::NotFound)?;
                refuse(stale, Outcome::Moved)?;
                self.users.remove(&user);
            }
            Step::Add { sku, stock, .. } => {
                let taken = self.products.iter().flatten().any(|p| p.sku == sku);
                refuse(taken, Outcome::Taken)?;
                let amount = 1999;
                self.products.push(Some(Product { sku, amount, stock }));
            }
            Step::Change {
                product,
                sku,
                amount,
                stale,
            } => {
                let mut changed = self.product(product)?;
                refuse(stale, Outcome::Moved)?;
                let taken = |(at, p): (N, &Option<Product>)| {
                    at != product && p.as_ref().is_some_and(|p| p.sku == sku)
                };
                refuse(self.products.iter().enumerate().any(taken), Outcome::Taken)?;
                (changed.sku, changed.amount) = (sku, amount);
                self.products[product] = Some(changed);
            }
            Step::Remove { product, stale } => {
                self.product(product)?;
                refuse(stale, Outcome::Moved)?;
                self.products[product] = None;
            }
            Step::Adjust { product, delta, .. } => {
                let mut adjusted = self.product(product)?;
                let below_zero = adjusted.stock + delta < 0;
                refuse(below_zero, Outcome::OutOfRange(adjusted.stock))?;
                adjusted.stock += delta;
                self.products[product] = Some(adjusted);
            }
            Step::Place {
                user, ref lines, ..
            } => {
                let found: Vec<_> = lines.keys().map(|p| self.product(*p).ok()).collect();
                let unknown: Vec<_> = (0..found.len()).filter(|at| found[*at].is_none()).collect();
                refuse(!unknown.is_empty(), Outcome::Unknown(unknown))?;
                let found: Vec<_> = found.into_iter().flatten().collect();
                let left = found.iter().zip(lines.values()).enumerate();
                let short: Vec<_> = left
                    .filter(|(_, (product, quantity))| product.stock < **quantity)
                    .map(|(at, (product, _))| (at, product.stock))
                    .collect();
                refuse(!short.is_empty(), Outcome::Short(short))?;
                let mut order = Vec::new();
                for ((at, quantity), mut product) in lines.iter().zip(found) {
                    product.stock -= quantity;
                    order.push((*at, *quantity, product.amount));
                    self.products[*at] = Some(product);
                }
                let (lines, cancelled) = (order, false);
                self.orders.push(Order {
                    user,
                    lines,
                    cancelled,
                });
            }
            Step::Cancel { user, order } => {
                let order = self
                    .orders
                    .get_mut(order)
                    .filter(|order| order.user == user);
                let order = order.ok_or(Outcome::NotFound)?;
                if !std::mem::replace(&mut order.cancelled, true) {
                    for (at, quantity, _) in &order.lines {
                        if let Some(product) = &mut self.products[*at] {
                            product.stock += quantity;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn product(&self, at: N) -> Result<Product, Outcome> {
        let product = self.products.get(at).cloned().flatten();
        product.ok_or(Outcome::NotFound)
    }
}

fn refuse(refused: bool, outcome: Outcome) -> Result<(), Outcome> {
    if refused { Err(outcome) } else { Ok(()) }
}
